import { mkdirSync, watch, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'

import type { InventoryDocument } from '../../src/inventory/document.ts'
import { run } from '../cli/run.ts'
import { Random } from '../traffic/random.ts'
import { chaosBodies } from './chaos_bodies.ts'
import { chaosCaptures } from './chaos_captures.ts'
import type { ChaosInput } from './chaos_input.ts'
import { chaosLog } from './chaos_log.ts'
import { launchDaemon, type DaemonProcess } from './daemon.ts'
import { until } from './until.ts'

export interface ChaosResult {
  /** What the daemon has kept that was killed so often, and the one beside it that was left alone: inventories as text. */
  readonly killed: string
  readonly spared: string
  /** Exchanges that were written, each counted once, by type of source. */
  readonly exchanges: Readonly<Record<string, number>>
  /** Kills by moment. */
  readonly kills: Readonly<Record<string, number>>
}

/**
 * Two daemons read the same log, captures and bodies while these are written. One is killed over and over, at moments that the seed chooses, the other one
 * never; in the end both have read all.
 */
export async function chaos(folder: string, seed: number, kills: number): Promise<ChaosResult> {
  const random = new Random(seed)
  const data = { killed: join(folder, 'killed'), spared: join(folder, 'spared') }
  let victim: DaemonProcess | null = null
  const spared: { daemon: DaemonProcess | null } = { daemon: null }
  const addressOf = async (daemon: DaemonProcess | null): Promise<string> => {
    if (daemon === null) throw new Error('it is not there')
    return daemon.address()
  }
  const inputs: readonly ChaosInput[] = [
    chaosLog(folder, new Random(seed + 1)),
    chaosCaptures(folder, new Random(seed + 2)),
    chaosBodies([() => addressOf(victim), () => addressOf(spared.daemon)], new Random(seed + 3)),
  ]
  const launch = (dataDir: string): DaemonProcess => launchDaemon(['--config', configured(dataDir, inputs)])
  // Keyed hashes choose what is kept where there is too much: both have the same key.
  for (const path of Object.values(data)) {
    mkdirSync(path)
    writeFileSync(join(path, 'secret.key'), Buffer.alloc(16, 7))
  }
  spared.daemon = launch(data.spared)
  victim = launch(data.killed)
  await Promise.all([inputs[0]?.step(), victim.address(), spared.daemon.address()])
  // What was never read of a log before it is rotated belongs to nobody.
  await until(async () => (await exchangesOf(data.killed)) > 0 && (await exchangesOf(data.spared)) > 0)

  const writing = { isOver: false }
  const written = write(inputs, new Random(seed + 4), writing)
  const struck: Record<string, number> = {}
  try {
    for (let kill = 0; kill < kills; kill += 1) {
      const moment = random.pick(moments)
      struck[moment] = (struck[moment] ?? 0) + 1
      await waitFor(moment, victim, data.killed, random)
      victim.signal('SIGKILL')
      const end = await victim.ended
      if (end !== 'SIGKILL') throw new Error(`it ended by itself with ${end}: ${victim.said()}`)
      victim = launch(data.killed)
    }
  } finally {
    writing.isOver = true
    await written
  }
  for (const input of inputs) await input.finish()
  const exchanges = Object.fromEntries(inputs.map((input) => [input.source['type'], input.exchanges()]))
  const all = Object.values(exchanges).reduce((sum, count) => sum + count, 0)
  for (const [dataDir, daemon] of [
    [data.killed, victim],
    [data.spared, spared.daemon],
  ] as const) {
    let seen = 0
    await until(
      async () => (seen = await exchangesOf(dataDir)) >= all,
      () => `${dataDir} has ${seen} of ${JSON.stringify(exchanges)} exchanges: ${daemon.said()}`,
    )
    await daemon.address()
    daemon.signal('SIGTERM')
    const end = await daemon.ended
    if (end !== 0) throw new Error(`it ended with ${end}: ${daemon.said()}`)
  }
  return { killed: await exported(data.killed), spared: await exported(data.spared), exchanges, kills: struck }
}

/** When a daemon is killed: before it is up, while it reads, and in the middle of a commit. */
const moments = ['starting', 'running', 'committing'] as const

async function waitFor(moment: (typeof moments)[number], daemon: DaemonProcess, dataDir: string, random: Random): Promise<void> {
  const delayMs = random.below(1_000)
  if (moment === 'starting') return sleep(delayMs)
  await daemon.address()
  if (moment === 'running') return sleep(delayMs)
  const gone = new AbortController()
  await new Promise<void>((resolve) => {
    const watcher = watch(dataDir, { signal: gone.signal }, (_, name) => {
      if (name === 'tapistry.db-wal') resolve()
    })
    watcher.on('error', () => resolve())
    // Where nothing new comes.
    setTimeout(resolve, 3_000)
  })
  gone.abort()
}

/** Goes on until it is over; a failure of it is one of the test's own. */
async function write(inputs: readonly ChaosInput[], random: Random, writing: { readonly isOver: boolean }): Promise<void> {
  while (!writing.isOver) {
    await random.pick(inputs).step()
    await sleep(random.below(40))
  }
}

function configured(dataDir: string, inputs: readonly ChaosInput[]): string {
  const path = `${dataDir}.yaml`
  writeFileSync(path, JSON.stringify({ dataDir, listen: '127.0.0.1:0', sources: inputs.map(({ source }) => source) }))
  return path
}

async function exported(dataDir: string): Promise<string> {
  const { exitCode, out, err } = await run(['export', 'inventory', '--unpublished', '--data-dir', dataDir])
  if (exitCode !== 0) throw new Error(err)
  return out
}

async function exchangesOf(dataDir: string): Promise<number> {
  const { exitCode, out } = await run(['export', 'inventory', '--unpublished', '--data-dir', dataDir])
  return exitCode === 0 ? ((JSON.parse(out) as InventoryDocument).visibility.http['exchanges'] ?? 0) : 0
}
