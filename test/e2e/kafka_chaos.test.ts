import { spawn, spawnSync, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'

import { packageFolder } from '../../src/base/version.ts'
import type { InventoryDocument } from '../../src/inventory/document.ts'
import { Broker, missingForBroker } from '../source/kafka/broker.ts'
import { Topics } from '../source/kafka/topics.ts'
import { Random } from '../traffic/random.ts'
import { until } from './until.ts'

const missing = missingForBroker()
if (missing !== null) console.log(`skipped: ${missing}`)

const kills = Number(process.env['CHAOS_KILLS'] ?? 15)
const partitions = 4
const program = join(packageFolder, 'bin', 'tapistry')
const running: ChildProcess[] = []
let folder = ''
let broker: Broker
let topics: Topics

describe.skipIf(missing !== null)('a daemon that is killed while it reads topics', () => {
  beforeAll(async () => {
    folder = mkdtempSync(join(tmpdir(), 'tapistry-chaos-'))
    broker = await new Broker().create()
    topics = new Topics([broker.address()])
    await topics.create('gateway', partitions)
  })
  afterAll(async () => {
    for (const child of running) child.kill('SIGKILL')
    await topics.close()
    await broker.close()
    rmSync(folder, { recursive: true, force: true })
  })

  it(`keeps what one keeps that was let alone, byte for byte, after ${kills} kills`, { timeout: 120_000 + kills * 10_000 }, async () => {
    const chance = new Random(20_260_921)
    const killed = dataFolder('killed')
    const over = new AbortController()
    const writing = (async () => {
      while (!over.signal.aborted) {
        await topics.exchanges('gateway', 150, { partitions, perRecord: 3 })
        await topics.records('gateway', ['nonsense', null], { partitions })
        await sleep(60)
      }
    })()
    const detailsAtDeath: Array<string | null> = []
    for (let kill = 0; kill < kills; kill += 1) {
      const daemon = start(killed)
      // From before it has opened anything to well after it has kept something.
      if (kill % 2 === 0) await until(async () => isReading(await daemon.detail()), daemon.said)
      await sleep(chance.below(kill % 2 === 0 ? 1_000 : 3_000))
      detailsAtDeath.push(await daemon.detail())
      daemon.child.kill('SIGKILL')
      await daemon.ended
    }
    over.abort()
    await writing
    const whole = dataFolder('whole')
    const [after, reference] = [await readToEnd(killed), await readToEnd(whole)]
    expect(after).toBe(reference)
    const exchanges = (JSON.parse(after) as InventoryDocument).services.reduce((sum, service) => sum + service.exchanges, 0)
    expect(exchanges).toBe(topics.written)
    // It was killed in the middle of reading, too.
    expect(detailsAtDeath.filter(isReading).length).toBeGreaterThan(kills / 4)
  })
})

/** A data folder and its configuration; all have the same secret, and each a group of its own. */
function dataFolder(name: string): string {
  const data = join(folder, name)
  mkdirSync(data)
  writeFileSync(join(data, 'secret.key'), Buffer.alloc(16, 9))
  const source = `{ type: kafka, brokers: ["${broker.address()}"], topics: [gateway], group: ${name} }`
  writeFileSync(`${data}.yaml`, `dataDir: ${data}\nlisten: 127.0.0.1:0\nsources:\n  - ${source}\n`)
  return data
}

function isReading(detail: string | null): boolean {
  return detail?.startsWith(`${partitions} partitions`) ?? false
}

/** Starts a daemon over a data folder. */
function start(data: string) {
  const child = spawn(program, ['run', '--config', `${data}.yaml`, '--log-format', 'json'], { stdio: ['ignore', 'ignore', 'pipe'] })
  running.push(child)
  let said = ''
  child.stderr.on('data', (bytes: Buffer) => (said += bytes.toString()))
  return {
    child,
    ended: once(child, 'exit'),
    said: () => said,
    /** What its source says of itself; null before it serves. */
    async detail(): Promise<string | null> {
      const [url] = /http:\/\/127\.0\.0\.1:\d+/.exec(said) ?? []
      if (url === undefined) return null
      const answer = await fetch(`${url}/api/v1/sources`).catch(() => null)
      const { items } = ((await answer?.json()) ?? { items: [] }) as { readonly items: ReadonlyArray<{ readonly detail: string | null }> }
      return items[0]?.detail ?? null
    },
  }
}

/** Lets a daemon read all there is, and gives the inventory that it leaves. */
async function readToEnd(data: string): Promise<string> {
  const daemon = start(data)
  for (let tries = 0; !((await daemon.detail()) ?? '').startsWith(`${partitions} partitions of gateway, 0 records behind`); tries += 1) {
    if (tries > 900 || daemon.child.exitCode !== null) throw new Error(`it does not come to the end: ${await daemon.detail()} ${daemon.said()}`)
    await sleep(100)
  }
  daemon.child.kill('SIGTERM')
  expect(await daemon.ended, daemon.said()).toEqual([0, null])
  const { stdout, stderr } = spawnSync(program, ['export', 'inventory', '--data-dir', data], { encoding: 'utf8', maxBuffer: 2 ** 28 })
  if (stdout === '') throw new Error(stderr)
  return stdout
}
