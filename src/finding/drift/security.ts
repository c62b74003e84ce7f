import type { Endpoint } from '../../inventory/inventory.ts'
import type { Operation, SecurityScheme } from '../../registry/spec.ts'
import type { Drift } from '../drift_record.ts'
import { listOf } from './media.ts'

/** Successful calls without the credentials that the spec demands, or with others. */
export function securityDrift(endpoint: Endpoint, operation: Operation): Drift[] {
  return [...unprotected(endpoint, operation), ...otherScheme(endpoint, operation)]
}

/**
 * Successful calls without credentials where the spec demands them. A lower bound: redirects may lead to a log-in, keys under names of the spec's own
 * may not have been known as credentials, and a client certificate cannot be seen at all.
 */
function unprotected(endpoint: Endpoint, operation: Operation): Drift[] {
  const { security } = operation
  if (security.length === 0 || security.some((alternative) => alternative.length === 0)) return []
  if (security.some((alternative) => alternative.every(({ type }) => type === 'mutualTLS' || type === ''))) return []
  const redirects = [...endpoint.statuses].reduce((sum, [status, count]) => sum + (status >= 300 && status < 400 && status !== 304 ? count : 0), 0)
  const seen = endpoint.auth.acceptedWithout - redirects - carriedByName(endpoint, operation)
  if (seen <= 0) return []
  const documented = schemesText(security)
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

/**
 * Successful calls whose credentials are of no kind that the spec knows: Basic where it says bearer. A lower bound: all that were refused are taken for
 * such. Said only where every scheme names a kind; keys and certificates may look like anything.
 */
function otherScheme({ auth, statuses }: Endpoint, { security }: Operation): Drift[] {
  const documented = security.flat().map(kindsOf)
  if (documented.length === 0 || security.some((alternative) => alternative.length === 0)) return []
  const isDocumented = (kind: string): boolean => undecidedKinds.has(kind) || documented.some((kinds) => kinds?.has(kind) === true)
  const others = [...auth.kinds].filter(([kind]) => !isDocumented(kind))
  if (others.length === 0 || documented.includes(null)) return []
  const asDocumented = [...auth.kinds].reduce((sum, [kind, count]) => sum + (isDocumented(kind) ? count : 0), 0)
  const refused = [...statuses].reduce((sum, [status, count]) => sum + (status >= 200 && status < 300 ? 0 : count), 0)
  const seen = auth.of - auth.none - asDocumented - refused
  if (seen <= 0) return []
  const observed = listOf(others.map(([kind]) => kind))
  const message = `The spec demands ${schemesText(security)}, yet at least ${seen} of ${auth.of} requests were accepted with other credentials: ${observed}.`
  return [
    {
      kind: 'security-scheme-undocumented',
      severity: 'warning',
      in: 'security',
      location: 'security',
      documented: schemesText(security),
      observed,
      seen,
      of: auth.of,
      message,
    },
  ]
}

/** The kinds of credentials that a scheme shows as; null for what shows as anything. */
function kindsOf({ type, detail }: SecurityScheme): ReadonlySet<string> | null {
  if (type === 'oauth2' || type === 'openIdConnect' || (type === 'http' && detail === 'bearer')) return bearerKinds
  return type === 'http' && (detail === 'basic' || detail === 'digest') ? new Set([detail]) : null
}

const bearerKinds: ReadonlySet<string> = new Set(['bearer', 'bearer-jwt', 'dpop'])
/** Credentials of which more is not known, and certificates that a proxy passes on. */
const undecidedKinds: ReadonlySet<string> = new Set(['other', 'mtls'])

function schemesText(security: Operation['security']): string {
  return listOf(security.map((alternative) => alternative.map(({ name }) => name).join(' and ')))
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
