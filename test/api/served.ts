import { once } from 'node:events'
import { connect, type AddressInfo, type Socket } from 'node:net'
import { promisify } from 'node:util'
import { onTestFinished } from 'vitest'

import { everybody, type Access } from '../../src/api/access.ts'
import { buildServer, type ServerLimits } from '../../src/api/server.ts'
import type { InventoryView } from '../../src/api/view.ts'
import { openLog } from '../../src/telemetry/log.ts'
import { sampleAlerts } from './sample_alerts.ts'
import { sampleInventory } from './sample_inventory.ts'

export interface Served {
  readonly url: string
  readonly port: number
  readonly lines: readonly string[]
  /** How many are open. */
  connections(): Promise<number>
  close(): Promise<void>
}

/** A server that listens on a port of this machine until the test ends. */
export async function served(...given: Parameters<typeof serve>): Promise<Served> {
  const server = await serve(...given)
  onTestFinished(server.close)
  return server
}

/** One that listens until it is closed. */
export async function serve(view: Partial<InventoryView> = {}, limits: Partial<ServerLimits> = {}, access: Partial<Access> = {}): Promise<Served> {
  const lines: string[] = []
  const log = openLog({ level: 'debug', format: 'json', color: false, write: (line) => lines.push(line) })
  const app = buildServer({ ...sampleView, ...view }, { log, access: { ...everybody, ...access }, limits: { closeTimeoutMs: 0, ...limits } })
  await app.listen({ host: '127.0.0.1', port: 0 })
  const close = async (): Promise<void> => app.close()
  const { port } = app.server.address() as AddressInfo
  return { url: `http://127.0.0.1:${port}`, port, lines, connections: promisify(app.server.getConnections.bind(app.server)), close }
}

/** As all began. */
const emptyInventory = { ...sampleInventory, services: [], findings: [] }

export const sampleView: InventoryView = {
  inventory: () => sampleInventory,
  sources: () => [
    {
      id: 'log:/var/log/access.log',
      kind: 'log',
      state: 'up',
      problem: null,
      retryAt: null,
      detail: 'access.log at its end',
      counts: { lines: 5 },
      coverage: null,
      lastRejected: {},
      keptAt: null,
    },
    {
      id: 'interface:eth1',
      kind: 'interface',
      state: 'down',
      problem: 'no such device',
      retryAt: '2026-03-02T09:00:10.000Z',
      detail: null,
      counts: { kernelDrops: 0 },
      coverage: null,
      lastRejected: {},
      keptAt: '2026-03-02T09:00:00.000Z',
    },
  ],
  parked: (source) =>
    source === 'kafka:gateway'
      ? [9, 10, 1].map((offset) => ({ topic: 'gateway', partition: 0, offset: String(offset), reason: 'bad_json', atMs: 1_772_442_000_000 }))
      : source === 'interface:eth1'
        ? []
        : null,
  unready: () => [],
  history: (subject, afterId, limit) =>
    subject === sampleInventory.services[0]?.endpoints[0]?.id
      ? [1, 2, 3]
          .filter((id) => id > afterId)
          .slice(0, limit)
          .map((id) => ({ id, atMs: 1_772_442_000_000, kind: 'endpoint', what: 'appeared', details: { labels: ['shadow'] } }))
      : [],
  past: { asOf: (day) => (day === '2026-11-20' ? emptyInventory : day > '2026-11-20' ? 'now' : null), oldest: () => '2026-11-20' },
  alerts: sampleAlerts(),
  events: () => [],
  tells: () => true,
  lastEventId: () => 0,
  onEvents: () => () => undefined,
  decisions: { all: () => [], count: () => 0, keep: () => undefined },
  specs: () => [],
  counters: () => new Map([['packets.read', 40]]),
  ingest: null,
  otlp: null,
}

/** A connection that speaks whatever it is told. `text` is all it was answered, once the server ends it or `until` holds. */
export async function rawConnection(
  port: number,
): Promise<{ socket: Socket; until: (holds: (text: string) => boolean) => Promise<string>; ended: Promise<string> }> {
  const socket = connect(port, '127.0.0.1')
  await once(socket, 'connect')
  onTestFinished(() => void socket.destroy())
  let text = ''
  socket.on('data', (chunk: Buffer) => (text += chunk.toString('latin1')))
  socket.on('error', () => undefined)
  const ended = once(socket, 'close').then(() => text)
  return {
    socket,
    ended,
    until: async (holds) => {
      while (!holds(text)) await Promise.race([once(socket, 'data'), ended.then(() => Promise.reject(new Error(`the server ended it: ${text.slice(0, 500)}`)))])
      return text
    },
  }
}

export async function json(response: Response): Promise<Record<string, unknown>> {
  return (await response.json()) as Record<string, unknown>
}
