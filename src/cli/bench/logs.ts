import { join } from 'node:path'

import type { BenchLine, BenchOptions } from './benches.ts'
import { figuresOf } from './figures.ts'
import { inLoadFolder } from './load_folder.ts'
import { combinedLine, jsonLine, writeLog, type LogLine } from './log_load.ts'
import { measuredScan } from './measured_scan.ts'

/** Access logs, file to inventory: combined lines, then JSON lines. */
export async function* run(options: BenchOptions): AsyncIterable<BenchLine> {
  const cases: ReadonlyArray<readonly [name: string, line: LogLine]> = [
    ['combined', combinedLine],
    ['json', jsonLine],
  ]
  for (const [name, line] of cases) {
    yield* inLoadFolder(async function* (folder) {
      const input = join(folder, 'access.log')
      const load = writeLog(input, options.loadBytes, line)
      const cost = await measuredScan(input, join(folder, 'inventory.json'), options.smoke ? 1 : 3)
      yield {
        case: name,
        loadBytes: load.bytes,
        lines: load.lines,
        allCounted: cost.exchanges === load.lines,
        linesPerCpuSecond: Math.round(load.lines / cost.cpuSeconds),
        ...figuresOf(cost),
      }
    })
  }
}
