import type { BenchLine, BenchOptions } from './benches.ts'
import { captureScan } from './capture_scan.ts'
import { mixedExchange } from './traffic.ts'

/** A capture of HTTP/1.1 with JSON bodies of 0.2 to 20 KB, some gzipped, some chunked, on many connections at once; file to inventory. */
export async function* run(options: BenchOptions): AsyncIterable<BenchLine> {
  yield* captureScan('bodies of 0.2 to 20 KB', mixedExchange, options)
}
