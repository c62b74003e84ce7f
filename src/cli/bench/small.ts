import type { BenchLine, BenchOptions } from './benches.ts'
import { captureScan } from './capture_scan.ts'
import { smallExchange } from './traffic.ts'

/** A capture of small exchanges, where what is done once for each exchange costs more than its bytes; file to inventory. */
export async function* run(options: BenchOptions): AsyncIterable<BenchLine> {
  yield* captureScan('bodies of 30 bytes', smallExchange, options)
}
