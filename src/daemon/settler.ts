import { TapistryError } from '../base/errors.ts'
import type { Repository } from '../storage/repository.ts'
import { dropPiece, queuePiece } from './pieces.ts'

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
  let isPaused = false

  function go(untilMs: number): void {
    try {
      steps ??= settling()
      while (steps.next().done !== true) {
        if (performance.now() > untilMs) return queuePiece(go)
      }
    } catch (thrown) {
      // A commit meets the same trouble, and says so; after the next one that is well it is tried again.
      if (!(thrown instanceof TapistryError)) throw thrown
    }
    steps = null
  }

  return {
    wake() {
      if (!isPaused) queuePiece(go)
    },
    pause() {
      isPaused = true
      steps = null
      dropPiece(go)
    },
    resume() {
      isPaused = false
    },
  }
}
