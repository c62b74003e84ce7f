import { InventoryState } from '../inventory/state.ts'
import { changedMeanwhile } from './problems.ts'
import type { Commit, InputPosition, Repository, StoredState, Tail } from './repository.ts'

/** The state in memory: for tests, and for runs that keep nothing. The same behaviour as on disk. */
export function memoryRepository(): Repository {
  const base = new InventoryState()
  const tails = new Map<string, Tail>()
  const positions = new Map<string, InputPosition>()
  let generation = 0
  const isKnown = ({ digest, bytes }: InputPosition): boolean => positions.has(`${digest} ${bytes}`)
  return {
    load(): StoredState {
      return {
        base: base.snapshot(),
        tails: [...tails.values()].toSorted((one, other) => compare(one.digest, other.digest)),
        positions: [...positions.values()].toSorted((one, other) => compare(one.digest, other.digest) || one.bytes - other.bytes),
        generation,
      }
    },
    commit(change: Commit) {
      if (!change.again && change.positions.length > 0 && change.positions.every(isKnown)) return 'known'
      if (change.basis !== generation) throw changedMeanwhile('memory')
      base.fold(change.batch)
      for (const digest of change.dropTails) tails.delete(digest)
      for (const tail of change.tails) tails.set(tail.digest, tail)
      for (const position of change.positions) positions.set(`${position.digest} ${position.bytes}`, position)
      generation += 1
      return 'committed'
    },
    close: () => undefined,
  }
}

function compare(one: string, other: string): number {
  return one < other ? -1 : one > other ? 1 : 0
}
