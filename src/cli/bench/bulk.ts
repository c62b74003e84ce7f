import type { BenchLine, BenchOptions } from './benches.ts'
import { captureScan } from './capture_scan.ts'
import { bulkExchange } from './traffic.ts'

/** A capture of large bodies, where nothing but packets and reassembly costs; file to inventory. */
export async function* run(options: BenchOptions): AsyncIterable<BenchLine> {
  yield* captureScan('bodies of 1 MiB', bulkExchange, options)
}
