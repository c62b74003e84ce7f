import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, describe, expect, it } from 'vitest'

import type { InventoryDocument } from '../../src/inventory/document.ts'
import { run } from '../cli/run.ts'
import { parsedExposition } from '../telemetry/parsed_exposition.ts'
import { killDaemons, launchDaemon, type DaemonProcess } from './daemon.ts'
import { brokenIdentities } from './identities.ts'
import { sourceOf } from './rest.ts'
import { appAddress, proxyAddress, spanSite } from './span_site.ts'
import { until } from './until.ts'

const folder = mkdtempSync(join(tmpdir(), 'tapistry-span-'))
const site = spanSite()

afterAll(async () => {
  killDaemons()
  await site?.close()
  rmSync(folder, { recursive: true, force: true })
})

describe.skipIf(site === null)('a monitor port', () => {
  it('shows what hosts say to each other, from packets to REST, together with the log of one of them', async () => {
    const log = (await site?.serve(folder)) ?? ''
    const data = join(folder, 'data')
    const daemon = launchDaemon(['--config', configured(data, site?.monitor ?? '', log)])
    await until(async () => (await sourceOf(daemon, 'interface')).detail?.includes('is up') === true)
    await site?.ask(requests)

    let seen: unknown = null
    await until(
      async () => {
        seen = await endpointsOf(daemon)
        return JSON.stringify(seen) === JSON.stringify(expected)
      },
      () => `${JSON.stringify(seen)}: ${daemon.said()}`,
    )
    const { counts } = await sourceOf(daemon, 'interface')
    expect(counts).toMatchObject({ kernelDropped: 0, opened: 1 })
    expect(counts['kernelReceived']).toBe(counts['packets'])
    const families = parsedExposition(await (await daemon.get('/metrics')).text())
    const samples = families.get('tapistry_source_counts_total')?.samples ?? []
    const counted = (kind: string, count: string): number | undefined =>
      samples.find(({ labels }) => labels['kind'] === kind && labels['count'] === count)?.value
    expect(counted('log', 'exchanges')).toBe(120)
    expect(counted('interface', 'kernelDropped')).toBe(0)
    expect(counted('interface', 'packets')).toBeGreaterThan(1_000)
    expect(families.get('tapistry_source_up')?.samples.map(({ value }) => value)).toEqual([1, 1])
    expect(families.get('tapistry_http_exchanges_total')?.samples[0]?.value).toBe(120 + 120 + 90 + 15)

    daemon.signal('SIGTERM')
    expect(await daemon.ended, daemon.said()).toBe(0)
    const inventory = JSON.parse((await run(['export', 'inventory', '--unpublished', '--data-dir', data])).out) as InventoryDocument
    expect(brokenIdentities(inventory)).toEqual([])
    // The same request in packets and in the log is one exchange of its endpoint.
    expect(inventory.services.map(({ name, exchanges }) => [name, exchanges])).toEqual([
      ['10.77.0.2:8080', 105],
      ['shop.example.com', 120],
    ])
  })
})

const requests = [
  { host: 'shop.example.com', address: proxyAddress, method: 'GET', path: '/users/{}', count: 60 },
  { host: 'shop.example.com', address: proxyAddress, method: 'POST', path: '/orders', count: 30 },
  { host: 'shop.example.com', address: proxyAddress, method: 'GET', path: '/files/catalog.json', count: 30 },
  { host: appAddress, address: appAddress, method: 'GET', path: '/users/{}', count: 15 },
]

/** The proxy asks the application what it does not have itself, and it alone writes a log. */
const expected = [
  ['10.77.0.2:8080', 'GET', '/users/{userId}', { packets: 75, logs: 0 }],
  ['10.77.0.2:8080', 'POST', '/orders', { packets: 30, logs: 0 }],
  ['shop.example.com', 'GET', '/files/catalog.json', { packets: 30, logs: 30 }],
  ['shop.example.com', 'GET', '/users/{userId}', { packets: 60, logs: 60 }],
  ['shop.example.com', 'POST', '/orders', { packets: 30, logs: 30 }],
]

interface Listed {
  readonly serviceName: string
  readonly method: string
  readonly template: string
  readonly sources: { readonly packets: number; readonly logs: number }
}

async function endpointsOf(daemon: DaemonProcess): Promise<unknown> {
  const { items } = await daemon.json<{ items: readonly Listed[] }>('/api/v1/endpoints?limit=500')
  return items
    .map(({ serviceName, method, template, sources: { packets, logs } }) => [serviceName, method, template, { packets, logs }] as const)
    .toSorted((a, b) => (a.slice(0, 3).join(' ') < b.slice(0, 3).join(' ') ? -1 : 1))
}

function configured(dataDir: string, monitor: string, log: string): string {
  const path = join(folder, 'tapistry.yaml')
  const sources = [
    { type: 'interface', name: monitor, workers: 2 },
    { type: 'log', path: log, host: 'shop.example.com' },
  ]
  writeFileSync(path, JSON.stringify({ dataDir, listen: '127.0.0.1:0', sources }))
  return path
}
