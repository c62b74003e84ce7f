import type { EndpointDocument, InventoryDocument, ServiceDocument } from '../inventory/document.ts'
import { PackedEndpoint } from '../inventory/packed_endpoint.ts'

/** An endpoint on its own: with the service it belongs to, as REST lists it. */
export interface EndpointLine extends EndpointDocument {
  readonly service: string
  readonly serviceName: string
}

/** As JSON. */
export function endpointLineText({ id, name }: ServiceDocument, endpoint: EndpointDocument): string {
  const text = endpoint instanceof PackedEndpoint ? endpoint.text : JSON.stringify(endpoint)
  return `${text.slice(0, -1)},"service":${JSON.stringify(id)},"serviceName":${JSON.stringify(name)}}`
}

/** One endpoint a line, in the order of the inventory. */
export function ndjsonText(inventory: InventoryDocument): string {
  let text = ''
  for (const service of inventory.services) {
    for (const endpoint of service.endpoints) text += `${endpointLineText(service, endpoint)}\n`
  }
  return text
}
