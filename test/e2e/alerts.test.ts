import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, it } from 'vitest'

import { botToken, openSlack, type SlackServer } from '../alert/slack_server.ts'
import { killDaemons, launchDaemon, type DaemonProcess } from './daemon.ts'
import { run } from '../cli/run.ts'
import { until } from './until.ts'

let folder = ''
let slack: SlackServer

beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), 'tapistry-alerts-'))
  mkdirSync(join(folder, 'specs'))
  register('known.example.com')
  slack = await openSlack()
})

afterEach(async () => {
  killDaemons()
  await slack.close()
  rmSync(folder, { recursive: true, force: true })
})

function register(host: string): void {
  const spec = {
    openapi: '3.1.0',
    info: { title: host, version: '1' },
    servers: [{ url: `http://${host}` }],
    paths: { '/orders': { get: { responses: { 200: { description: 'ok' } } } } },
  }
  writeFileSync(join(folder, 'specs', `${host}.json`), JSON.stringify(spec))
}

const publicUrl = 'https://tapistry.example.com'

/** A daemon that takes exchanges and tells a bot of Slack. */
function launch(channel: Readonly<Record<string, unknown>> = {}): DaemonProcess {
  const path = join(folder, 'tapistry.yaml')
  const own = { name: 'security', type: 'slack', botToken, channel: 'C123', apiUrl: `${slack.url}/api`, groupInterval: '1s', ...channel }
  const alerts = { channels: [own], allowedNetworks: ['127.0.0.1'], timeout: '1s' }
  const config = {
    dataDir: join(folder, 'data'),
    listen: '127.0.0.1:0',
    sources: [{ type: 'http' }],
    specs: [{ path: join(folder, 'specs') }],
    alerts,
    publicUrl,
  }
  writeFileSync(path, JSON.stringify(config))
  return launchDaemon(['--config', path])
}

async function send(daemon: DaemonProcess, host: string, ...paths: string[]): Promise<void> {
  return sendLines(
    daemon,
    paths.map((path) => lineOf(host, path)),
  )
}

function lineOf(host: string, path: string): string {
  return `${JSON.stringify({ method: 'GET', host, path, status: 200, ts: 1_772_442_000_000 })}\n`
}

async function sendLines(daemon: DaemonProcess, lines: readonly string[]): Promise<void> {
  const body = lines.join('')
  const answer = await daemon.get('/api/v1/ingest/exchanges', { method: 'POST', body, headers: { 'content-type': 'application/x-ndjson' } })
  expect(answer.status).toBe(200)
}

const why = (daemon: DaemonProcess): string => `${JSON.stringify(slack.messages)} ${JSON.stringify(slack.refused)} ${daemon.said()}`

it('a new shadow service is one message within seconds, and one that is documented changes it', async () => {
  const daemon = launch()
  await daemon.address()
  const sentAt = performance.now()
  await send(daemon, 'shadow.example.com', '/orders', '/users/1', '/users/2', '/health')
  await until(
    () => slack.messages.length === 1,
    () => why(daemon),
  )
  console.log(`from the exchanges of a new shadow service to its message: ${((performance.now() - sentAt) / 1000).toFixed(1)} s with a groupWait of 5 s`)
  const [message] = slack.messages
  expect(message?.text).toMatch(/^:red_circle: shadow\.example\.com serves \d endpoints? without any registered spec$/)
  expect(JSON.stringify(message?.blocks)).toContain('https://tapistry.example.com/api/v1/services/svc_')

  register('shadow.example.com')
  daemon.signal('SIGHUP')
  await until(
    () => slack.messages[0]?.text.startsWith(':white_check_mark: Resolved: shadow.example.com') ?? false,
    () => why(daemon),
  )
  // The endpoints that its spec does not have are findings of their own, in one message.
  await until(
    () => slack.messages.length === 2,
    () => why(daemon),
  )
  expect(slack.messages[1]?.text).toContain('of shadow.example.com')
  expect(slack.refused).toEqual([])
  const metrics = await (await daemon.get('/metrics')).text()
  expect(metrics).toContain('tapistry_alert_messages_sent_total{channel="security",type="slack"} 3')
  expect(daemon.said()).not.toContain(botToken)
})

it('single events that were kept and never told are told at the next start', async () => {
  const path = join(folder, 'before.ndjson')
  writeFileSync(path, lineOf('a.example.com', '/orders') + lineOf('a.example.com', '/carts'))
  expect((await run(['scan', path, '--data-dir', join(folder, 'data')])).exitCode).toBe(0)
  const match = [{ kinds: ['service.appeared', 'endpoint.appeared'] }]
  const daemon = launch({ groupWait: '50ms', match })
  await until(
    () => slack.messages.length === 1,
    () => why(daemon),
  )
  expect(JSON.stringify(slack.messages[0]?.blocks)).toMatch(/a\.example\.com.*\/carts.*\/orders/)
  daemon.signal('SIGKILL')
  await daemon.ended
  const again = launch({ groupWait: '50ms', match })
  await send(again, 'a.example.com', '/users')
  await until(
    () => slack.messages.length === 2,
    () => why(again),
  )
  expect(JSON.stringify(slack.messages[1]?.blocks)).not.toMatch(/orders|carts/)
})

it('what an empty data folder begins with is one digest, and a restart tells nothing again', async () => {
  const first = launch({ groupWait: '3s' })
  await first.address()
  const hosts = Array.from({ length: 12 }, (_, host) => `s${host}.example.com`)
  await sendLines(
    first,
    hosts.flatMap((host) => Array.from({ length: 500 }, (_, at) => lineOf(host, `/api/v${at}/things`))),
  )
  await until(
    () => slack.messages.length === 1,
    () => why(first),
  )
  expect(slack.messages[0]?.text).toBe(':red_circle: 12 findings of 12 services (12 high)')
  first.signal('SIGTERM')
  await first.ended

  const second = launch()
  await second.address()
  await send(second, 'later.example.com', '/orders')
  await until(
    () => slack.messages.length === 2,
    () => why(second),
  )
  expect(slack.messages[1]?.text).toContain('later.example.com serves 1 endpoint')
})

it('429, 500, silence and a kill cost time, and tell nothing that cannot be told apart', async () => {
  slack.queue({ status: 429, headers: { 'retry-after': '1' } }, { status: 500 }, { status: 200, isSilent: true })
  const first = launch({ groupWait: '100ms' })
  await send(first, 'shadow.example.com', '/orders')
  await until(
    () => slack.received.length >= 3,
    () => why(first),
  )
  first.signal('SIGKILL')
  await first.ended
  const second = launch({ groupWait: '100ms' })
  await until(
    () => slack.messages.length > 0,
    () => why(second),
  )
  const keys = new Set(slack.received.map(({ body }) => JSON.stringify(body['metadata'])))
  expect(keys.size).toBe(1)
  await until(
    async () => (await (await second.get('/metrics')).text()).includes('tapistry_alerts_waiting{channel="security",type="slack"} 0'),
    () => why(second),
  )
  expect(slack.messages.map(({ text }) => text)).toEqual([':red_circle: shadow.example.com serves 1 endpoint without any registered spec'])
})

it('a channel that makes no sense is refused before anything is opened', async () => {
  const daemon = launch({ channel: '' })
  expect(await daemon.ended).toBe(2)
  expect(daemon.said()).toMatch(/alerts\.channels\.0/)
  expect(daemon.said()).not.toContain(botToken)
})
