import { keyText } from '../inventory/priority.ts'
import { InventoryState, type Folded } from '../inventory/state.ts'
import { decodeBatch, encodeBatch } from '../observation/codec.ts'
import { noCounts } from '../observation/counts.ts'
import type { Observation, SourceKind } from '../observation/observation.ts'
import { changedMeanwhile } from './problems.ts'
import { newestOf, oldest, tooOld, type PruneCandidate, type Pruned, type PruneRule } from './prune.ts'
import { emptyBatch, isKnown, type Commit, type InputPosition, type Repository, type SourcePosition, type StoredState, type Tail } from './repository.ts'

/** The state in memory: for tests, and for runs that keep nothing. The same behaviour as on disk. */
export function memoryRepository(): Repository {
  let base = new InventoryState()
  const tails = new Map<string, Tail>()
  const positions = new Map<string, InputPosition>()
  const sources = new Map<string, SourcePosition>()
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
      generation += 1
      return 'committed'
    },
    prune(rule) {
      const { state, pruned } = prune(base, rule)
      if (!rule.dryRun && pruned.keys > 0) {
        base = state
        generation += 1
      }
      return pruned
    },
    close: () => undefined,
  }
}

interface Row extends PruneCandidate {
  readonly observation: Observation
}

/** The state without what the rule says; its size is that of its observations. */
function prune(base: InventoryState, rule: PruneRule): { readonly state: InventoryState; readonly pruned: Pruned } {
  const { observations, ...rest } = base.snapshot()
  const rows = observations.map((observation): Row => ({ observation, lastSeenMs: observation.lastSeenMs, bytes: sizeOf(observation) }))
  const old = new Set(tooOld(rows, rule))
  const young = rows.filter((row) => !old.has(row))
  const gone = new Set([...old, ...(rule.bytesMax === null ? [] : oldest(young, bytesOf(young) - rule.bytesMax))])
  const left = rows.filter((row) => !gone.has(row))
  const state = new InventoryState()
  state.fold({ ...rest, observations: left.map(({ observation }) => observation) })
  for (const { observation } of gone) state.fold({ ...emptyBatch, folded: foldedOf(observation) })
  const exchanges = [...gone].reduce((sum, { observation }) => sum + observation.count, 0)
  const pruned = { keys: gone.size, keysBefore: rows.length, exchanges, bytesBefore: bytesOf(rows), bytesAfter: bytesOf(left) }
  return { state, pruned: { ...pruned, newestMs: newestOf(rows, rule.latestMs) } }
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
