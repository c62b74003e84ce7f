import type { InventoryState } from '../inventory/state.ts'
import { decodeBatch } from '../observation/codec.ts'

/** Merges batches into a state that lives long, in pieces between which everything else has its turn: thousands of keys take half a second. */
export interface Merging {
  /** Merges what is left of those before at once. */
  add(packed: readonly Uint8Array[]): void
  /** Merges what is left at once: the state is that of all batches then. */
  finish(): void
}

export function startMerging(state: InventoryState): Merging {
  let work: Iterator<void> | null = null
  let turn: NodeJS.Immediate | null = null

  function go(forMs: number): void {
    if (turn !== null) clearImmediate(turn)
    turn = null
    const until = performance.now() + forMs
    while (work !== null) {
      if (work.next().done === true) work = null
      else if (performance.now() > until) {
        turn = setImmediate(go, pieceMs)
        return
      }
    }
  }

  return {
    add(packed) {
      go(Infinity)
      work = mergingOf(state, packed)
      turn = setImmediate(go, pieceMs)
    },
    finish: () => go(Infinity),
  }
}

/** How long others wait at most for their turn. */
const pieceMs = 10

function* mergingOf(state: InventoryState, packed: readonly Uint8Array[]): Generator<void> {
  for (const bytes of packed) yield* state.folding(decodeBatch(bytes))
  yield* state.compacting()
}
