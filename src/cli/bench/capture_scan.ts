import { join } from 'node:path'

import type { BenchLine, BenchOptions } from './benches.ts'
import { writeCaptureLoad, type NextExchange } from './capture_load.ts'
import { figuresOf } from './figures.ts'
import { inLoadFolder } from './load_folder.ts'
import { measuredScan } from './measured_scan.ts'

/** Writes a capture of exchanges that `next` makes, scans it, and gives the line of `name`. */
export function captureScan(name: string, next: NextExchange, options: BenchOptions): AsyncIterable<BenchLine> {
  return inLoadFolder(async function* (folder) {
    const input = join(folder, 'load.pcap')
    const load = writeCaptureLoad(input, options.loadBytes, options.smoke ? 16 : 512, next)
    const cost = await measuredScan(input, join(folder, 'inventory.json'), options.smoke ? 1 : 3)
    yield {
      case: name,
      loadBytes: load.bytes,
      packets: load.packets,
      exchanges: load.exchanges,
      allCounted: cost.exchanges === load.exchanges,
      gigabitsPerCpuSecond: Math.round((load.bytes * 8) / cost.cpuSeconds / 1e6) / 1e3,
      exchangesPerCpuSecond: Math.round(load.exchanges / cost.cpuSeconds),
      ...figuresOf(cost),
    }
  })
}
