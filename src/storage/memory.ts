import type { Decision } from '../finding/decision.ts'
import { keyText } from '../inventory/priority.ts'
import { InventoryState, type Folded } from '../inventory/state.ts'
import { decodeBatch, encodeBatch } from '../observation/codec.ts'
import { noCounts } from '../observation/counts.ts'
import type { Observation, SourceKind } from '../observation/observation.ts'
import { changedMeanwhile } from './problems.ts'
import { newestOf, oldest, tooOld, type PruneCandidate, type Pruned, type PruneRule } from './prune.ts'
import {
  emptyBatch,
  isKnown,
  type Commit,
  type InputPosition,
  type KeptEvent,
  type Repository,
  type SourcePosition,
  type StoredState,
  type Tail,
} from './repository.ts'

/** The state in memory: for tests, and for runs that keep nothing. The same behaviour as on disk. */
export function memoryRepository(): Repository {
  let base = new InventoryState()
  const tails = new Map<string, Tail>()
  const positions = new Map<string, InputPosition>()
  const sources = new Map<string, SourcePosition>()
  const decisions = new Map<string, Decision>()
  let events: KeptEvent[] = []
  let eventId = 0
  let generation = 0
  return {
    load(): StoredState {
      return {
        base: base.snapshot(),
        tails: [...tails.values()].toSorted((one, other) => compare(one.digest, other.digest)),
        positions: [...positions.values()].toSorted((one, other) => compare(one.digest, other.digest) || one.bytes - other.bytes),
        sources: [...sources.values()].toSorted((one, other) => compare(one.source, other.source) || compare(one.part, other.part)),
        generation,
      }
    },
    commit(change: Commit) {
      if (isKnown(change, ({ digest, bytes }) => positions.has(`${digest} ${bytes}`))) return 'known'
      if (change.basis !== generation) throw changedMeanwhile('memory')
      base.fold(change.batch)
      for (const bytes of change.packed) base.fold(decodeBatch(bytes))
      for (const digest of change.dropTails) tails.delete(digest)
      for (const tail of change.tails) tails.set(tail.digest, tail)
      for (const position of change.positions) positions.set(`${position.digest} ${position.bytes}`, position)
      for (const { source, part, position } of change.sources) {
        if (position === null) sources.delete(`${source}\0${part}`)
        else sources.set(`${source}\0${part}`, { source, part, position })
      }
      for (const id of change.dropDecisions) decisions.delete(id)
      for (const decision of change.decisions) {
        decisions.delete(decision.id)
        decisions.set(decision.id, decision)
      }
      for (const event of change.events) events.push({ id: (eventId += 1), ...event })
      generation += 1
      return 'committed'
    },
    generation: () => generation,
    decisions: () => [...decisions.values()],
    eventsSince: (afterId, limit) => events.filter(({ id }) => id > afterId).slice(0, limit),
    lastEventId: () => eventId,
    eventsOf: (subject, afterId, limit) => events.filter((event) => event.subject === subject && event.id > afterId).slice(0, limit),
    prune(rule) {
      const { state, events: left, pruned } = prune(base, events, rule)
      if (!rule.dryRun && pruned.keys + pruned.events > 0) {
        base = state
        events = left
        generation += 1
      }
      return pruned
    },
    close: () => undefined,
  }
}

/** An observation or an event. */
interface Row extends PruneCandidate {
  readonly observation: Observation | null
  readonly event: KeptEvent | null
}

interface PruneResult {
  readonly state: InventoryState
  readonly events: KeptEvent[]
  readonly pruned: Pruned
}

/** State and events without what the rule says; their size is that of their texts and batches. */
function prune(base: InventoryState, events: readonly KeptEvent[], rule: PruneRule): PruneResult {
  const { observations, ...rest } = base.snapshot()
  const newestMs = newestOf(
    observations.map(({ lastSeenMs }) => ({ lastSeenMs, bytes: 0 })),
    rule.latestMs,
  )
  const rows: Row[] = [
    ...observations.map((observation) => ({ observation, event: null, lastSeenMs: observation.lastSeenMs, bytes: sizeOf(observation) })),
    ...events.map((event) => ({ observation: null, event, lastSeenMs: event.atMs, bytes: JSON.stringify(event).length })),
  ]
  const eventRows = rows.filter(({ event }) => event !== null)
  const old = new Set([...tooOld(rows, newestMs, rule), ...eventRows.slice(0, Math.max(0, eventRows.length - (rule.eventsMax ?? Infinity)))])
  const young = rows.filter((row) => !old.has(row))
  const gone = new Set([...old, ...(rule.bytesMax === null ? [] : oldest(young, bytesOf(young) - rule.bytesMax))])
  const left = rows.filter((row) => !gone.has(row))
  const kept = left.flatMap(({ observation }) => observation ?? [])
  const removed = [...gone].flatMap(({ observation }) => observation ?? [])
  const state = new InventoryState()
  state.fold({ ...rest, observations: kept })
  for (const observation of removed) state.fold({ ...emptyBatch, folded: foldedOf(observation) })
  const pruned: Pruned = {
    keys: removed.length,
    keysBefore: observations.length,
    events: gone.size - removed.length,
    eventsBefore: events.length,
    exchanges: removed.reduce((sum, { count }) => sum + count, 0),
    bytesBefore: bytesOf(rows),
    bytesAfter: bytesOf(left),
    newestMs,
  }
  return { state, events: left.flatMap(({ event }) => event ?? []), pruned }
}

function bytesOf(rows: readonly Row[]): number {
  return rows.reduce((sum, { bytes }) => sum + bytes, 0)
}

function sizeOf(observation: Observation): number {
  return keyText(observation.key).length + encodeBatch({ observations: [observation], visibility: [], counters: noCounts }).length
}

function foldedOf({ key, count }: Observation): ReadonlyMap<string, Folded> {
  const none: Record<SourceKind, number> = { packets: 0, logs: 0 }
  const counts = { ...none, [key.source]: count }
  return new Map([[key.service, key.method === '' ? { exchanges: none, unread: counts } : { exchanges: counts, unread: none }]])
}

function compare(one: string, other: string): number {
  return one < other ? -1 : one > other ? 1 : 0
}
