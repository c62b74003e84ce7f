import { spawn } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { text } from 'node:stream/consumers'
import type { Readable } from 'node:stream'

import { TapistryError } from '../../base/errors.ts'
import { packageFolder } from '../../base/version.ts'
import { usageReporter, type Usage } from './usage_reporter.ts'

/** What a whole process cost, its start included. */
export interface Cost {
  readonly wallSeconds: number
  /** User and system time of all threads. */
  readonly cpuSeconds: number
  /** Of it, all threads but the engine's: start-up, TypeScript, its compiler and garbage collector. Null where the system does not count threads apart. */
  readonly typescriptCpuSeconds: number | null
  readonly residentBytesMax: number
  /** Exchanges in the inventory that was printed. */
  readonly exchanges: number
  readonly endpoints: number
}

/**
 * Scans `input` in processes of their own, with `options` of the command, into the JSON inventory at `output`; the cheapest of `runs`, with the most memory
 * of them.
 */
export async function measuredScan(input: string, output: string, runs: number, options: readonly string[] = []): Promise<Cost> {
  let best: Cost | null = null
  for (let run = 0; run < runs; run += 1) {
    const cost = await scanOnce(input, output, options)
    const residentBytesMax = Math.max(cost.residentBytesMax, best?.residentBytesMax ?? 0)
    best = { ...(best === null || cost.cpuSeconds < best.cpuSeconds ? cost : best), residentBytesMax }
  }
  if (best === null) throw new RangeError('no run was asked for')
  return best
}

async function scanOnce(input: string, output: string, options: readonly string[]): Promise<Cost> {
  const startedMs = performance.now()
  const child = spawn(
    process.execPath,
    [
      ...process.execArgv,
      '--import',
      usageReporter,
      join(packageFolder, 'dist/cli/main.js'),
      'scan',
      input,
      '--host',
      'logs.example.com',
      '--quiet',
      '--format',
      'json',
      '-o',
      output,
      ...options,
    ],
    {
      stdio: ['ignore', 'ignore', 'pipe', 'pipe'],
    },
  )
  const [exitCode, errors, reported] = await Promise.all([
    new Promise<number | null>((resolve, reject) => child.on('error', reject).on('close', resolve)),
    text(child.stdio[2] as Readable),
    text(child.stdio[3] as Readable),
  ])
  const wallSeconds = (performance.now() - startedMs) / 1000
  if (exitCode !== 0 || reported === '') throw new TapistryError('ENGINE', `the measured scan of ${input} ended with ${exitCode}: ${errors.trim()}`)
  const usage = JSON.parse(reported) as Usage
  const { services } = JSON.parse(readFileSync(output, 'utf8')) as {
    readonly services: ReadonlyArray<{ readonly exchanges: number; readonly endpoints: readonly unknown[] }>
  }
  return {
    wallSeconds,
    cpuSeconds: usage.cpuUs / 1e6,
    typescriptCpuSeconds: usage.nodeThreadsNs === null ? null : usage.nodeThreadsNs / 1e9,
    residentBytesMax: usage.residentKib * 1024,
    exchanges: services.reduce((sum, { exchanges }) => sum + exchanges, 0),
    endpoints: services.reduce((sum, { endpoints }) => sum + endpoints.length, 0),
  }
}
