import { allLabels } from '../finding/labels.ts'
import type { InventoryDocument, Label } from '../inventory/document.ts'
import { endpointId } from '../inventory/endpoint.ts'
import { endpointKey, type EndpointOrder } from './endpoint_order.ts'
import { endpointRow, type EndpointRow } from './endpoint_row.ts'
import { sortedByKey } from './keyset.ts'

/** What is looked up in an inventory again and again. */
export interface InventoryIndex {
  readonly rows: readonly EndpointRow[]
  readonly byId: ReadonlyMap<string, EndpointRow>
  /** Ids that endpoints would have under templates they are no longer shown under, each with the id of today. */
  readonly aliases: ReadonlyMap<string, string>
  /** How many endpoints have a label; each has a place, also where there is none. */
  readonly labels: ReadonlyMap<Label, number>
  /** How many endpoints carry data of a class. */
  readonly dataClasses: ReadonlyMap<string, number>
  /** All endpoints in an order, sorted when it is first asked for. */
  inOrder(order: EndpointOrder): readonly EndpointRow[]
}

/** The index of an inventory, made once for each and gone with it. */
export function indexOf(inventory: InventoryDocument): InventoryIndex {
  let index = indexes.get(inventory)
  if (!index) indexes.set(inventory, (index = newIndex(inventory)))
  return index
}

const indexes = new WeakMap<InventoryDocument, InventoryIndex>()

function newIndex({ services }: InventoryDocument): InventoryIndex {
  const rows = services.flatMap((service) => service.endpoints.map((endpoint) => endpointRow(service, endpoint)))
  const byId = new Map(rows.map((row) => [row.endpoint.id, row]))
  const aliases = new Map<string, string>()
  const labels = new Map<Label, number>(allLabels.map((label) => [label, 0]))
  const dataClasses = new Map<string, number>()
  for (const { service, endpoint } of rows) {
    for (const label of endpoint.labels) labels.set(label, (labels.get(label) ?? 0) + 1)
    for (const name of new Set(endpoint.dataClasses.map((found) => found.class))) dataClasses.set(name, (dataClasses.get(name) ?? 0) + 1)
    for (const template of endpoint.templateInfo.aliases) {
      const id = endpointId(service.name, endpoint.method, template)
      if (!byId.has(id)) aliases.set(id, endpoint.id)
    }
  }
  const orders = new Map<EndpointOrder, readonly EndpointRow[]>()
  return {
    rows,
    byId,
    aliases,
    labels,
    dataClasses,
    inOrder: (order) => {
      let sorted = orders.get(order)
      if (!sorted) orders.set(order, (sorted = sortedByKey(rows, (row) => endpointKey(row, order))))
      return sorted
    },
  }
}
