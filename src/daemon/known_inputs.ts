import type { InputPosition, LyingInput, SeenInput } from '../source/source.ts'
import type { KnownInput } from '../storage/repository.ts'
import { overdue, type InputBounds, type Overdue } from './overdue.ts'

/** Capture files that are remembered, by content. */
export interface KnownInputs {
  all(): readonly InputPosition[]
  /** Sees one in the commit of this number. */
  see(input: SeenInput, commit: number): void
  /** What goes with a commit that brings `coming`: where files come, and there are too many of them or of the open ends that are held apart. */
  overdue(coming: ReadonlyMap<string, SeenInput>, tails: readonly string[], nowMs: number): Overdue
  forget(inputs: readonly InputPosition[]): void
}

export interface KnownInputsOptions {
  readonly bounds: InputBounds
  /** Capture files that lie where a source watches; null while that is not known. */
  readonly lying: () => readonly LyingInput[] | null
}

export function knownInputs(stored: readonly KnownInput[], { bounds, lying }: KnownInputsOptions): KnownInputs {
  const inputs = new Map<string, KnownInput>(stored.map((input) => [inputKey(input), input]))
  /** How many inputs and tails there were when nothing more could go. */
  let lookedAtSize = 0
  return {
    all: () => [...inputs.values()],
    see(input, commit) {
      const { digest, bytes, isSuperseded = false } = input
      inputs.set(inputKey(input), { digest, bytes, seen: isSuperseded ? 0 : commit })
    },
    overdue(coming, tails, nowMs) {
      const size = inputs.size + tails.length
      const isOver = inputs.size > bounds.inputs || tails.length > bounds.tails
      // Where most of them lie there it is looked at again only when there are more.
      const there = coming.size === 0 || !isOver || size < lookedAtSize * 1.02 ? null : lying()
      if (there === null) return { forgotten: [], settled: [] }
      const others = [...inputs].flatMap(([key, input]) => (coming.has(key) ? [] : [input]))
      const found = overdue(others, tails, there, nowMs, bounds)
      lookedAtSize = size - found.forgotten.length - found.settled.length
      return found
    },
    forget(forgotten) {
      for (const input of forgotten) inputs.delete(inputKey(input))
    },
  }
}

export function inputKey({ digest, bytes }: InputPosition): string {
  return `${digest} ${bytes}`
}
