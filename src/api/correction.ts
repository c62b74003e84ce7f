import { rfc3339 } from '../base/clock.ts'
import { stableId } from '../base/ids.ts'
import { decisionsOf, type CorrectionDecision, type Decision, type DecisionChange } from '../finding/decision.ts'
import type { EndpointDocument, JsonSchema } from '../inventory/document.ts'
import { serviceId } from '../inventory/endpoint.ts'
import { placeOf, type Correction } from '../inventory/template/corrections.ts'
import { segmentsOf, skeletonOf } from '../inventory/template/segment.ts'
import type { InventoryView } from './view.ts'

/** A correction that is about to be made. */
export interface Draft {
  readonly id: string
  /** What history calls it. */
  readonly what: 'pinned' | 'split' | 'merged' | 'renamed'
  /** The endpoint as it is with it. */
  readonly endpoint: string
  /** Ids of other endpoints whose history tells it. */
  readonly also?: readonly string[]
  readonly correction: Correction
}

export function correctionsIn({ decisions }: Pick<InventoryView, 'decisions'>): ReadonlyArray<Decision<CorrectionDecision>> {
  return decisionsOf(decisions.all(), 'correction')
}

/** The same for the same correction of the same place, so that it stands in the list once. */
export function correctionId(kind: Correction['kind'], service: string, of: readonly string[]): string {
  return stableId('cor_', kind, service, ...of.map(skeletonOf))
}

export function saying({ id, what, endpoint, also = [], correction }: Draft, by: string): DecisionChange {
  const details = { by, correction: id, ...detailsOf(correction) }
  return {
    put: [{ id, by, body: { kind: 'correction', correction, endpoint } }],
    drop: [],
    events: [...new Set([endpoint, ...also])].map((subject) => ({ kind: 'endpoint', subject, what, details })),
  }
}

export function removing({ id, body: { correction, endpoint } }: Decision<CorrectionDecision>, by: string): DecisionChange {
  const what = correction.kind === 'pin' ? 'unpinned' : 'correction_removed'
  return { put: [], drop: [id], events: [{ kind: 'endpoint', subject: endpoint, what, details: { by, correction: id, ...detailsOf(correction) } }] }
}

/** As REST shows it. */
export function correctionText({ id, atMs, by, body: { correction, endpoint } }: Decision<CorrectionDecision>): string {
  const { kind, service } = correction
  const { template, place, words, name } = { template: null, place: null, words: [], name: null, ...withoutApart(correction) }
  return JSON.stringify({ id, kind, service: serviceId(service), serviceName: service, template, place, words, name, endpoint, by, at: rfc3339(atMs) })
}

/** Words that are endpoints of their own where a template has a parameter, place by place. */
export function apart(template: string, endpoints: readonly EndpointDocument[]): ReadonlyArray<{ readonly place: string; readonly words: readonly string[] }> {
  const segments = segmentsOf(template)
  return segments.flatMap((segment, index) => {
    if (!segment.includes('{')) return []
    const place = placeOf(segments.slice(0, index))
    const words = new Set<string>()
    for (const other of endpoints) {
      const theirs = segmentsOf(other.template)
      const word = theirs[index]
      if (word !== undefined && !word.includes('{') && placeOf(theirs.slice(0, index)) === place) words.add(word)
    }
    return words.size === 0 ? [] : [{ place, words: [...words].toSorted() }]
  })
}

function detailsOf(correction: Correction): JsonSchema {
  return { ...withoutApart(correction) }
}

function withoutApart(
  correction: Correction,
): Exclude<Correction, { readonly kind: 'pin' }> | { readonly kind: 'pin'; readonly service: string; readonly template: string } {
  if (correction.kind !== 'pin') return correction
  const { kind, service, template } = correction
  return { kind, service, template }
}
