import { operationKinds } from '../observation/operation.ts'
import type { EndpointDocument } from './document.ts'

/** Where an endpoint is, as a person reads it: its template, and its operation where its kind has one. */
export function endpointPlace({ template, kind, operationId }: Pick<EndpointDocument, 'template' | 'kind' | 'operationId'>): string {
  return operationKinds.has(kind) && operationId !== null ? `${template} (${operationId})` : template
}

/** The kind and operation that are part of an endpoint's id, as keys of observations have them; null where it is told by its path alone. */
export function keyKindOf({ kind, operationId }: Pick<EndpointDocument, 'kind' | 'operationId'>): string | null {
  return operationKinds.has(kind) && operationId !== null ? `${kind} ${operationId}` : null
}
