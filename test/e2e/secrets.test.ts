import { mkdtempSync, readFileSync, readdirSync, rmSync, writeFileSync } from 'node:fs'
import { createServer, type AddressInfo } from 'node:net'
import { once } from 'node:events'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'

import { openReceiver, type Received, type Receiver, type ReceiverAnswer } from '../alert/receiver.ts'
import { run } from '../cli/run.ts'
import { killDaemons, launchDaemon, type DaemonProcess } from './daemon.ts'
import { until } from './until.ts'

/** Each can be told from all else that is said. */
const secrets = {
  hook: 'T0Hook/B0Hook/hush-hook-path',
  bot: 'xoxb-hush-bot-token',
  post: 'hush-webhook-path',
  sign: `whsec_${Buffer.from('hush-signing-key-of-24-bytes').toString('base64')}`,
  teams: 'hush-teams-path',
  route: 'hush-routing-key',
  key: 'hush-genie-key',
  issue: 'hush-jira-token',
  mail: 'hush-mail-password',
  client: 'hush-client-secret',
}

let folder = ''
let liar: Receiver
let daemon: DaemonProcess
let token = ''
const mails = createServer((socket) => {
  socket.on('error', () => undefined)
  socket.write('220 hush\r\n')
  // It repeats what it hears as the reason of its refusal.
  socket.on('data', (chunk: Buffer) => socket.write(`535 ${chunk.toString('latin1').trim()}\r\n`))
})

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'tapistry-secrets-'))
  liar = await openReceiver(repeated)
  mails.listen(0, '127.0.0.1')
  await once(mails, 'listening')
  token = (await run(['token', 'create', '--scope', 'admin', '--data-dir', join(folder, 'data')])).out.trim()
  daemon = launchDaemon(['--config', configured()])
})

afterAll(async () => {
  killDaemons()
  mails.close()
  await liar.close()
  rmSync(folder, { recursive: true, force: true })
})

/** Answers with all that it was sent, in the status, header fields and body that somebody may like to show. */
function repeated({ path, headers, text }: Received): ReceiverAnswer {
  const all = `${path} ${String(headers.authorization)} ${text}`
  const statuses = [400, 302, 403, 500, 200]
  const status = statuses[liar.received.length % statuses.length] ?? 400
  const location = `${liar.url}/elsewhere/${encodeURIComponent(all.slice(0, 500))}`
  return {
    status,
    headers: { location, 'retry-after': '1', 'x-error': encodeURIComponent(all.slice(0, 500)) },
    body: JSON.stringify({ ok: false, error: all }),
  }
}

function configured(): string {
  const { url } = liar
  const path = join(folder, 'tapistry.yaml')
  const channels = [
    { name: 'a', type: 'slack', webhookUrl: `${url}/services/${secrets.hook}` },
    { name: 'b', type: 'slack', botToken: secrets.bot, channel: 'C1', apiUrl: url },
    { name: 'c', type: 'webhook', url: `${url}/${secrets.post}`, secret: secrets.sign },
    { name: 'd', type: 'teams', webhookUrl: `${url}/${secrets.teams}` },
    { name: 'e', type: 'pagerduty', routingKey: secrets.route, apiUrl: url },
    { name: 'f', type: 'opsgenie', apiKey: secrets.key, apiUrl: url },
    { name: 'g', type: 'jira', url, email: 'a@example.com', project: 'P', apiToken: secrets.issue },
    {
      name: 'h',
      type: 'email',
      host: '127.0.0.1',
      port: (mails.address() as AddressInfo).port,
      from: 'a@example.com',
      to: ['b@example.com'],
      username: 'u',
      password: secrets.mail,
    },
  ].map((channel) => Object.assign(channel, { groupWait: '100ms' }))
  const alerts = { channels, allowedNetworks: ['127.0.0.1'], timeout: '2s' }
  const oidc = { issuer: url, clientId: 'tapistry', clientSecret: secrets.client }
  const more = { publicUrl: 'https://tapistry.example.com', access: { oidc } }
  writeFileSync(path, JSON.stringify({ dataDir: join(folder, 'data'), listen: '127.0.0.1:0', sources: [{ type: 'http' }], alerts, ...more }))
  return path
}

/** A secret as it is, and as it would stand in a field of Basic authentication, in a URL or in base64. */
function formsOf(secret: string): readonly string[] {
  return [secret, encodeURIComponent(secret), Buffer.from(secret).toString('base64').slice(2, -4)]
}

function leaks(name: string, text: string): readonly string[] {
  return Object.entries({ ...secrets, token: token.slice(-20) })
    .filter(([, secret]) => formsOf(secret).some((form) => text.includes(form)))
    .map(([secret]) => `${secret} in ${name}`)
}

test('no secret is in the log, in REST, metrics, commands or the data folder, though receivers repeat what they are sent', async () => {
  const headers = { authorization: `Bearer ${token}` }
  const line = { method: 'GET', host: 'shadow.example.com', path: '/orders', status: 200, ts: Date.now() }
  const ingested = { method: 'POST', headers: { ...headers, 'content-type': 'application/x-ndjson' }, body: `${JSON.stringify(line)}\n` }
  expect((await daemon.get('/api/v1/ingest/exchanges', ingested)).status).toBe(200)
  // Tokens that are wrong, or stand where none belongs.
  for (const [path, shown] of [
    ['/api/v1/services', `Bearer ${token}x`],
    ['/api/v1/services', `Basic ${Buffer.from(`u:${token}`).toString('base64')}`],
    [`/api/v1/services?access_token=${token}`, headers.authorization],
    [`/api/v1/services/${token}`, headers.authorization],
    ['/auth/login', ''],
    [`/auth/callback?code=x&state=${token}`, ''],
  ] as const)
    expect((await daemon.get(path, { headers: { authorization: shown }, redirect: 'manual' })).status, path).toBeGreaterThanOrEqual(400)

  const names = ['a', 'b', 'c', 'd', 'e', 'f', 'g', 'h']
  await until(
    async () => {
      const metrics = await (await daemon.get('/metrics', { headers })).text()
      return names.every((name) => new RegExp(`tapistry_alert_(tries_failed|messages_sent)_total\\{channel="${name}",[^}]*\\} [1-9]`).test(metrics))
    },
    () => daemon.said(),
  )
  const found: string[] = []
  await Promise.all(
    names.map(async (name) => {
      const { out, err } = await run(['alert', 'test', name, '--config', join(folder, 'tapistry.yaml')])
      expect(out + err).toMatch(new RegExp(`\\b${name}: `))
      found.push(...leaks(`alert test ${name}`, out + err))
    }),
  )
  for (const argv of [
    ['alert', 'list'],
    ['config', 'show', join(folder, 'tapistry.yaml')],
    ['export', 'inventory'],
    ['token', 'list'],
  ]) {
    const folderOf = argv[0] === 'config' ? [] : ['--data-dir', join(folder, 'data')]
    const { exitCode, out, err } = await run([...argv, ...folderOf])
    expect(exitCode, err).toBe(0)
    found.push(...leaks(argv.join(' '), out + err))
  }
  const api = (await (await daemon.get('/api/v1/openapi.json', { headers })).json()) as { paths: Record<string, Record<string, unknown>> }
  const lists = Object.entries(api.paths).flatMap(([path, item]) => ('get' in item && !path.includes('{') && !path.endsWith('/events') ? [path] : []))
  expect(lists.length).toBeGreaterThan(15)
  for (const path of lists) found.push(...leaks(path, await (await daemon.get(path, { headers })).text()))

  daemon.signal('SIGTERM')
  expect(await daemon.ended).toBe(0)
  expect(daemon.log().some(({ channel }) => channel !== undefined)).toBe(true)
  found.push(...leaks('the log', daemon.said()))
  for (const name of readdirSync(join(folder, 'data'))) found.push(...leaks(name, readFileSync(join(folder, 'data', name)).toString('latin1')))
  expect(found).toEqual([])

  // They go where they belong: into header fields and bodies, and into the addresses that are secrets themselves.
  const { hook, post, teams, ...others } = secrets
  const addresses = liar.received.map(({ path }) => path).join('\n')
  expect([hook, post, teams].filter((secret) => !addresses.includes(secret))).toEqual([])
  expect(Object.values(others).filter((secret) => addresses.includes(secret))).toEqual([])
})
