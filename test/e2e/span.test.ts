import { execFileSync, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterAll, describe, expect, it } from 'vitest'

import type { InventoryDocument } from '../../src/inventory/document.ts'
import type { SourceStatus } from '../../src/source/source.ts'
import { run } from '../cli/run.ts'
import { parsedExposition } from '../telemetry/parsed_exposition.ts'
import { killDaemons, launchDaemon, type DaemonProcess } from './daemon.ts'
import { brokenIdentities } from './identities.ts'
import { SpanNetwork, type Host } from './span_network.ts'
import { until } from './until.ts'

const scripts = { app: new URL('span_app.ts', import.meta.url), client: new URL('span_client.ts', import.meta.url) }
const folder = mkdtempSync(join(tmpdir(), 'tapistry-span-'))
const network = opened()
const children: ChildProcess[] = []

afterAll(async () => {
  killDaemons()
  // Not killed: nginx has children of its own to end.
  const running = children.filter(({ exitCode, signalCode }) => exitCode === null && signalCode === null)
  await Promise.all(
    running.map(async (child) => {
      child.kill('SIGTERM')
      await once(child, 'exit')
    }),
  )
  network?.close()
  rmSync(folder, { recursive: true, force: true })
})

describe.skipIf(network === null)('a monitor port', () => {
  it('shows what hosts say to each other, from packets to REST, together with the log of one of them', async () => {
    const log = await serve()
    const data = join(folder, 'data')
    const monitor = network?.monitor ?? ''
    const daemon = launchDaemon(['--config', configured(data, monitor, log)])
    await until(async () => (await sourceOf(daemon, 'interface')).detail?.includes('is up') === true)
    const [code] = (await once(
      script('client', scripts.client, ...requests.flatMap(({ host, address, method, path, count }) => [host, address, method, path, String(count)])),
      'exit',
    )) as [number]
    expect(code).toBe(0)

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

const [proxy, app] = ['10.77.0.1', '10.77.0.2:8080']
const requests = [
  { host: 'shop.example.com', address: proxy, method: 'GET', path: '/users/{}', count: 60 },
  { host: 'shop.example.com', address: proxy, method: 'POST', path: '/orders', count: 30 },
  { host: 'shop.example.com', address: proxy, method: 'GET', path: '/files/catalog.json', count: 30 },
  { host: app, address: app, method: 'GET', path: '/users/{}', count: 15 },
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

async function sourceOf(daemon: DaemonProcess, kind: string): Promise<SourceStatus> {
  const { items } = await daemon.json<{ items: readonly SourceStatus[] }>('/api/v1/sources')
  const found = items.find((source) => source.kind === kind)
  if (found === undefined) throw new Error(`no source is ${kind}`)
  return found
}

/** Starts the application, and nginx before it; where nginx writes its log. */
async function serve(): Promise<string> {
  const prefix = join(folder, 'nginx')
  const log = join(prefix, 'access.log')
  mkdirSync(join(prefix, 'files'), { recursive: true })
  writeFileSync(join(prefix, 'files', 'catalog.json'), JSON.stringify({ items: Array.from({ length: 400 }, (_, id) => ({ id, sku: `sku-${id}` })) }))
  writeFileSync(join(prefix, 'nginx.conf'), nginxConfiguration(log))
  const application = script('app', scripts.app)
  await once(application.stdout ?? application, 'data')
  started('proxy', 'nginx', '-p', prefix, '-e', join(prefix, 'error.log'), '-c', join(prefix, 'nginx.conf'))
  // It listens once a request of its own host is answered; the monitor port is not read yet.
  await until(async () => (await once(script('proxy', scripts.client, 'ready', '127.0.0.1', 'GET', '/ready', '1'), 'exit'))[0] === 0)
  return log
}

function nginxConfiguration(log: string): string {
  return `daemon off;
user root;
worker_processes 2;
pid nginx.pid;
events {}
http {
  types { application/json json; }
  server {
    listen 80;
    access_log ${log} combined;
    location /files/ { root .; }
    location = /ready { access_log off; return 204; }
    location / { proxy_pass http://${app}; proxy_http_version 1.1; proxy_set_header Connection ""; }
  }
}
`
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

function script(host: Host, file: URL, ...parameters: readonly string[]): ChildProcess {
  return started(host, process.execPath, fileURLToPath(file), ...parameters)
}

function started(host: Host, program: string, ...parameters: readonly string[]): ChildProcess {
  if (network === null) throw new Error('there is no network')
  const child = network.start(host, program, ...parameters)
  children.push(child)
  return child
}

/** None where the system has no namespaces for us, or no nginx; it says why. */
function opened(): SpanNetwork | null {
  try {
    execFileSync('nginx', ['-v'], { stdio: 'ignore' })
    return new SpanNetwork()
  } catch (error) {
    console.log(`skipped: a monitor port needs root, network namespaces with bridges, and nginx: ${String(error).split('\n').join(' ')}`)
    return null
  }
}
