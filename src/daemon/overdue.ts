import { dayMs } from '../base/day.ts'
import type { InputPosition, LyingInput } from '../source/source.ts'
import type { KnownInput } from '../storage/repository.ts'

/** What goes of what is remembered of capture files. */
export interface Overdue {
  /** Files that would be read anew if they came again. */
  readonly forgotten: readonly InputPosition[]
  /** Digests of files whose open ends become part of the state: nobody reads them further. */
  readonly settled: readonly string[]
}

export interface InputBounds {
  /** Files that are remembered, beside those that lie there. */
  readonly inputs: number
  /** Open ends that are held apart, beside those of files that were written within a day. */
  readonly tails: number
}

export const inputBoundsDefault: InputBounds = { inputs: 100_000, tails: 1_000 }

/**
 * What is beyond the bounds, with a tenth more, so that it does not come to this with each file. `lying` are the files that lie where somebody watches: they are never
 * forgotten, however many. Null where that is not known, as before the first look at a folder or while a disk is away: then nothing goes.
 */
export function overdue(
  inputs: readonly KnownInput[],
  tails: readonly string[],
  lying: readonly LyingInput[] | null,
  nowMs: number,
  bounds: InputBounds,
): Overdue {
  if (lying === null) return { forgotten: [], settled: [] }
  const there = new Set(lying.map(keyOf))
  const bySeen = inputs.toSorted((one, other) => one.seen - other.seen || (keyOf(one) < keyOf(other) ? -1 : 1))
  const gone = bySeen.filter((input) => !there.has(keyOf(input)))
  const forgotten = gone.slice(0, excess(inputs.length, bounds.inputs))
  const changedMs = new Map(lying.map((input) => [input.digest, input.changedMs]))
  const isQuiet = (digest: string): boolean => (changedMs.get(digest) ?? -Infinity) < nowMs - dayMs
  const order = new Map(bySeen.map(({ digest }, at) => [digest, at]))
  const quiet = tails.filter(isQuiet).toSorted((one, other) => {
    return (changedMs.get(one) ?? 0) - (changedMs.get(other) ?? 0) || (order.get(one) ?? -1) - (order.get(other) ?? -1)
  })
  const without = new Set(forgotten.map(({ digest }) => digest))
  return { forgotten, settled: [...new Set([...quiet.slice(0, excess(tails.length, bounds.tails)), ...tails.filter((digest) => without.has(digest))])] }
}

function excess(count: number, max: number): number {
  return count > max ? count - Math.floor(max * 0.9) : 0
}

function keyOf({ digest, bytes }: InputPosition): string {
  return `${digest} ${bytes}`
}
