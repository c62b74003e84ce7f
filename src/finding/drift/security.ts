import type { Endpoint } from '../../inventory/inventory.ts'
import type { Operation } from '../../registry/spec.ts'
import type { Drift } from '../drift_record.ts'
import { listOf } from './media.ts'

/**
 * Successful calls without credentials where the spec demands them. A lower bound: redirects may lead to a log-in, keys under names of the spec's own
 * may not have been known as credentials, and a client certificate cannot be seen at all.
 */
export function securityDrift(endpoint: Endpoint, operation: Operation): Drift[] {
  const { security } = operation
  if (security.length === 0 || security.some((alternative) => alternative.length === 0)) return []
  if (security.some((alternative) => alternative.every(({ type }) => type === 'mutualTLS' || type === ''))) return []
  const redirects = [...endpoint.statuses].reduce((sum, [status, count]) => sum + (status >= 300 && status < 400 && status !== 304 ? count : 0), 0)
  const seen = endpoint.auth.acceptedWithout - redirects - carriedByName(endpoint, operation)
  if (seen <= 0) return []
  const documented = listOf(security.map((alternative) => alternative.map(({ name }) => name).join(' and ')))
  return [
    {
      kind: 'security-not-enforced',
      severity: 'error',
      in: 'security',
      location: 'security',
      documented,
      observed: 'accepted without credentials',
      seen,
      of: endpoint.auth.of,
      message: `The spec demands ${documented}, yet at least ${seen} of ${endpoint.auth.of} requests were accepted without credentials.`,
    },
  ]
}

/** Requests that carried a key under the name that the spec gives it, where keys of that kind were not counted as credentials. */
function carriedByName(endpoint: Endpoint, operation: Operation): number {
  let most = 0
  for (const scheme of operation.security.flat()) {
    if (scheme.type !== 'apiKey') continue
    const name = scheme.parameter.toLowerCase()
    const known = knownCredentials(endpoint, scheme.detail)
    for (const parameter of endpoint.parameters) {
      if (parameter.in === scheme.detail && parameter.name.toLowerCase() === name) most = Math.max(most, parameter.seen - known)
    }
  }
  return most
}

/** Requests whose credential in this place was known as one. */
function knownCredentials(endpoint: Endpoint, place: string): number {
  let known = 0
  for (const [kind, count] of endpoint.auth.kinds) {
    const where = kind === 'cookie' ? 'cookie' : kind.endsWith('-query') ? 'query' : 'header'
    if (where === place) known += count
  }
  return known
}
