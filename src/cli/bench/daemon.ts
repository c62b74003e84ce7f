import { statSync } from 'node:fs'
import { join } from 'node:path'

import type { BenchLine, BenchOptions } from './benches.ts'
import { launchDaemon } from './daemon_process.ts'
import { inLoadFolder } from './load_folder.ts'
import { combinedLine, hostsLine, jsonLine, writeLog, type LogLine } from './log_load.ts'

/** Access logs end to end: from the file through `tapistry run` into SQLite, start and end of the process included. */
export async function* run(options: BenchOptions): AsyncIterable<BenchLine> {
  const cases: ReadonlyArray<readonly [name: string, line: LogLine]> = [
    ['combined', combinedLine],
    ['json', jsonLine],
    ['combined, of 240 services', hostsLine],
  ]
  for (const [name, line] of cases) {
    yield* inLoadFolder(async function* (folder) {
      const [input, data] = [join(folder, 'access.log'), join(folder, 'data')]
      const load = writeLog(input, options.loadBytes, line)
      const startedMs = performance.now()
      const daemon = await launchDaemon(['--file', input, '--host', 'logs.example.com', '--data-dir', data], true)
      await daemon.until(({ counts }) => (counts['lines'] ?? 0) >= load.lines)
      const wallSeconds = (performance.now() - startedMs) / 1000
      const exchanges = (await daemon.source()).counts['exchanges']
      const usage = await daemon.stop()
      const cpuSeconds = (usage?.cpuUs ?? Number.NaN) / 1e6
      yield {
        case: name,
        loadBytes: load.bytes,
        lines: load.lines,
        allCounted: exchanges === load.lines,
        linesPerCpuSecond: Math.round(load.lines / cpuSeconds),
        cpuSeconds: Math.round(cpuSeconds * 100) / 100,
        wallSeconds: Math.round(wallSeconds * 100) / 100,
        residentBytesMax: (usage?.residentKib ?? Number.NaN) * 1024,
        databaseBytes: statSync(join(data, 'tapistry.db')).size,
      }
    })
  }
}
