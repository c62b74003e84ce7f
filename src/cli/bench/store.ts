import { statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'

import { emptyCommit } from '../../storage/repository.ts'
import { openEngine } from '../../source/native.ts'
import { runThrough } from '../../base/run_through.ts'
import type { BenchLine, BenchOptions } from './benches.ts'
import { inLoadFolder } from './load_folder.ts'
import { seeded } from './random.ts'
import { loadCall } from './traffic.ts'

/** Commits of what an access log of many services brings, one after the other into one database: packed, as the daemon keeps them. */
export async function* run(options: BenchOptions): AsyncIterable<BenchLine> {
  const { sqliteRepository } = await import('../../storage/sqlite.ts')
  yield* inLoadFolder(async function* (folder) {
    const lines = options.smoke ? 2_000 : 200_000
    const batches = await readBatches(join(folder, 'access.log'), lines)
    const path = join(folder, 'tapistry.db')
    const repository = sqliteRepository(path)
    const commits = options.smoke ? 4 : 64
    const started = process.cpuUsage()
    let cpuMsMax = 0
    for (let basis = 0; basis < commits; basis += 1) {
      const before = process.cpuUsage()
      const sources = [{ source: 'log:access.log', part: 'access.log', position: String(basis) }]
      repository.commit({ ...emptyCommit, basis, packed: batches, sources, day: 0, dayBefore: null })
      runThrough(repository.settling())
      cpuMsMax = Math.max(cpuMsMax, cpuMs(before))
    }
    const commitCpuMs = cpuMs(started) / commits
    const { base } = repository.load()
    repository.close()
    yield {
      case: 'commits of packed batches',
      commits,
      lines,
      keys: new Set(base.observations.map(({ key }) => JSON.stringify(key))).size,
      batchBytes: batches.reduce((sum, { length }) => sum + length, 0),
      commitCpuMs: tenths(commitCpuMs),
      commitCpuMsMax: tenths(cpuMsMax),
      databaseBytes: statSync(path).size,
    }
  })
}

async function readBatches(input: string, lines: number): Promise<Uint8Array[]> {
  const between = seeded(3)
  let text = ''
  for (let count = 0; count < lines; count += 1) {
    const { host, method, target, status } = loadCall(between)
    text += `{"time":"2026-03-02T09:00:00+00:00","method":"${method}","host":"${between(1, 40)}.${host}","uri":"${target}","status":${status},"body_bytes_sent":${between(90, 20_000)},"request_time":0.${between(100, 999)}}\n`
  }
  writeFileSync(input, text)
  const batches: Uint8Array[] = []
  const engine = openEngine({ inputs: [input], mode: 'observations' })
  for (let batch = await engine.next(); batch !== null; batch = await engine.next()) batches.push(batch)
  return batches
}

function cpuMs(since: NodeJS.CpuUsage): number {
  const { user, system } = process.cpuUsage(since)
  return (user + system) / 1000
}

function tenths(value: number): number {
  return Math.round(value * 10) / 10
}
