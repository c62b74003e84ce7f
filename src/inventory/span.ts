import type { TimeSpan } from './inventory.ts'

/** First and last event time, null where no source had times. */
export function spanOf(observations: ReadonlyArray<{ readonly firstSeenMs: number; readonly lastSeenMs: number }>): TimeSpan | null {
  let [firstMs, lastMs] = [Infinity, -Infinity]
  for (const { firstSeenMs, lastSeenMs } of observations) {
    firstMs = Math.min(firstMs, firstSeenMs)
    lastMs = Math.max(lastMs, lastSeenMs)
  }
  return Number.isFinite(firstMs) && Number.isFinite(lastMs) ? { firstMs, lastMs } : null
}
