import type { EndpointDocument, InventoryDocument } from '../inventory/document.ts'

/** Exchanges that may be counted by operation too. */
interface Twice {
  readonly service: string
  readonly place: string
  readonly exchanges: number
}

/**
 * Where logs without bodies, and so without operations, have the path of operations that something else has shown: what both saw of an exchange counts
 * twice, and nothing tells which exchanges these are.
 */
export function countedTwice({ services }: InventoryDocument): readonly Twice[] {
  return services.flatMap(({ name, endpoints }) => {
    const withOperations = new Set(endpoints.filter(({ operationId, kind }) => operationId !== null && kind !== 'rest').map(placeOf))
    if (withOperations.size === 0) return []
    return endpoints
      .filter((endpoint) => endpoint.kind === 'rest' && withOperations.has(placeOf(endpoint)))
      .map((endpoint) => ({ service: name, place: placeOf(endpoint), exchanges: bareOf(endpoint) }))
      .filter(({ exchanges }) => exchanges > 0)
  })
}

/** Exchanges of logs whose body was not seen. */
function bareOf({ sources, request, exchanges }: EndpointDocument): number {
  const bodies = Object.values(request.mediaTypes).reduce((total, { seen }) => total + seen, 0)
  return Math.min(sources.logs, exchanges - bodies)
}

function placeOf({ method, template }: Pick<EndpointDocument, 'method' | 'template'>): string {
  return `${method} ${template}`
}
