import { Agent, get } from 'node:http'
import type { AddressInfo } from 'node:net'

import { everybody } from '../../api/access.ts'
import { buildServer } from '../../api/server.ts'
import type { InventoryView } from '../../api/view.ts'
import { openLog } from '../../telemetry/log.ts'
import { apiUnderLoad } from './api_load.ts'
import type { BenchLine, BenchOptions } from './benches.ts'
import { inventoryLoad } from './inventory_load.ts'

/** Answers of REST over a large inventory: alone, and while the daemon reads a log that grows. */
export async function* run(options: BenchOptions): AsyncIterable<BenchLine> {
  yield* alone(options)
  yield* apiUnderLoad(options)
}

/** Asked one after another on one connection by this process: what is measured is both ends. */
async function* alone(options: BenchOptions): AsyncIterable<BenchLine> {
  const endpoints = options.smoke ? 1000 : 100_000
  const rounds = options.smoke ? 5 : 300
  let inventory = inventoryLoad(endpoints)
  const view: InventoryView = {
    inventory: () => inventory,
    sources: () => [],
    parked: () => null,
    unready: () => [],
    history: () => [],
    past: { asOf: () => null, oldest: () => null },
    alerts: { status: () => [], messages: () => [], retry: () => null },
    events: () => [],
    tells: () => true,
    lastEventId: () => 0,
    onEvents: () => () => undefined,
    decisions: { all: () => [], count: () => 0, keep: () => undefined },
    specs: () => [],
    counters: () => new Map(),
    ingest: null,
    otlp: null,
  }
  const app = buildServer(view, { access: everybody, log: openLog({ level: 'error', format: 'json', color: false, write: () => undefined }) })
  await app.listen({ host: '127.0.0.1', port: 0 })
  const { port } = app.server.address() as AddressInfo
  const agent = new Agent({ keepAlive: true, maxSockets: 1 })
  const ask = (path: string): Promise<Answer> => asked(port, agent, path)
  try {
    for (const [name, path] of cases(inventory.services[0]?.endpoints[0]?.id ?? '')) {
      let cursor = ''
      let answerBytes = 0
      const wallMs: number[] = []
      const before = process.cpuUsage()
      for (let round = 0; round < rounds; round += 1) {
        const startedMs = performance.now()
        const { bytes, end } = await ask(path + cursor)
        wallMs.push(performance.now() - startedMs)
        answerBytes = Math.max(answerBytes, bytes)
        // Where there is a next page it is asked for: pages from all over the list.
        const [, next] = /"nextCursor":"([^"]+)"\}$/.exec(end) ?? []
        cursor = next === undefined ? '' : `&cursor=${next}`
      }
      const { user, system } = process.cpuUsage(before)
      yield { case: name, endpoints, answers: rounds, answerBytes, cpuMs: hundredths((user + system) / 1000 / rounds), ...quantiles(wallMs) }
    }
    const wallMs: number[] = []
    for (let round = 0; round < Math.min(rounds, 20); round += 1) {
      inventory = Object.assign({}, inventory)
      const startedMs = performance.now()
      await ask('/api/v1/endpoints?limit=200&sort=-risk')
      wallMs.push(performance.now() - startedMs)
    }
    yield { case: 'first page by risk of a new inventory', endpoints, answers: wallMs.length, ...quantiles(wallMs) }
  } finally {
    agent.destroy()
    await app.close()
  }
}

function cases(id: string): ReadonlyArray<readonly [name: string, path: string]> {
  return [
    ['page of 200', '/api/v1/endpoints?limit=200'],
    ['page of 200 by risk', '/api/v1/endpoints?limit=200&sort=-risk'],
    ['page of 200 with a label that one in a hundred has', '/api/v1/endpoints?limit=200&label=zombie'],
    ['search without a hit', '/api/v1/endpoints?limit=200&q=nowhere'],
    ['one endpoint', `/api/v1/endpoints/${id}`],
    ['metrics', '/metrics'],
  ]
}

interface Answer {
  readonly bytes: number
  /** The last characters of it. */
  readonly end: string
}

function asked(port: number, agent: Agent, path: string): Promise<Answer> {
  return new Promise((resolve, reject) => {
    get({ host: '127.0.0.1', port, path, agent }, (response) => {
      let bytes = 0
      let end = Buffer.alloc(0)
      response.on('data', (chunk: Buffer) => {
        bytes += chunk.length
        end = Buffer.concat([end, chunk]).subarray(-1000)
      })
      response.on('end', () => (response.statusCode === 200 ? resolve({ bytes, end: end.toString() }) : reject(new Error(`${path}: ${response.statusCode}`))))
    }).on('error', reject)
  })
}

function quantiles(wallMs: readonly number[]): { readonly medianMs: number; readonly p99Ms: number } {
  const sorted = wallMs.toSorted((one, other) => one - other)
  const at = (share: number): number => hundredths(sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? 0)
  return { medianMs: at(0.5), p99Ms: at(0.99) }
}

function hundredths(value: number): number {
  return Math.round(value * 100) / 100
}
