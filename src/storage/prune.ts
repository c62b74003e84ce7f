import { dayMs } from '../base/day.ts'

/** What may go. */
export interface PruneRule {
  /** What is so much older than the newest of its kind: keys by their last event, changes and past days by the clock; null for no such rule. */
  readonly olderThanMs: number | null
  /** The oldest, until the rest takes so many bytes: changes and past days before any key; null for no such rule. */
  readonly bytesMax: number | null
  /** The oldest changes, until there are so many; null for no such rule. */
  readonly eventsMax: number | null
  /** Times beyond it are somebody's wrong clock: they make nothing old. */
  readonly latestMs: number
  /** Only say what would go. */
  readonly dryRun: boolean
}

/** What went. */
export interface Pruned {
  readonly keys: number
  readonly keysBefore: number
  /** Changes of the inventory. */
  readonly events: number
  readonly eventsBefore: number
  /** Inventories of past days. */
  readonly days: number
  readonly daysBefore: number
  /** Exchanges of the keys that went: they stay as counts of their service. */
  readonly exchanges: number
  readonly bytesBefore: number
  readonly bytesAfter: number
  /** The event time that ages of keys were measured from, null where there is none. */
  readonly newestMs: number | null
}

/** What may go, each by itself. */
export interface PruneCandidate {
  readonly kind: 'key' | 'event' | 'day'
  /** Of a key its last event, `-Infinity` where its source has no times; of a day the moment until which it was the newest one. */
  readonly lastMs: number
  readonly bytes: number
}

/** Clocks differ; what is more than a day ahead is wrong. */
export function latestOf(nowMs: number): number {
  return nowMs + dayMs
}

/** The newest time of candidates that can be true, null where there is none. */
export function newestOf(candidates: readonly PruneCandidate[], { latestMs }: PruneRule): number | null {
  let newestMs = -Infinity
  for (const { lastMs } of candidates) if (lastMs <= latestMs) newestMs = Math.max(newestMs, lastMs)
  return Number.isFinite(newestMs) ? newestMs : null
}

/**
 * Those that are older than the rule says; what has no time has no age. Keys are measured by the newest event, history by the newest of itself, and nothing
 * by the clock of now: a daemon that was off for a year comes back with all it had.
 */
export function tooOld<C extends PruneCandidate>(candidates: readonly C[], rule: PruneRule): Set<C> {
  const keys = candidates.filter(({ kind }) => kind === 'key')
  const history = candidates.filter(({ kind }) => kind !== 'key')
  const events = history.filter(({ kind }) => kind === 'event')
  const isOld = (of: readonly C[]): C[] => {
    const newestMs = newestOf(of, rule)
    if (rule.olderThanMs === null || newestMs === null) return []
    const sinceMs = newestMs - rule.olderThanMs
    return of.filter(({ lastMs }) => lastMs !== -Infinity && lastMs < sinceMs)
  }
  return new Set([...isOld(keys), ...isOld(history), ...events.slice(0, Math.max(0, events.length - (rule.eventsMax ?? Infinity)))])
}

/** In the order in which they go where there is too much: what happened before what is there, and the oldest first. */
export function inOrder<C extends PruneCandidate>(candidates: readonly C[]): C[] {
  const rank = ({ kind }: C): number => (kind === 'key' ? 1 : 0)
  return candidates.toSorted((one, other) => rank(one) - rank(other) || (one.lastMs < other.lastMs ? -1 : one.lastMs > other.lastMs ? 1 : 0))
}

/** The first of them that have at least `bytes` together. */
export function firstOf<C extends PruneCandidate>(candidates: readonly C[], bytes: number): C[] {
  let sum = 0
  let count = 0
  for (; count < candidates.length && sum < bytes; count += 1) sum += candidates[count]?.bytes ?? 0
  return candidates.slice(0, count)
}

/** Past days in their order as candidates: each was the newest until the next one came, the last one until the day of the last commit. */
export function dayCandidates<D extends { readonly day: number; readonly bytes: number }>(
  days: readonly D[],
  lastDay: number | null,
): Array<D & PruneCandidate & { readonly kind: 'day' }> {
  return days.map((day, index) => {
    const next = days[index + 1]?.day ?? Math.max(day.day + 1, lastDay ?? 0)
    return { ...day, kind: 'day', lastMs: next * dayMs }
  })
}

/** How many there are of each kind. */
export function countsOf(candidates: Iterable<PruneCandidate>): Readonly<Record<PruneCandidate['kind'], number>> {
  const counts = { key: 0, event: 0, day: 0 }
  for (const { kind } of candidates) counts[kind] += 1
  return counts
}
