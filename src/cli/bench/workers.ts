import { join } from 'node:path'

import type { BenchLine, BenchOptions } from './benches.ts'
import { writeCaptureLoad } from './capture_load.ts'
import { figuresOf } from './figures.ts'
import { inLoadFolder } from './load_folder.ts'
import { measuredScan } from './measured_scan.ts'
import { mixedExchange } from './traffic.ts'

/** What a second worker saves of the time that passes, and what it costs. */
export async function* run(options: BenchOptions): AsyncIterable<BenchLine> {
  yield* inLoadFolder(async function* (folder) {
    const input = join(folder, 'load.pcap')
    const load = writeCaptureLoad(input, options.loadBytes, options.smoke ? 16 : 512, mixedExchange)
    const scan = (workers: number) => measuredScan(input, join(folder, 'inventory.json'), options.smoke ? 1 : 3, ['--workers', String(workers)])
    const [one, two] = [await scan(1), await scan(2)]
    yield {
      case: 'two workers against one',
      loadBytes: load.bytes,
      exchanges: load.exchanges,
      allCounted: one.exchanges === load.exchanges && two.exchanges === load.exchanges,
      oneWallSeconds: Math.round(one.wallSeconds * 1000) / 1000,
      oneCpuSeconds: Math.round(one.cpuSeconds * 1000) / 1000,
      wallRatio: Math.round((one.wallSeconds / two.wallSeconds) * 100) / 100,
      cpuRatio: Math.round((two.cpuSeconds / one.cpuSeconds) * 100) / 100,
      ...figuresOf(two),
    }
  })
}
