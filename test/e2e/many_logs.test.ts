import { globSync, mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { afterEach, expect, it } from 'vitest'

import type { InventoryDocument } from '../../src/inventory/document.ts'
import { run } from '../cli/run.ts'
import { Random } from '../traffic/random.ts'
import type { ChaosInput } from './chaos_input.ts'
import { chaosLog } from './chaos_log.ts'
import { killDaemons, launchDaemon, type DaemonProcess } from './daemon.ts'
import { until } from './until.ts'

const folder = mkdtempSync(join(tmpdir(), 'tapistry-many-'))
const host = 'logs.example.com'

afterEach(() => {
  killDaemons()
  rmSync(folder, { recursive: true, force: true })
})

/** A data folder whose keyed hashes choose as those of the others. */
function dataFolder(name: string): string {
  const path = join(folder, name)
  mkdirSync(path)
  writeFileSync(join(path, 'secret.key'), Buffer.alloc(16, 7))
  return path
}

/** A log with some lines that was not rotated yet: what was never read of one before it is rotated belongs to nobody. */
function begun(path: string, seed: number): ChaosInput {
  rmSync(path, { recursive: true, force: true })
  mkdirSync(path, { recursive: true })
  const log = chaosLog(path, new Random(seed))
  void log.step()
  return readdirSync(path).length === 1 && log.exchanges() > 0 ? log : begun(path, seed + 1)
}

async function exported(dataDir: string): Promise<string> {
  const { exitCode, out, err } = await run(['export', 'inventory', '--unpublished', '--data-dir', dataDir])
  expect([exitCode, err]).toEqual([0, ''])
  return out
}

const exchangesOf = (text: string): number => (JSON.parse(text) as InventoryDocument).visibility.http['exchanges'] ?? 0

it(
  'dozens of logs of several sources, which grow and are rotated while daemons come and go, give what one scan of all gives',
  { timeout: 240_000 },
  async () => {
    const random = new Random(20_261_128)
    const logs = Array.from({ length: 36 }, (_, at) => begun(join(folder, at < 30 ? 'pods' : 'hosts', String(at)), at * 100))
    const data = dataFolder('data')
    const config = join(folder, 'tapistry.yaml')
    const sources = ['pods', 'hosts'].map((group) => ({ type: 'log', path: join(folder, group, '*', 'access.log'), host }))
    writeFileSync(config, JSON.stringify({ dataDir: data, listen: '127.0.0.1:0', sources }))
    const written = (): number => logs.reduce((sum, log) => sum + log.exchanges(), 0)
    // With pauses, as times of files tell in which order they were rotated.
    const grow = async (): Promise<void> => {
      for (let step = 0; step < 150; step += 1) {
        await random.pick(logs).step()
        await sleep(10)
      }
    }
    const rested = async (): Promise<void> => {
      for (const log of logs) await log.finish()
      let seen = 0
      await until(
        async () => (seen = exchangesOf(await exported(data))) >= written(),
        () => `${seen} of ${written()} exchanges`,
      )
    }

    let daemon: DaemonProcess = launchDaemon(['--config', config])
    await daemon.address()
    await rested()
    for (const end of ['SIGKILL', 'SIGTERM', 'SIGKILL'] as const) {
      await grow()
      daemon.signal(end)
      expect(await daemon.ended).toBe(end === 'SIGKILL' ? end : 0)
      await grow()
      daemon = launchDaemon(['--config', config])
      await daemon.address()
    }
    await rested()
    daemon.signal('SIGTERM')
    expect(await daemon.ended).toBe(0)

    const scanned = dataFolder('scanned')
    const files = globSync(join(folder, '{pods,hosts}', '*', '*'))
    expect(files.length).toBeGreaterThan(60)
    await run(['scan', ...files, '--host', host, '--data-dir', scanned])
    const [followed, once] = [await exported(data), await exported(scanned)]
    expect(exchangesOf(once)).toBe(written())
    expect(followed).toBe(once)
  },
)
