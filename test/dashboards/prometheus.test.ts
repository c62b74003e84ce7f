import { execFileSync, spawn, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { appendFileSync, copyFileSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { createServer, type AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'

import { packageFolder } from '../../src/base/version.ts'
import { openReceiver, type Receiver } from '../alert/receiver.ts'
import { run } from '../cli/run.ts'
import { killDaemons, launchDaemon, type DaemonProcess } from '../e2e/daemon.ts'
import { succeeds } from '../e2e/succeeds.ts'
import { until } from '../e2e/until.ts'
import { boards, queries } from './boards.ts'

const isThere = succeeds('prometheus', '--version')
if (!isThere) console.log('skipped: queries of dashboards need prometheus (apt-get install prometheus)')

const folder = mkdtempSync(join(tmpdir(), 'tapistry-dashboards-'))
let receiver: Receiver
let prometheus: ChildProcess | null = null
let url = ''

describe.skipIf(!isThere)('a Prometheus that scrapes a daemon', () => {
  beforeAll(async () => {
    receiver = await openReceiver(() => ({ status: 204 }))
    const token = (await run(['token', 'create', '--scope', 'admin', '--data-dir', join(folder, 'data')])).out.trim()
    const daemon = launchDaemon(['--config', configured()])
    const headers = { authorization: `Bearer ${token}` }
    url = await scraping(await daemon.address(), token)
    // Rates need traffic between two scrapes.
    let left: readonly string[] = []
    await until(
      async () => {
        await happens(daemon, headers)
        left = await empty()
        return left.length === 0
      },
      () => `these have no answer: ${left.join('; ')}: ${daemon.said()}`,
    )
  })

  afterAll(async () => {
    killDaemons()
    if (prometheus?.kill('SIGTERM') === true) await once(prometheus, 'exit')
    await receiver.close()
    rmSync(folder, { recursive: true, force: true })
  })

  test.each(queries)('%s has an answer of numbers', async (_, { expr }) => {
    const values = await valuesOf(expr)
    expect(values.length).toBeGreaterThan(0)
    expect(values.filter((value) => !Number.isFinite(value))).toEqual([])
  })

  test('what is in the variables is found', async () => {
    const asked = boards.map(([, { templating }]) => JSON.stringify(templating.list.at(-1)?.query))
    expect(new Set(asked)).toEqual(new Set(['{"query":"label_values(tapistry_build_info, instance)","refId":"instance"}']))
    const answer = await fetch(`${url}/api/v1/label/instance/values?match[]=tapistry_build_info`)
    expect(await answer.json()).toMatchObject({ status: 'success', data: [expect.stringMatching(/^127\.0\.0\.1:\d+$/)] })
  })

  const figures: ReadonlyArray<readonly [panel: string, holds: (value: number) => boolean]> = [
    ['Ready', (value) => value === 1],
    ['Sources that do not read', (value) => value === 0],
    // What was seen months ago has no label any more.
    ['Shadow endpoints', (value) => value === 1],
    ['New shadow endpoints in a day', (value) => value === 1],
    ['Sensitive data without credentials', (value) => value >= 3],
    ['Documented', (value) => value === 0.5],
    ['Messages given up', (value) => value === 0],
  ]
  test.each(figures)('%s is what it should be', async (panel, holds) => {
    const found = queries.find(([place]) => place.endsWith(`: ${panel} A`))
    expect(await valuesOf(found?.[1].expr ?? '')).toEqual([expect.toSatisfy(holds)])
  })
})

function configured(): string {
  const [path, log, capture] = [join(folder, 'tapistry.yaml'), join(folder, 'access.log'), join(folder, 'shop.pcap')]
  copyFileSync(join(packageFolder, 'examples', 'shop-access.log'), log)
  copyFileSync(join(packageFolder, 'examples', 'shop.pcap'), capture)
  const channels = [
    { name: 'good', type: 'webhook', url: `${receiver.url}/hook`, groupWait: '100ms' },
    { name: 'bad', type: 'webhook', url: 'http://127.0.0.1:1/hook', groupWait: '100ms' },
  ]
  const sources = [{ type: 'log', path: log, host: 'shop.example.com' }, { type: 'pcap', path: capture }, { type: 'http' }]
  const specs = [{ path: join(packageFolder, 'examples', 'shop.yaml') }]
  const alerts = { channels, allowedNetworks: ['127.0.0.1'] }
  writeFileSync(path, JSON.stringify({ dataDir: join(folder, 'data'), listen: '127.0.0.1:0', sources, specs, alerts }))
  return path
}

/** Starts Prometheus with what docs/grafana.md says, but for address, token and interval; where it answers. */
async function scraping(address: string, token: string): Promise<string> {
  const page = readFileSync(join(packageFolder, 'docs', 'grafana.md'), 'utf8')
  const config = join(folder, 'prometheus.yml')
  const [, documented = ''] = /```yaml\n(scrape_configs:\n[^`]*)```/.exec(page) ?? []
  const tokenFile = join(folder, 'tapistry.token')
  writeFileSync(tokenFile, token)
  const own = documented.replace('/etc/prometheus/tapistry.token', tokenFile).replace('127.0.0.1:7411', new URL(address).host).replace('15s', '500ms')
  writeFileSync(config, own)
  execFileSync('promtool', ['check', 'config', config], { stdio: 'pipe' })
  const listen = `127.0.0.1:${await freePort()}`
  prometheus = spawn(
    'prometheus',
    [`--config.file=${config}`, `--storage.tsdb.path=${join(folder, 'tsdb')}`, `--web.listen-address=${listen}`, '--log.level=error'],
    { stdio: ['ignore', 'ignore', 'inherit'] },
  )
  await until(async () => (await fetch(`http://${listen}/-/ready`).catch(() => null))?.ok === true)
  return `http://${listen}`
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo
  server.close()
  await once(server, 'close')
  return port
}

/** A line of a log, one that is none, exchanges of a spec, beside it and of a service that nobody knew, and some questions over REST. */
async function happens(daemon: DaemonProcess, headers: Readonly<Record<string, string>>): Promise<void> {
  appendFileSync(join(folder, 'access.log'), '10.0.0.1 - - [21/Sep/2026:14:00:00 +0000] "GET /api/v1/orders HTTP/1.1" 200 5 "-" "curl/8"\nnonsense\n')
  const seen = [
    ['shop.example.com', '/api/v1/categories'],
    ['shop.example.com', '/api/v1/products'],
    ['shop.example.com', '/api/internal/prices'],
    ['new.example.com', '/things'],
  ]
  const body = seen.map(([host, path]) => `${JSON.stringify({ method: 'GET', host, path, status: 200, ts: Date.now() })}\n`).join('')
  const posted = await daemon.get('/api/v1/ingest/exchanges', { method: 'POST', body, headers: { ...headers, 'content-type': 'application/x-ndjson' } })
  expect(posted.status).toBe(200)
  for (const path of ['/api/v1/endpoints', '/api/v1/services', '/api/v1/nowhere']) await (await daemon.get(path, { headers })).text()
}

/** Places of the queries that have no answer yet. */
async function empty(): Promise<readonly string[]> {
  const found = await Promise.all(queries.map(async ([place, { expr }]) => [place, await valuesOf(expr)] as const))
  return found.filter(([, values]) => values.length === 0 || values.some((value) => !Number.isFinite(value))).map(([place]) => place)
}

/** What Prometheus answers to an expression, with what Grafana puts in the place of its variables. */
async function valuesOf(expr: string): Promise<readonly number[]> {
  const query = expr.replaceAll('$instance', '.*').replaceAll('$__rate_interval', '5s')
  const response = await fetch(`${url}/api/v1/query`, { method: 'POST', body: new URLSearchParams({ query }) })
  const answer = (await response.json()) as Answer
  if (answer.status !== 'success') throw new Error(`${query}: ${answer.error}`)
  return answer.data.result.map(({ value: [, value] }) => Number(value))
}

type Answer =
  | { readonly status: 'success'; readonly data: { readonly result: ReadonlyArray<{ readonly value: readonly [at: number, value: string] }> } }
  | { readonly status: 'error'; readonly error: string }
