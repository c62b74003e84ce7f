/** Kinds whose endpoints are named by what is asked for, since all of it goes to one path. */
export const operationKinds: ReadonlySet<string> = new Set(['graphql', 'soap', 'json-rpc', 'xml-rpc', 'mcp'])

/** What the kind of a key says: `graphql query GetUser` is the operation `query GetUser` of the kind `graphql`. */
export function operationOf(kind: string): { readonly kind: string; readonly operation: string | null } {
  const blank = kind.indexOf(' ')
  return blank < 0 ? { kind, operation: null } : { kind: kind.slice(0, blank), operation: kind.slice(blank + 1) }
}

/** The operation of an endpoint of such a kind; null of the others, whose `operationId` is one of their document. */
export function operationAt(endpoint: { readonly kind?: string; readonly operationId?: string | null }): string | null {
  // Of an endpoint that is held packed it takes a while to read.
  return operationKinds.has(endpoint.kind ?? '') ? (endpoint.operationId ?? null) : null
}
