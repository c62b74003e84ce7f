import type { EndpointDocument, InventoryDocument, ServiceDocument } from '../inventory/document.ts'

/** An endpoint on its own: with the service it belongs to, as REST lists it. */
export interface EndpointLine extends EndpointDocument {
  readonly service: string
  readonly serviceName: string
}

export function endpointLine(service: ServiceDocument, endpoint: EndpointDocument): EndpointLine {
  return { ...endpoint, service: service.id, serviceName: service.name }
}

/** One endpoint a line, in the order of the inventory. */
export function ndjsonText(inventory: InventoryDocument): string {
  let text = ''
  for (const service of inventory.services) {
    for (const endpoint of service.endpoints) text += `${JSON.stringify(endpointLine(service, endpoint))}\n`
  }
  return text
}
