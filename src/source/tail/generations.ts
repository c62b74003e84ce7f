import { unread } from './fingerprint.ts'
import { readPosition, writePosition, type Generation, type TailPosition } from './position.ts'

/** What is remembered of the files that a log was over time. */
export interface Generations {
  /** Those of which something is remembered, oldest first. */
  all(): readonly Remembered[]
  /** Remembers where reading of one stands; one that is new is the newest. */
  set(one: Remembered, now: Generation): void
  /** Where it is not among them: as the one before `next`, or the newest from now on where that is not among them either. */
  claim(one: Remembered, next: Remembered | null): void
  /** The oldest, where there is room: what was read is remembered before it. */
  claimOldest(now: Generation): void
  /** It is gone, and held nothing: its number will be that of another file. */
  forget(one: Remembered): void
  /** As it is kept. */
  written(): string
}

/** The place of one file: what is known of it changes as it is read. */
export interface Remembered {
  now: Generation
}

/** More than rotation keeps files: a hundred bytes or two each, written with each position. */
const generationsMax = 64
/** The same where more are still to be read, as after a week without a daemon. */
const unreadMax = 1_000

/** `isInUse` says which must not be forgotten. */
export function readGenerations(position: string | null, isInUse: (one: Remembered) => boolean): Generations {
  const { before = [], usedMs: _, ...newest }: TailPosition = position === null ? unread : readPosition(position)
  const list: Remembered[] = [...before, newest].filter(isKnown).map((now) => ({ now }))
  const all = (): Remembered[] => list.filter(({ now }) => isKnown(now))

  function claim(one: Remembered, next: Remembered | null): void {
    if (list.includes(one)) return
    const at = next === null ? -1 : list.indexOf(next)
    list.splice(at < 0 ? list.length : at, 0, one)
    if (list.length <= generationsMax) return
    // What is still to be read is forgotten last.
    const over = list.findIndex((other) => other !== one && other.now.isOver === true && !isInUse(other))
    const oldest = over >= 0 || list.length <= unreadMax ? over : list.findIndex((other) => other !== one && !isInUse(other))
    if (oldest >= 0) list.splice(oldest, 1)
  }

  return {
    all,
    set(one, now) {
      one.now = now
      claim(one, null)
    },
    claim,
    claimOldest(now) {
      if (list.length < generationsMax) list.unshift({ now })
    },
    forget(one) {
      const at = list.indexOf(one)
      if (at >= 0) list.splice(at, 1)
    },
    written: () => writePosition(all().map(({ now }) => now)),
  }
}

/** Every file begins with nothing: then its number tells it. */
function isKnown({ offset, file }: Generation): boolean {
  return offset > 0 || file !== undefined
}
