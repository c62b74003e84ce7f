/**
 * Has a piece of long work done when all that wait have had their turns, with the moment at which it is to end; once, however often it is asked for meanwhile.
 * Between two pieces of whatever work sockets and timers have theirs: who asks waits for one of them, however much is to be done.
 */
export function queuePiece(piece: Piece): void {
  waiting.add(piece)
  turn ??= setImmediate(next)
}

/** Goes through all steps in such pieces, and gives what they come to. */
export function inPieces<T>(steps: Iterator<void, T, void>): Promise<T> {
  return new Promise((resolve, reject) => {
    function go(untilMs: number): void {
      try {
        for (let step = steps.next(); ; step = steps.next()) {
          if (step.done === true) return resolve(step.value)
          if (performance.now() > untilMs) return queuePiece(go)
        }
      } catch (thrown) {
        reject(thrown)
      }
    }
    queuePiece(go)
  })
}

/** It is not done now, where it waits. */
export function dropPiece(piece: Piece): void {
  waiting.delete(piece)
}

/** The moment is on the clock of `performance`. */
export type Piece = (untilMs: number) => void

/** How long a piece takes: what asks meanwhile waits half of it on average, and to change from one to another costs a hundredth of it. */
const pieceMs = 5

/** There is one event loop, so there is one queue. */
const waiting = new Set<Piece>()
let turn: NodeJS.Immediate | null = null

function next(): void {
  const [piece] = waiting
  if (piece !== undefined) waiting.delete(piece)
  turn = waiting.size > 0 ? setImmediate(next) : null
  piece?.(performance.now() + pieceMs)
}
