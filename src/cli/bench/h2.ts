import type { BenchLine, BenchOptions } from './benches.ts'
import { captureScan } from './capture_scan.ts'
import { mixedHttp2Exchange } from './traffic_h2.ts'

/** A capture of HTTP/2 by prior knowledge with JSON bodies of 0.2 to 20 KB on many connections at once; file to inventory. */
export async function* run(options: BenchOptions): AsyncIterable<BenchLine> {
  yield* captureScan('HTTP/2, bodies of 0.2 to 20 KB', mixedHttp2Exchange, options)
}
