import { join } from 'node:path'

import type { BenchLine, BenchOptions } from './benches.ts'
import { writeCaptureLoad } from './capture_load.ts'
import { figuresOf } from './figures.ts'
import { inLoadFolder } from './load_folder.ts'
import { measuredScan } from './measured_scan.ts'
import type { Between } from './random.ts'
import { mixedExchange, smallExchange, type LoadExchange } from './traffic.ts'

/** Captures of HTTP/1.1 on many connections at once, file to inventory: bodies of 0.2 to 20 KB, then small exchanges. */
export async function* run(options: BenchOptions): AsyncIterable<BenchLine> {
  const connectionsAtOnce = options.smoke ? 16 : 512
  const cases: ReadonlyArray<readonly [name: string, next: (between: Between) => LoadExchange]> = [
    ['bodies of 0.2 to 20 KB', mixedExchange],
    ['small exchanges', smallExchange],
  ]
  for (const [name, next] of cases) {
    yield* inLoadFolder(async function* (folder) {
      const load = writeCaptureLoad(join(folder, 'load.pcap'), options.loadBytes, connectionsAtOnce, next)
      const cost = await measuredScan(join(folder, 'load.pcap'), join(folder, 'inventory.json'), options.smoke ? 1 : 3)
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
}
