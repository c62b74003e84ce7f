import { decisionsOf, type Decision, type FindingDecision } from '../finding/decision.ts'
import type { InventoryDocument } from '../inventory/document.ts'
import { findingLine, type FindingLine } from '../output/finding_line.ts'
import { findingKey, type FindingOrder } from './finding_order.ts'
import { indexOf } from './inventory_index.ts'
import { sortedByKey } from './keyset.ts'
import type { InventoryView } from './view.ts'

/** The findings of an inventory, with what was decided of them. */
export interface FindingIndex {
  readonly byId: ReadonlyMap<string, FindingLine>
  /** The decision on a finding, null where there is none. */
  decisionOn(id: string): Decision<FindingDecision> | null
  /** All of them in an order, sorted when it is first asked for. */
  inOrder(order: FindingOrder): readonly FindingLine[]
}

/** The index of the inventory of now, made once for each: another decision makes another inventory. */
export function findingIndexOf({ inventory, decisions }: Pick<InventoryView, 'inventory' | 'decisions'>): FindingIndex {
  const now = inventory()
  let index = indexes.get(now)
  if (!index) indexes.set(now, (index = newIndex(now, decisions.all())))
  return index
}

const indexes = new WeakMap<InventoryDocument, FindingIndex>()

function newIndex(inventory: InventoryDocument, decisions: readonly Decision[]): FindingIndex {
  const names = new Map(inventory.services.map(({ id, name }) => [id, name]))
  const own = new Map(decisionsOf(decisions, 'finding').map((decision) => [decision.id, decision]))
  const endpoints = indexOf(inventory).byId
  const lines = inventory.findings.map((finding) =>
    findingLine(finding, names.get(finding.service) ?? '', endpoints.get(finding.endpoint ?? '')?.endpoint ?? null, own.get(finding.id) ?? null),
  )
  const orders = new Map<FindingOrder, readonly FindingLine[]>()
  return {
    byId: new Map(lines.map((line) => [line.id, line])),
    decisionOn: (id) => own.get(id) ?? null,
    inOrder(order) {
      let sorted = orders.get(order)
      if (!sorted) orders.set(order, (sorted = sortedByKey(lines, (line) => findingKey(line, order))))
      return sorted
    },
  }
}
