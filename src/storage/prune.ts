/** What may go. */
export interface PruneRule {
  /** Keys whose last event is so much older than the newest one, and changes that are; null for no such rule. */
  readonly olderThanMs: number | null
  /** The oldest of both, until the rest takes so many bytes; null for no such rule. */
  readonly bytesMax: number | null
  /** The oldest changes, until there are so many; null for no such rule. */
  readonly eventsMax: number | null
  /** Event times beyond it are somebody's wrong clock: they make nothing old. */
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
  /** Exchanges of the keys that went: they stay as counts of their service. */
  readonly exchanges: number
  readonly bytesBefore: number
  readonly bytesAfter: number
  /** The event time that ages were measured from, null where there is none. */
  readonly newestMs: number | null
}

/** A key or a change that may go. */
export interface PruneCandidate {
  /** `-Infinity` where its source has no times. */
  readonly lastSeenMs: number
  readonly bytes: number
}

/** The newest event time that can be true, null where there is none. */
export function newestOf(candidates: readonly PruneCandidate[], latestMs: number): number | null {
  let newestMs = -Infinity
  for (const { lastSeenMs } of candidates) if (lastSeenMs <= latestMs) newestMs = Math.max(newestMs, lastSeenMs)
  return Number.isFinite(newestMs) ? newestMs : null
}

/** Those that are older than the rule says; what has no time has no age. */
export function tooOld<C extends PruneCandidate>(candidates: readonly C[], newestMs: number | null, { olderThanMs }: PruneRule): C[] {
  if (olderThanMs === null || newestMs === null) return []
  return candidates.filter(({ lastSeenMs }) => lastSeenMs !== -Infinity && lastSeenMs < newestMs - olderThanMs)
}

/** The oldest of all that have at least `bytes` together. */
export function oldest<C extends PruneCandidate>(candidates: readonly C[], bytes: number): C[] {
  const sorted = candidates.toSorted((one, other) => (one.lastSeenMs < other.lastSeenMs ? -1 : one.lastSeenMs > other.lastSeenMs ? 1 : 0))
  let sum = 0
  let count = 0
  for (; count < sorted.length && sum < bytes; count += 1) sum += sorted[count]?.bytes ?? 0
  return sorted.slice(0, count)
}
