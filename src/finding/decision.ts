import type { Correction } from '../inventory/template/corrections.ts'
import type { JsonSchema, FindingDocument } from '../inventory/document.ts'

/** What a person has decided. The inventory shows it; the state that it is read out of stays what traffic made it. */
export interface Decision<Body extends DecisionBody = DecisionBody> {
  /** Of one place: a later decision with it takes the place of this one. */
  readonly id: string
  /** Epoch milliseconds. */
  readonly atMs: number
  readonly by: string
  readonly body: Body
}

export type DecisionBody = FindingDecision | Suppression | SpecDecision | CorrectionDecision

/** What becomes of one finding, whose id is that of the decision. */
export interface FindingDecision {
  readonly kind: 'finding'
  /** Null where only the rest was said. */
  readonly state: 'open' | 'acknowledged' | 'resolved' | 'suppressed' | null
  /** Null for that of the service. */
  readonly owner: string | null
  readonly reason: string | null
  /** A date, or RFC 3339. */
  readonly due: string | null
  /** The finding as it was when its state was decided: what is seen later reopens what was resolved. */
  readonly seen: Pick<FindingDocument, 'lastSeen' | 'count'>
}

/** Findings that are not to be shown as open. Null for any; one of the first three is given. */
export interface Suppression {
  readonly kind: 'suppression'
  readonly finding: string | null
  readonly service: string | null
  readonly endpoint: string | null
  readonly reason: string
  /** Epoch milliseconds; null for good. */
  readonly untilMs: number | null
}

/** An API document that was registered beside those of the configuration; its id is that of the decision. */
export interface SpecDecision {
  readonly kind: 'spec'
  readonly text: string
  /** What people know it by. */
  readonly name: string
  /** Names in lower case that it is for; empty where its servers and paths tell. */
  readonly services: readonly string[]
}

/** A template that is not what evidence makes it. */
export interface CorrectionDecision {
  readonly kind: 'correction'
  readonly correction: Correction
  /** The id of the endpoint that it was said of. */
  readonly endpoint: string
}

/** Decisions that come and go together, with what is told of them. */
export interface DecisionChange {
  readonly put: ReadonlyArray<Omit<Decision, 'atMs'>>
  /** Ids. */
  readonly drop: readonly string[]
  readonly events: readonly DecisionEvent[]
}

/** As it stands in history: `details` name who decided. */
interface DecisionEvent {
  readonly kind: 'endpoint' | 'finding' | 'spec'
  readonly subject: string
  readonly what: string
  readonly details: JsonSchema
}

/** The decisions of one kind, in their order. */
export function decisionsOf<Kind extends DecisionBody['kind']>(
  decisions: readonly Decision[],
  kind: Kind,
): ReadonlyArray<Decision<Extract<DecisionBody, { readonly kind: Kind }>>> {
  return decisions.filter((decision): decision is Decision<Extract<DecisionBody, { readonly kind: Kind }>> => decision.body.kind === kind)
}
