import { TapistryError } from '../base/errors.ts'
import type { Repository } from '../storage/repository.ts'

/** Has the store merge what commits appended, in pieces between which everything else has its turn. */
export interface Settler {
  /** Something was committed. */
  wake(): void
  /** Nothing is merged until `resume`, nor ever again after the end. */
  pause(): void
  resume(): void
}

export function startSettler({ settling }: Pick<Repository, 'settling'>): Settler {
  let steps: Generator<void, void, void> | null = null
  let turn: NodeJS.Immediate | null = null
  let isPaused = false

  function go(): void {
    turn = null
    const until = performance.now() + pieceMs
    try {
      steps ??= settling()
      while (steps.next().done !== true) {
        if (performance.now() < until) continue
        turn = setImmediate(go)
        return
      }
    } catch (thrown) {
      // A commit meets the same trouble, and says so; after the next one that is well it is tried again.
      if (!(thrown instanceof TapistryError)) throw thrown
    }
    steps = null
  }

  return {
    wake() {
      if (!isPaused) turn ??= setImmediate(go)
    },
    pause() {
      isPaused = true
      steps = null
      if (turn !== null) clearImmediate(turn)
      turn = null
    },
    resume() {
      isPaused = false
    },
  }
}

/** How long others wait at most for their turn. */
const pieceMs = 10
