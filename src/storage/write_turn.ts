/** Whose turn it is to write into a database, for two threads of which everybody waits for one: the count of its writes that are under way or wait. */
export type WriteTurn = Int32Array<SharedArrayBuffer>

export function newWriteTurn(): WriteTurn {
  return new Int32Array(new SharedArrayBuffer(4))
}

/** Writes before the other thread does: it may end the transaction that it is in, and begins no further one. SQLite alone would let whoever comes first begin. */
export function writeFirst<T>(turn: WriteTurn, work: () => T): T {
  Atomics.add(turn, 0, 1)
  try {
    return work()
  } finally {
    if (Atomics.sub(turn, 0, 1) === 1) Atomics.notify(turn, 0)
  }
}

/** Holds the thread while the other one writes. */
export function giveWay(turn: WriteTurn): void {
  for (let writes = Atomics.load(turn, 0); writes > 0; writes = Atomics.load(turn, 0)) Atomics.wait(turn, 0, writes)
}
