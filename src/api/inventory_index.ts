import { inPieces } from '../base/pieces.ts'
import { runThrough } from '../base/run_through.ts'
import { allLabels } from '../finding/labels.ts'
import type { InventoryDocument, Label } from '../inventory/document.ts'
import { endpointId } from '../inventory/endpoint.ts'
import { keyKindOf } from '../inventory/endpoint_place.ts'
import { aliasesOf } from '../inventory/packed_endpoint.ts'
import { endpointKey, endpointOrders, type EndpointOrder } from './endpoint_order.ts'
import { endpointRow, type EndpointRow } from './endpoint_row.ts'
import { sortingByKey } from './keyset.ts'

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
  /** How many endpoints with a label appeared at this moment or later. */
  newSince(label: Label, sinceMs: number): number
  /** All endpoints in an order, sorted when it is first asked for, in pieces. */
  inOrder(order: EndpointOrder): Soon<readonly EndpointRow[]>
  /** Those of them that pass, found once for what was asked, in pieces: `asked` names what `matches` tests. */
  matching(order: EndpointOrder, asked: string, matches: Matches): Soon<readonly EndpointRow[]>
  /** All endpoints, where those that pass are not found already; else null. */
  unfound(order: EndpointOrder, asked: string): Soon<readonly EndpointRow[]> | null
  /** Sorts, and finds, what somebody has asked of `before`, in pieces: all orders where there is none. */
  preparing(before: InventoryIndex | null): Generator<void, void>
  /** What somebody has asked for. */
  askedOrders(): Iterable<EndpointOrder>
  askedQuestions(): Iterable<Question>
}

/** At once where it is there. */
export type Soon<T> = T | Promise<T>

type Matches = (row: EndpointRow) => boolean

/** What `matching` is given. */
interface Question {
  readonly order: EndpointOrder
  readonly asked: string
  readonly matches: Matches
}

/** The index of an inventory, made once for its services and gone with them: what is decided of findings makes no other one. */
export function indexOf(inventory: Pick<InventoryDocument, 'services'>): InventoryIndex {
  return runThrough(indexed(inventory))
}

function* indexed({ services }: Pick<InventoryDocument, 'services'>): Generator<void, InventoryIndex> {
  let index = indexes.get(services)
  if (!index) indexes.set(services, (index = yield* newIndex(services)))
  return index
}

/**
 * Makes the index of `next` in pieces, with what was asked of `before`, all orders where there is none: to sort and to look through all of it when the next one asks
 * would keep everybody waiting.
 */
export function* indexing(next: InventoryDocument, before: InventoryDocument | null): Generator<void, void> {
  const index = yield* indexed(next)
  yield* index.preparing(before === null ? null : yield* indexed(before))
}

const indexes = new WeakMap<InventoryDocument['services'], InventoryIndex>()
/** Lists of what passed: as many as clients ask for page by page at a time, at a pointer a row. */
const foundMax = 16
const rowsPerPiece = 1000

function* newIndex(services: InventoryDocument['services']): Generator<void, InventoryIndex> {
  const rows: EndpointRow[] = []
  const byId = new Map<string, EndpointRow>()
  for (const service of services) {
    for (const endpoint of service.endpoints) {
      const row = endpointRow(service, endpoint)
      rows.push(row)
      byId.set(endpoint.id, row)
      if (rows.length % rowsPerPiece === 0) yield
    }
  }
  const aliases = new Map<string, string>()
  const labels = new Map<Label, number>(allLabels.map((label) => [label, 0]))
  const dataClasses = new Map<string, number>()
  const firstMs = new Map<Label, number[]>(allLabels.map((label) => [label, []]))
  for (const [at, { service, endpoint }] of rows.entries()) {
    if (at % rowsPerPiece === 0) yield
    const seenMs = endpoint.firstSeen === null ? null : Date.parse(endpoint.firstSeen)
    for (const label of endpoint.labels) {
      labels.set(label, (labels.get(label) ?? 0) + 1)
      if (seenMs !== null) firstMs.get(label)?.push(seenMs)
    }
    for (const name of new Set(endpoint.dataClasses.map((found) => found.class))) dataClasses.set(name, (dataClasses.get(name) ?? 0) + 1)
    for (const template of aliasesOf(endpoint)) {
      const id = endpointId(service.name, endpoint.method, template, keyKindOf(endpoint))
      if (!byId.has(id)) aliases.set(id, endpoint.id)
    }
  }
  const appeared = new Map<Label, Float64Array>()
  for (const [label, times] of firstMs) {
    appeared.set(label, Float64Array.from(times).toSorted())
    yield
  }
  const orders = new Map<EndpointOrder, readonly EndpointRow[]>()
  const askedOrders = new Set<EndpointOrder>()
  const askedQuestions = new Map<string, Question>()
  const found = new Map<string, readonly EndpointRow[]>()
  const underWay = new Map<string, Promise<readonly EndpointRow[]>>()

  function* sorting(order: EndpointOrder): Generator<void, readonly EndpointRow[]> {
    let sorted = orders.get(order)
    if (!sorted) orders.set(order, (sorted = yield* sortingByKey(rows, (row) => endpointKey(row, order))))
    return sorted
  }

  /** Whoever asks for what somebody else waits for waits with them. */
  function soon(name: string, steps: () => Generator<void, readonly EndpointRow[]>): Promise<readonly EndpointRow[]> {
    let rows = underWay.get(name)
    if (rows === undefined) underWay.set(name, (rows = inPieces(steps()).finally(() => underWay.delete(name))))
    return rows
  }

  function inOrder(order: EndpointOrder): Soon<readonly EndpointRow[]> {
    askedOrders.add(order)
    return orders.get(order) ?? soon(order, () => sorting(order))
  }

  function* finding({ order, asked, matches }: Question): Generator<void, readonly EndpointRow[]> {
    const known = found.get(keyOf(order, asked))
    if (known !== undefined) return known
    const passing: EndpointRow[] = []
    for (const [at, row] of (yield* sorting(order)).entries()) {
      if (at % rowsPerPiece === 0) yield
      if (matches(row)) passing.push(row)
    }
    putBounded(found, keyOf(order, asked), passing)
    return passing
  }

  return {
    rows,
    byId,
    aliases,
    labels,
    dataClasses,
    newSince: (label, sinceMs) => behind(appeared.get(label) ?? new Float64Array(), sinceMs),
    inOrder,
    matching(order, asked, matches) {
      if (asked === '') return inOrder(order)
      askedOrders.add(order)
      const question = { order, asked, matches }
      putBounded(askedQuestions, keyOf(order, asked), question)
      return found.get(keyOf(order, asked)) ?? soon(keyOf(order, asked), () => finding(question))
    },
    unfound: (order, asked) => (found.has(keyOf(order, asked)) ? null : inOrder(order)),
    *preparing(before) {
      for (const order of before?.askedOrders() ?? endpointOrders) yield* sorting(order)
      for (const question of before?.askedQuestions() ?? []) yield* finding(question)
    },
    askedOrders: () => askedOrders,
    askedQuestions: () => askedQuestions.values(),
  }
}

/** How many of these times, which rise, are this one or later. */
function behind(times: Float64Array, sinceMs: number): number {
  let [low, high] = [0, times.length]
  while (low < high) {
    const middle = (low + high) >>> 1
    if ((times[middle] ?? 0) < sinceMs) low = middle + 1
    else high = middle
  }
  return times.length - low
}

function keyOf(order: EndpointOrder, asked: string): string {
  return `${order} ${asked}`
}

/** The one that was put in first goes where there are too many. */
function putBounded<Value>(values: Map<string, Value>, key: string, value: Value): void {
  const [oldest] = values.size < foundMax || values.has(key) ? [] : values.keys()
  if (oldest !== undefined) values.delete(oldest)
  values.set(key, value)
}
