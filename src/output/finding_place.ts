import { endpointPlace } from '../inventory/endpoint_place.ts'
import type { FindingDocument, InventoryDocument } from '../inventory/document.ts'

/** Says where findings are: `GET api.example.com/users/{userId}`, or the service alone. */
export function findingPlaces(inventory: InventoryDocument): (finding: FindingDocument) => string {
  const places = new Map<string, string>()
  for (const service of inventory.services) {
    places.set(service.id, service.name)
    for (const endpoint of service.endpoints) places.set(endpoint.id, `${endpoint.method} ${service.name}${endpointPlace(endpoint)}`)
  }
  return ({ service, endpoint }) => places.get(endpoint ?? '') ?? places.get(service) ?? ''
}
