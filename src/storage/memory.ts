import type { Decision } from '../finding/decision.ts'
import { keyText } from '../inventory/priority.ts'
import { InventoryState } from '../inventory/state.ts'
import type { Folded } from '../inventory/state_reading.ts'
import { decodeBatch, encodeBatch } from '../observation/codec.ts'
import { noCounts } from '../observation/counts.ts'
import type { Observation, SourceKind } from '../observation/observation.ts'
import { memoryOutbox } from './memory_outbox.ts'
import { changedMeanwhile } from './problems.ts'
import type { Settler } from './settler.ts'
import { countsOf, dayCandidates, firstOf, inOrder, newestOf, tooOld, type PruneCandidate, type Pruned, type PruneRule } from './prune.ts'
import {
  emptyBatch,
  isKnown,
  type Commit,
  type KeptEvent,
  type KnownInput,
  type PastDay,
  type Repository,
  type SourcePosition,
  type StoredState,
  type Tail,
} from './repository.ts'

/** The state in memory: for tests, and for runs that keep nothing. The same behaviour as on disk. */
export function memoryRepository(): Repository {
  let base = new InventoryState()
  const tails = new Map<string, Tail>()
  const positions = new Map<string, KnownInput>()
  const sources = new Map<string, SourcePosition>()
  const decisions = new Map<string, Decision>()
  let events: KeptEvent[] = []
  let eventId = 0
  let generation = 0
  let told: Uint8Array | null = null
  let days: PastDay[] = []
  let day: number | null = null
  const outbox = memoryOutbox()
  return {
    load(): StoredState {
      return {
        base: base.snapshot(),
        tails: [...tails.values()].toSorted((one, other) => compare(one.digest, other.digest)),
        positions: [...positions.values()].toSorted((one, other) => compare(one.digest, other.digest) || one.bytes - other.bytes),
        sources: [...sources.values()].toSorted((one, other) => compare(one.source, other.source) || compare(one.part, other.part)),
        generation,
        day,
      }
    },
    commit(change: Commit) {
      if (isKnown(change, ({ digest, bytes }) => positions.has(`${digest} ${bytes}`))) return 'known'
      if (change.basis !== generation) throw changedMeanwhile('memory')
      base.fold(change.batch)
      for (const bytes of change.packed) base.fold(decodeBatch(bytes))
      for (const digest of change.dropTails) tails.delete(digest)
      for (const tail of change.tails) tails.set(tail.digest, tail)
      for (const digest of change.settleTails) {
        const tail = tails.get(digest)
        if (tail !== undefined) base.fold(tail.batch)
        tails.delete(digest)
      }
      for (const { digest, bytes, isSuperseded } of change.positions) {
        positions.set(`${digest} ${bytes}`, { digest, bytes, seen: isSuperseded === true ? 0 : change.basis + 1 })
      }
      for (const { digest, bytes } of change.dropPositions) positions.delete(`${digest} ${bytes}`)
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
      if (change.told !== null) told = change.told
      const kept = days.findLast((past) => past.day <= (day ?? -Infinity))
      const isWrong = (days.findLast((past) => past.day <= change.day)?.day ?? -Infinity) > (day ?? -Infinity)
      if (day !== null && day !== change.day && change.dayBefore !== null && !isWrong && !isSame(change.dayBefore, kept?.packed)) {
        days = [...days.filter((past) => past.day !== day), { day, packed: change.dayBefore }].toSorted((one, other) => one.day - other.day)
      }
      day = change.day
      outbox.add(change.notices)
      generation += 1
      return 'committed'
    },
    decisions: () => [...decisions.values()],
    eventsSince: (afterId, limit) => events.filter(({ id }) => id > afterId).slice(0, limit),
    lastEventId: () => eventId,
    eventsOf: (subject, afterId, limit) => events.filter((event) => event.subject === subject && event.id > afterId).slice(0, limit),
    told: () => told,
    pastDay: (upTo) => days.findLast((past) => past.day <= upTo) ?? null,
    days: () => ({ oldest: days[0]?.day ?? null, last: day }),
    generation: () => generation,
    misplaced: () => null,
    bytes: () => base.snapshot().observations.reduce((sum, observation) => sum + sizeOf(observation), 0),
    // Here all that is committed is merged at once.
    *settling() {},
    startSettler: () => idleSettler,
    *prune(rule) {
      // As on disk, others have their turn before its end.
      yield
      const { state, events: eventsLeft, days: daysLeft, pruned } = pruneAll(base, { events, days }, day, rule)
      if (!rule.dryRun && pruned.keys + pruned.events + pruned.days > 0) {
        base = state
        events = eventsLeft
        days = daysLeft
        generation += 1
      }
      return pruned
    },
    outbox,
    close: () => undefined,
  }
}

const idleSettler: Settler = {
  wake: () => undefined,
  settleAll: async () => undefined,
  pause: async () => undefined,
  resume: () => undefined,
  close: async () => undefined,
}

/** An observation, an event or a past day. */
interface Row extends PruneCandidate {
  readonly observation: Observation | null
  readonly event: KeptEvent | null
  readonly past: PastDay | null
}

interface Pruning {
  readonly state: InventoryState
  readonly events: KeptEvent[]
  readonly days: PastDay[]
  readonly pruned: Pruned
}

/** State, events and past days without what the rule says; their size is that of their texts and batches. */
function pruneAll(
  base: InventoryState,
  history: { readonly events: readonly KeptEvent[]; readonly days: readonly PastDay[] },
  day: number | null,
  rule: PruneRule,
): Pruning {
  const { observations, ...rest } = base.snapshot()
  const rows: Row[] = [
    ...observations.map((observation): Row => ({
      kind: 'key',
      observation,
      event: null,
      past: null,
      lastMs: observation.lastSeenMs,
      bytes: sizeOf(observation),
    })),
    ...history.events.map((event): Row => ({ kind: 'event', observation: null, event, past: null, lastMs: event.atMs, bytes: JSON.stringify(event).length })),
    ...dayCandidates(
      history.days.map((past) => ({ observation: null, event: null, past, day: past.day, bytes: past.packed.length })),
      day,
    ),
  ]
  const old = tooOld(rows, rule)
  const young = inOrder(rows.filter((row) => !old.has(row)))
  const gone = new Set([...old, ...(rule.bytesMax === null ? [] : firstOf(young, bytesOf(young) - rule.bytesMax))])
  const left = rows.filter((row) => !gone.has(row))
  const removed = [...gone].flatMap(({ observation }) => observation ?? [])
  const state = new InventoryState()
  state.fold({ ...rest, observations: left.flatMap(({ observation }) => observation ?? []) })
  for (const observation of removed) state.fold({ ...emptyBatch, folded: foldedOf(observation) })
  const [before, went] = [countsOf(rows), countsOf(gone)]
  const pruned: Pruned = {
    keys: went.key,
    keysBefore: before.key,
    events: went.event,
    eventsBefore: before.event,
    days: went.day,
    daysBefore: before.day,
    exchanges: removed.reduce((sum, { count }) => sum + count, 0),
    bytesBefore: bytesOf(rows),
    bytesAfter: bytesOf(left),
    newestMs: newestOf(
      rows.filter(({ kind }) => kind === 'key'),
      rule,
    ),
  }
  return { state, events: left.flatMap(({ event }) => event ?? []), days: left.flatMap(({ past }) => past ?? []), pruned }
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

function isSame(one: Uint8Array, other: Uint8Array | undefined): boolean {
  return other !== undefined && Buffer.compare(one, other) === 0
}

function compare(one: string, other: string): number {
  return one < other ? -1 : one > other ? 1 : 0
}
