import { unread } from './fingerprint.ts'
import { readPosition, writePosition, type Generation, type TailPosition } from './position.ts'

/** What is remembered of the files that a log was over time. */
export interface Generations {
  /** Those of which something is remembered, oldest first. */
  all(): readonly Remembered[]
  /** Remembers where reading of one stands; one that is new is the newest. */
  set(one: Remembered, now: Generation): void
  /** The newest from now on, where it is not among them. */
  claim(one: Remembered): void
  /** One that is older than the newest. */
  claimOld(one: Remembered): void
  /** As it is kept. */
  written(): string
}

/** The place of one file: what is known of it changes as it is read. */
export interface Remembered {
  now: Generation
}

/** More than rotation keeps files: a hundred bytes or two each, written with each position. */
const generationsMax = 64

/** `isInUse` says which must not be forgotten. */
export function readGenerations(position: string | null, isInUse: (one: Remembered) => boolean): Generations {
  const { before = [], usedMs: _, ...newest }: TailPosition = position === null ? unread : readPosition(position)
  const list: Remembered[] = [...before, newest].filter(isKnown).map((now) => ({ now }))
  const all = (): Remembered[] => list.filter(({ now }) => isKnown(now))

  function claim(one: Remembered, at: number = list.length): void {
    if (list.includes(one)) return
    list.splice(at, 0, one)
    const oldest = list.length > generationsMax ? list.findIndex((other) => other !== one && !isInUse(other)) : -1
    if (oldest >= 0) list.splice(oldest, 1)
  }

  return {
    all,
    set(one, now) {
      one.now = now
      claim(one)
    },
    claim: (one) => claim(one),
    claimOld: (one) => claim(one, Math.max(0, list.length - 1)),
    written: () => writePosition(all().map(({ now }) => now)),
  }
}

/** Every file begins with nothing: then its number tells it. */
function isKnown({ offset, file }: Generation): boolean {
  return offset > 0 || file !== undefined
}
