import type { FindingDocument, InventoryDocument } from '../inventory/document.ts'

/** Says where findings are: `GET api.example.com/users/{userId}`, or the service alone. */
export function findingPlaces(inventory: InventoryDocument): (finding: FindingDocument) => string {
  const places = new Map<string, string>()
  for (const service of inventory.services) {
    places.set(service.id, service.name)
    for (const { id, method, template } of service.endpoints) places.set(id, `${method} ${service.name}${template}`)
  }
  return ({ service, endpoint }) => places.get(endpoint ?? '') ?? places.get(service) ?? ''
}
