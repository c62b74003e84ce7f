import type { Endpoint } from '../inventory/inventory.ts'
import { Budget } from './drift/budget.ts'
import { parameterDrift } from './drift/parameters.ts'
import { requestDrift } from './drift/request.ts'
import { responseDrift } from './drift/responses.ts'
import { securityDrift } from './drift/security.ts'
import type { Drift, DriftSeverity } from './drift_record.ts'

/**
 * Where an endpoint departs from the operation of its spec, worst first. Pure and semantic: descriptions, examples and the order or form in which
 * schemas are written count for nothing. Empty for endpoints that no spec documents, and for HEAD and preflights that follow from other operations.
 */
export function driftOf(endpoint: Endpoint): readonly Drift[] {
  const { documented } = endpoint
  if (documented === null || documented.via !== 'operation' || endpoint.exchanges === 0) return []
  const { spec, operation } = documented
  const budget = new Budget(spec)
  const found = [
    ...securityDrift(endpoint, operation),
    ...parameterDrift(endpoint, operation, budget),
    ...requestDrift(endpoint, operation, budget),
    ...responseDrift(endpoint, operation, budget),
  ]
  const sorted = found.toSorted(
    (a, b) => rank[a.severity] - rank[b.severity] || compare(a.in, b.in) || compare(a.location, b.location) || compare(a.kind, b.kind),
  )
  const cut = sorted.length > driftsMax || budget.isSpent()
  return cut ? [...sorted.slice(0, driftsMax), cutShort(sorted.length)] : sorted
}

/** Whether any of it makes the endpoint carry the label drift. */
export function isDrifting(drifts: readonly Drift[]): boolean {
  return drifts.some(({ severity }) => severity !== 'info')
}

/** Departures listed for one endpoint. */
const driftsMax = 300

const rank: Readonly<Record<DriftSeverity, number>> = { error: 0, warning: 1, info: 2 }

function compare(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0
}

function cutShort(found: number): Drift {
  return {
    kind: 'comparison-cut-short',
    severity: 'info',
    in: 'response',
    location: '',
    documented: '',
    observed: '',
    seen: Math.min(found, driftsMax),
    of: found,
    message: 'The schemas are too large to compare in full, or too much departs: not everything is listed.',
  }
}
