import { renameSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'

import Sqlite from 'better-sqlite3'

import type { BenchLine, BenchOptions } from './benches.ts'
import { launchDaemon } from './daemon_process.ts'
import { inLoadFolder } from './load_folder.ts'
import { soakLoad } from './soak_load.ts'

/**
 * A day of traffic as fast as it goes: a log that rotates forty times, through `tapistry run` into SQLite. A line for each tenth of the day shows what grows, the
 * last one what is left of it.
 */
export async function* run({ smoke, exchanges }: BenchOptions): AsyncIterable<BenchLine> {
  yield* inLoadFolder(async function* (folder) {
    const [input, data] = [join(folder, 'access.log'), join(folder, 'data')]
    const [steps, filesOfStep] = smoke ? [2, 1] : [10, 4]
    const load = soakLoad(exchanges, steps * filesOfStep)
    writeFileSync(input, '')
    const daemon = await launchDaemon(['--file', input, '--data-dir', data], true)
    const growth: Growth[] = []
    for (let file = 1; file <= steps * filesOfStep; file += 1) {
      // What was rotated before goes: the daemon has read it.
      if (file > 1) renameSync(input, `${input}.1`)
      await load.write(input)
      const written = Math.round((exchanges * file) / (steps * filesOfStep))
      await daemon.until(({ counts }) => (counts['lines'] ?? 0) >= written)
      if (file % filesOfStep > 0) continue
      const grown = { residentBytes: await daemon.metric('process_resident_memory_bytes'), ...rowsOf(data) }
      growth.push(grown)
      const cpuSeconds = await daemon.metric('process_cpu_seconds_total')
      const eventHours = Math.round((240 * growth.length) / steps) / 10
      yield { case: `after ${eventHours} hours`, exchanges: written, ...grown, cpuSeconds: Math.round(cpuSeconds), databaseBytes: sizeOf(data) }
    }
    const read = (await daemon.source()).counts['exchanges']
    const endpoints = await daemon.metric('tapistry_inventory_endpoints')
    const usage = await daemon.stop()
    const [half, last] = [growth[steps / 2 - 1], growth[steps - 1]]
    if (half === undefined || last === undefined) return
    yield {
      case: 'the day',
      exchanges,
      allCounted: read === exchanges,
      endpoints,
      residentBytesMax: (usage?.residentKib ?? Number.NaN) * 1024,
      residentGrowthOfSecondHalf: Math.round((last.residentBytes / half.residentBytes - 1) * 1000) / 1000,
      databaseBytes: sizeOf(data),
      rowBytesPerEndpoint: Math.round(last.rowBytes / endpoints),
      // As it was in the second half: the first hours show everything for the first time.
      rowBytesPerEndpointAndDay: Math.round((2 * (last.rowBytes - half.rowBytes)) / endpoints),
    }
  })
}

interface Growth {
  readonly residentBytes: number
  readonly keys: number
  /** Of observations that are merged by key. */
  readonly rowBytes: number
  readonly events: number
}

function rowsOf(data: string): Omit<Growth, 'residentBytes'> {
  const database = new Sqlite(join(data, 'tapistry.db'), { readonly: true, fileMustExist: true })
  try {
    const sql = 'SELECT count(*) AS keys, coalesce(sum(length(batch)), 0) AS rowBytes, (SELECT count(*) FROM event) AS events FROM observation'
    return database.prepare<[], Omit<Growth, 'residentBytes'>>(sql).get() ?? { keys: 0, rowBytes: 0, events: 0 }
  } finally {
    database.close()
  }
}

/** The database with SQLite's log. */
function sizeOf(data: string): number {
  return ['tapistry.db', 'tapistry.db-wal'].reduce((sum, name) => sum + (statSync(join(data, name), { throwIfNoEntry: false })?.size ?? 0), 0)
}
