import type { Histogram } from '../observation/observation.ts'
import type { Values } from '../observation/shape.ts'

/** Distinct values: exact while they fit the sketch, else the estimate of a bottom-k sketch of 48-bit hashes, (k - 1) / h(k). */
export function distinctOf({ max, hashes }: Values): number {
  const last = hashes.at(-1)
  if (hashes.length < max || !last) return hashes.length
  return Math.max(hashes.length, Math.round(((hashes.length - 1) * hashSpace) / last))
}

/** Whether the sketch holds all values there were. */
export function isComplete({ max, hashes }: Values): boolean {
  return hashes.length < max
}

/** The value below which `share` of the samples lie, as the middle of its bucket with three digits; null without samples. */
export function quantileOf(histogram: Histogram, share: number): number | null {
  if (histogram.count === 0) return null
  const rank = Math.ceil(share * histogram.count)
  let below = 0
  for (const [bucket, count] of [...histogram.buckets].toSorted(([a], [b]) => a - b)) {
    below += count
    if (below >= rank) return bucket < 0 ? 0 : Number((2 ** ((bucket + 0.5) / 8)).toPrecision(3))
  }
  return null
}

const hashSpace = 2 ** 48
