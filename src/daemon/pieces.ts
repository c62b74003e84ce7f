/**
 * Has a piece of long work done when all that wait have had their turns, with the moment at which it is to end; once, however often it is asked for meanwhile.
 * Between two pieces of whatever work sockets and timers have theirs: who asks waits for one of them, however much is to be done.
 */
export function queuePiece(piece: Piece): void {
  waiting.add(piece)
  turn ??= setImmediate(next)
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
