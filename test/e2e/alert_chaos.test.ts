import { spawn, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { createServer, type AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { afterEach, expect, it } from 'vitest'

import { Random } from '../traffic/random.ts'
import { killDaemons, launchDaemon, type DaemonProcess } from './daemon.ts'
import { until } from './until.ts'

/** `npm run chaos` kills 200 times. */
const kills = Number(process.env['CHAOS_KILLS'] ?? 15)
const seed = Number(process.env['CHAOS_SEED'] ?? 20_260_302)

const folder = mkdtempSync(join(tmpdir(), 'tapistry-alert-chaos-'))
const taken = join(folder, 'taken.ndjson')
let receiver: ChildProcess | null = null

afterEach(({ task }) => {
  killDaemons()
  receiver?.kill('SIGKILL')
  if (task.result?.state === 'fail') console.log(`what was taken and kept lies in ${folder}`)
  else rmSync(folder, { recursive: true, force: true })
}, 60_000)

it(`alerts come through ${kills} kills of the daemon and of the receiver`, { timeout: 180_000 + kills * 10_000 }, async () => {
  const random = new Random(seed)
  const port = await freePort()
  await openReceiver(port, 0)
  let daemon = launch(port)
  const struck = { daemon: 0, receiver: 0 }
  const hosts: string[] = []
  for (let kill = 0; kill < kills; kill += 1) {
    for (let more = 1 + random.below(3); more > 0; more -= 1) {
      const host = `s${hosts.length}.example.com`
      hosts.push(host)
      await send(daemon, host)
    }
    await sleep(random.below(4_000))
    if (random.once(3)) {
      struck.receiver += 1
      receiver?.kill('SIGKILL')
      await sleep(random.below(1_000))
      await openReceiver(port, kill + 1)
    } else {
      struck.daemon += 1
      daemon.signal('SIGKILL')
      expect(await daemon.ended).toBe('SIGKILL')
      daemon = launch(port)
    }
  }
  await until(
    () => new Set(openings().map(({ service }) => service)).size === hosts.length,
    () => `${openings().length} of ${hosts.length}: ${daemon.said()}`,
  )
  await until(async () => (await (await daemon.get('/metrics')).text()).includes('tapistry_alerts_waiting{channel="ops",type="webhook"} 0'), daemon.said)
  const messages = messagesTaken()
  const distinct = new Map(messages.map((message) => [message.id, message]))
  console.log(`seed ${seed}: ${JSON.stringify(struck)} kills, ${hosts.length} alerts, ${distinct.size} messages, ${messages.length - distinct.size} came twice`)
  // Those that came twice have the same key and say the same.
  for (const message of messages) expect(message.text).toBe(distinct.get(message.id)?.text)
  // Each is told by one message, and digests count what they tell.
  const told = [...distinct.values()].flatMap(({ data }) => data.items.map(({ fingerprint, what }) => `${what} ${fingerprint}`))
  expect(told.filter((text) => text.startsWith('opened ')).length).toBe(hosts.length)
  expect(new Set(told).size).toBe(told.length)
  for (const { data } of distinct.values()) expect(data.total).toBe(data.items.length)
  // In the order in which they were made.
  const times = [...distinct.values()].map(({ timestamp }) => timestamp)
  expect(times).toEqual(times.toSorted())
  daemon.signal('SIGTERM')
  expect(await daemon.ended).toBe(0)
})

interface Taken {
  readonly id: string
  readonly text: string
  readonly timestamp: string
  readonly data: {
    readonly total: number
    readonly items: ReadonlyArray<{ readonly fingerprint: string; readonly what: string; readonly service: { readonly name: string } }>
  }
}

function messagesTaken(): Taken[] {
  if (!existsSync(taken)) return []
  const lines = readFileSync(taken, 'utf8').split('\n').slice(0, -1)
  return lines.map((line) => {
    const { id, text } = JSON.parse(line) as { readonly id: string; readonly text: string }
    const { timestamp, data } = JSON.parse(text) as Pick<Taken, 'timestamp' | 'data'>
    return { id, text, timestamp, data }
  })
}

function openings(): ReadonlyArray<{ readonly service: string }> {
  return messagesTaken().flatMap(({ data }) => data.items.filter(({ what }) => what === 'opened').map(({ service }) => ({ service: service.name })))
}

function launch(port: number): DaemonProcess {
  const channel = { name: 'ops', type: 'webhook', url: `http://127.0.0.1:${port}/`, groupWait: '300ms', groupInterval: '1s', maxPerHour: 3_600 }
  const alerts = { channels: [channel], allowedNetworks: ['127.0.0.1'], timeout: '1s' }
  const path = join(folder, 'tapistry.yaml')
  writeFileSync(path, JSON.stringify({ dataDir: join(folder, 'data'), listen: '127.0.0.1:0', sources: [{ type: 'http' }], alerts }))
  return launchDaemon(['--config', path])
}

/** Until it is kept. */
async function send(daemon: DaemonProcess, host: string): Promise<void> {
  const body = `${JSON.stringify({ method: 'GET', host, path: '/orders', status: 200, ts: 1_772_442_000_000 })}\n`
  const headers = { 'content-type': 'application/x-ndjson', 'idempotency-key': host }
  await until(async () => (await daemon.get('/api/v1/ingest/exchanges', { method: 'POST', body, headers })).status === 200)
}

async function openReceiver(port: number, life: number): Promise<void> {
  const script = join(import.meta.dirname, 'alert_receiver.ts')
  const child = spawn(process.execPath, [script, String(port), taken, String(seed + life)], { stdio: ['ignore', 'pipe', 'inherit'] })
  receiver = child
  await once(child.stdout, 'data')
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo
  server.close()
  await once(server, 'close')
  return port
}
