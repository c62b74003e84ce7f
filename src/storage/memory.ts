import { InventoryState } from '../inventory/state.ts'
import { decodeBatch } from '../observation/codec.ts'
import { changedMeanwhile } from './problems.ts'
import { isKnown, type Commit, type InputPosition, type Repository, type SourcePosition, type StoredState, type Tail } from './repository.ts'

/** The state in memory: for tests, and for runs that keep nothing. The same behaviour as on disk. */
export function memoryRepository(): Repository {
  const base = new InventoryState()
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
    close: () => undefined,
  }
}

function compare(one: string, other: string): number {
  return one < other ? -1 : one > other ? 1 : 0
}
