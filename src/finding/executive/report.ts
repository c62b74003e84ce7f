import type { FindingDocument, InventoryDocument } from '../../inventory/document.ts'
import { coverageOf } from '../coverage.ts'
import { isOpen } from '../is_open.ts'
import { rounded, type Basis, type Figure } from './figure.ts'
import { questions, type Question } from './questions.ts'

/** The questions of those who carry the risk, each with its figure, or why there is none. */
export interface ExecutiveReport {
  /** The day that it is of, in UTC; null for now. */
  readonly asOf: string | null
  readonly window: InventoryDocument['window']
  /** How much of the traffic could be seen; null where there was none. */
  readonly coverage: number | null
  readonly confidence: 'none' | 'low' | 'medium' | 'high'
  readonly questions: readonly Answer[]
}

export interface Answer extends Pick<Question, 'id' | 'question' | 'method'> {
  /** `no_evidence`: it is measured, and there was nothing to measure. */
  readonly state: 'measured' | 'no_evidence' | 'not_measured'
  readonly figure: (Figure & { readonly value: number; readonly endpointCount: number }) | null
  /** The same figure of an earlier day, and what has changed since; null where none is kept. */
  readonly trend: { readonly since: string; readonly value: number; readonly change: number } | null
}

/** An inventory of a day that is over. */
export interface Earlier {
  readonly day: string
  readonly inventory: InventoryDocument
}

/** Endpoints that are named for one figure; all of them are counted. */
export const endpointsMax = 100

export function executiveReport(inventory: InventoryDocument, asOf: string | null, earlier: Earlier | null): ExecutiveReport {
  const coverage = coverageOf(inventory.services)
  const [now, then] = [basisOf(inventory), earlier === null ? null : basisOf(earlier.inventory)]
  return {
    asOf,
    window: inventory.window,
    coverage,
    confidence: coverage === null ? 'none' : coverage >= 0.9 ? 'high' : coverage >= 0.5 ? 'medium' : 'low',
    questions: questions.map(({ id, question, method, measure }): Answer => {
      if (measure === null) return { id, question, method, state: 'not_measured', figure: null, trend: null }
      const { value, endpoints, ...figure } = measure(now)
      // Where nothing was seen, no figure says anything: that is no 0.
      if (value === null || now.seen.length === 0) return { id, question, method, state: 'no_evidence', figure: null, trend: null }
      const before = then === null || then.seen.length === 0 ? null : measure(then).value
      return {
        id,
        question,
        method,
        state: 'measured',
        figure: { value, ...figure, endpoints: endpoints.slice(0, endpointsMax), endpointCount: endpoints.length },
        trend: earlier === null || before === null ? null : { since: earlier.day, value: before, change: rounded(value - before) },
      }
    }),
  }
}

function basisOf(inventory: InventoryDocument): Basis {
  const seen = inventory.services
    .flatMap((service) => service.endpoints.flatMap((endpoint) => (endpoint.exchanges > 0 ? [{ service, endpoint }] : [])))
    .toSorted((one, other) => other.endpoint.risk.score - one.endpoint.risk.score || (one.endpoint.id < other.endpoint.id ? -1 : 1))
  const open = new Map<string, FindingDocument[]>()
  for (const finding of inventory.findings) {
    if (!isOpen(finding) || finding.endpoint === null) continue
    const own = open.get(finding.endpoint)
    if (own === undefined) open.set(finding.endpoint, [finding])
    else own.push(finding)
  }
  return { inventory, seen, open }
}
