import type { EndpointDocument, ServiceDocument } from '../inventory/document.ts'
import { operationAt } from '../observation/operation.ts'

/** An endpoint with the service it belongs to. */
export interface EndpointRow {
  readonly service: ServiceDocument
  readonly endpoint: EndpointDocument
  /** What is searched in it, in lower case: the name of its service, its template and its operation. Made when it is first asked for. */
  text(): string
}

export function endpointRow(service: ServiceDocument, endpoint: EndpointDocument): EndpointRow {
  let text: string | undefined
  return { service, endpoint, text: () => (text ??= `${service.name} ${endpoint.template} ${operationAt(endpoint) ?? ''}`.toLowerCase()) }
}
