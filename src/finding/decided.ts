import type { FindingDocument, InventoryDocument } from '../inventory/document.ts'
import { decisionsOf, type Decision, type FindingDecision, type Suppression } from './decision.ts'

/** The inventory with what people decided of its findings at `nowMs`; the same object where they decided nothing. Pure. */
export function decided(inventory: InventoryDocument, decisions: readonly Decision[], nowMs: number): InventoryDocument {
  const own = new Map(decisionsOf(decisions, 'finding').map(({ id, body }) => [id, body]))
  const suppressions = decisionsOf(decisions, 'suppression').flatMap(({ body }) => (isOver(body, nowMs) ? [] : [body]))
  if (own.size === 0 && suppressions.length === 0) return inventory
  return { ...inventory, findings: inventory.findings.map((finding) => decidedFinding(finding, own.get(finding.id), suppressions)) }
}

/** When a suppression ends next, which changes what is shown; Infinity where none will. */
export function nextEndMs(decisions: readonly Decision[], nowMs: number): number {
  return decisionsOf(decisions, 'suppression').reduce(
    (least, { body }) => (body.untilMs === null || isOver(body, nowMs) ? least : Math.min(least, body.untilMs)),
    Infinity,
  )
}

export function isOver({ untilMs }: Suppression, nowMs: number): boolean {
  return untilMs !== null && untilMs <= nowMs
}

function decidedFinding(finding: FindingDocument, own: FindingDecision | undefined, suppressions: readonly Suppression[]): FindingDocument {
  const state = own?.state ?? (suppressions.some((suppression) => isSuppressedBy(suppression, finding)) ? 'suppressed' : finding.state)
  return { ...finding, state: state === 'resolved' && own !== undefined && isSeenAgain(finding, own) ? 'reopened' : state, owner: own?.owner ?? finding.owner }
}

export function isSuppressedBy(suppression: Suppression, { kind, service, endpoint }: FindingDocument): boolean {
  return (
    (suppression.finding === null || suppression.finding === kind) &&
    (suppression.service === null || suppression.service === service) &&
    (suppression.endpoint === null || suppression.endpoint === endpoint)
  )
}

/** Sources without times tell by the count. */
function isSeenAgain({ lastSeen, count }: FindingDocument, { seen }: FindingDecision): boolean {
  return count > seen.count || (lastSeen ?? '') > (seen.lastSeen ?? '')
}
