import type { Histogram } from './observation.ts'

/** Adds up histograms. */
export class HistogramSum implements Histogram {
  count: number = 0
  sum: number = 0
  readonly buckets: Map<number, number> = new Map()

  add({ count, sum, buckets }: Histogram): void {
    this.count += count
    this.sum += sum
    for (const [bucket, own] of buckets) this.addToBucket(bucket, own)
  }

  addToBucket(bucket: number, count: number): void {
    this.buckets.set(bucket, (this.buckets.get(bucket) ?? 0) + count)
  }
}
