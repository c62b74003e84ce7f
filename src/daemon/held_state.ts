import { InventoryState, type StateBatch } from '../inventory/state.ts'
import type { Commit, StoredState } from '../storage/repository.ts'
import { encodeBatch } from '../observation/codec.ts'
import { startMerging } from './merging.ts'

/** What is kept, in memory. */
export interface HeldState {
  /** All of it, with the open ends of inputs. A new object whenever something was added. */
  state(): InventoryState
  /** Gives such a state, with its version, when there is one without merging at once what is left: it may lack what was added last. */
  whenWhole(then: (state: InventoryState, version: number) => void): void
  /** Of the engine; they may lack what was added last. */
  counters(): ReadonlyMap<string, number>
  /** Rises with each change. */
  version(): number
  /** Takes over what a commit has kept. */
  add(change: Pick<Commit, 'packed' | 'tails' | 'dropTails' | 'settleTails'>): void
  /** Digests of the inputs whose open ends are held apart. */
  tails(): readonly string[]
  /** Resolves when little enough is left to merge that more may come. */
  room(): Promise<void>
  /** From now on nobody waits for room. */
  release(): void
  /** Literals of registered specs, for what is added from now on. */
  know(literals: ReadonlySet<string>): void
  /** Takes over what is left after others than commits have changed what is kept. */
  replace(kept: StateBatch): void
}

export function holdState(stored: Pick<StoredState, 'base' | 'tails'>, emptyState: () => InventoryState): HeldState {
  const tails = new Map<string, StateBatch>(stored.tails.map(({ digest, batch }) => [digest, batch]))
  let base = packedState(stored.base)
  let version = 0
  let merging = startMerging(base, version)
  let whole: InventoryState | null = null

  function packedState(kept: StateBatch): InventoryState {
    const state = emptyState()
    for (const _ of state.foldingPacked(kept));
    return state
  }

  function state(): InventoryState {
    merging.finish()
    if (whole !== null) return whole
    if (tails.size === 0) return base
    whole = emptyState()
    whole.fold(base.snapshot())
    for (const tail of tails.values()) whole.fold(tail)
    return whole
  }

  return {
    state,
    whenWhole(then) {
      if (tails.size > 0) then(state(), version)
      else merging.whenWhole((at) => then(base, at))
    },
    counters: () => (tails.size > 0 ? state() : base).counters(),
    version: () => version,
    add({ packed, tails: open, dropTails, settleTails }) {
      if (packed.length + open.length + dropTails.length + settleTails.length === 0) return
      version += 1
      const settled = settleTails.flatMap((digest) => tails.get(digest) ?? [])
      merging.add([...packed, ...settled.map(encodeBatch)], version)
      for (const digest of settleTails) tails.delete(digest)
      for (const digest of dropTails) tails.delete(digest)
      for (const { digest, batch } of open) tails.set(digest, batch)
      whole = null
    },
    tails: () => [...tails.keys()],
    room: () => merging.room(),
    release: () => merging.release(),
    know(literals) {
      merging.finish()
      base.know(literals)
      whole = null
    },
    replace(kept) {
      const left = packedState(kept)
      merging.finish()
      base = left
      whole = null
      version += 1
      merging = startMerging(base, version)
    },
  }
}
