import type { EndpointDocument, ServiceDocument } from '../inventory/document.ts'

/** An endpoint with the service it belongs to. */
export interface EndpointRow {
  readonly service: ServiceDocument
  readonly endpoint: EndpointDocument
}
