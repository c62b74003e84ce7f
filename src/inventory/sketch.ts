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

/** The values below which the `shares` of the samples lie, each as the middle of its bucket with three digits; null without samples. */
export function quantilesOf({ count, buckets }: Histogram, shares: readonly number[]): readonly (number | null)[] {
  const sorted = [...buckets].toSorted(([a], [b]) => a - b)
  return shares.map((share) => {
    let left = Math.ceil(share * count)
    const bucket = count === 0 ? undefined : sorted.find(([, own]) => (left -= own) <= 0)?.[0]
    if (bucket === undefined) return null
    return bucket < 0 ? 0 : Number((2 ** ((bucket + 0.5) / 8)).toPrecision(3))
  })
}

const hashSpace = 2 ** 48
