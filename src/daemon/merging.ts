import type { InventoryState } from '../inventory/state.ts'
import { decodingBatch } from '../observation/codec.ts'
import { dropPiece, queuePiece } from '../base/pieces.ts'

/** Merges commits into a state that lives long, in pieces between which everything else has its turn: thousands of keys take half a second. */
export interface Merging {
  /** Merges what a commit brought behind what came before; `version` is that of the state with it. */
  add(packed: readonly Uint8Array[], version: number): void
  /** Merges what is left at once: the state is that of all commits then. */
  finish(): void
  /** Calls `then` when the state is one of whole commits, with its version: at once, or when the commit that is being merged is in it. */
  whenWhole(then: (version: number) => void): void
  /** Resolves when so little is left that more may come. */
  room(): Promise<void>
  /** From now on nobody waits for room. */
  release(): void
}

export function startMerging(state: InventoryState, firstVersion: number): Merging {
  const left: Array<{ readonly packed: readonly Uint8Array[]; readonly version: number }> = []
  let work: Iterator<void> | null = null
  let version = firstVersion
  let bytes = 0
  let whenWhole: Array<(version: number) => void> = []
  let whenRoom: Array<() => void> = []
  let isReleased = false

  function go(untilMs: number): void {
    dropPiece(go)
    for (let [next] = left; next !== undefined; [next] = left) {
      work ??= mergingOf(state, next.packed)
      if (work.next().done === true) {
        work = null
        left.shift()
        bytes -= sizeOf(next.packed)
        ;({ version } = next)
        tell()
      }
      if (left.length > 0 && performance.now() > untilMs) return queuePiece(go)
    }
  }

  function tell(): void {
    const waited = whenWhole
    whenWhole = []
    for (const then of waited) then(version)
    if (hasRoom()) resolveRoom()
  }

  function hasRoom(): boolean {
    return isReleased || bytes <= leftBytesMax
  }

  function resolveRoom(): void {
    const resolved = whenRoom
    whenRoom = []
    for (const resolve of resolved) resolve()
  }

  return {
    add(packed, next) {
      left.push({ packed, version: next })
      bytes += sizeOf(packed)
      queuePiece(go)
    },
    finish: () => go(Infinity),
    whenWhole(then) {
      if (work === null) then(version)
      else whenWhole.push(then)
    },
    room: () => (hasRoom() ? Promise.resolve() : new Promise((resolve) => whenRoom.push(resolve))),
    release() {
      isReleased = true
      resolveRoom()
    },
  }
}

/** What is kept but not merged yet, at most, before sources wait. */
const leftBytesMax = 8 * 2 ** 20

function sizeOf(packed: readonly Uint8Array[]): number {
  return packed.reduce((sum, { byteLength }) => sum + byteLength, 0)
}

function* mergingOf(state: InventoryState, packed: readonly Uint8Array[]): Generator<void> {
  for (const bytes of packed) yield* state.foldingPacked(yield* decodingBatch(bytes))
}
