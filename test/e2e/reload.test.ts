import { once } from 'node:events'
import { appendFileSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { connect, createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'

import { openReceiver } from '../alert/receiver.ts'
import { killDaemons, launchDaemon } from './daemon.ts'
import { exchangeLines, post, shows, sourceOf, stopped } from './rest.ts'
import { until } from './until.ts'

let folder = ''
let log = ''

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'tapistry-reload-'))
  log = join(folder, 'access.log')
})

afterEach(() => {
  killDaemons()
  rmSync(folder, { recursive: true, force: true })
})

/** A configuration file of the test's own; REST on a port that the system chooses. */
function configured(sources: readonly object[], more: object = {}): string {
  const path = join(folder, 'tapistry.yaml')
  writeFileSync(path, JSON.stringify({ dataDir: join(folder, 'data'), listen: '127.0.0.1:0', sources, ...more }))
  return path
}

describe('a reload', () => {
  it('takes a new configuration with SIGHUP, and keeps the running one where the new one is wrong', async () => {
    const spec = join(folder, 'spec.json')
    writeFileSync(spec, JSON.stringify({ openapi: '3.1.0', info: { title: 'Users', version: '1' }, paths: { '/users/{id}': { get: { responses: {} } } } }))
    const sources = [{ type: 'http' }]
    const daemon = launchDaemon(['--config', configured(sources)])
    expect((await post(daemon, exchangeLines(30))).status).toBe(200)
    await shows(daemon, 30)
    const labels = async (): Promise<unknown> => (await daemon.json<{ items: ReadonlyArray<{ labels: unknown }> }>('/api/v1/endpoints')).items[0]?.labels
    const before = JSON.stringify(await labels())
    let said = daemon.log().length
    writeFileSync(join(folder, 'tapistry.yaml'), 'sources: [{ type: htpt }]\n')
    daemon.signal('SIGHUP')
    expect(await daemon.says(/^the configuration is wrong: the running one stays$/, said)).toMatchObject({
      level: 'error',
      reason: expect.stringContaining('htpt'),
    })
    expect((await daemon.get('/readyz')).status).toBe(200)
    expect(JSON.stringify(await labels())).toBe(before)
    said = daemon.log().length
    configured([...sources, { type: 'log', path: log }], { specs: [{ path: spec, service: 'api.example.com' }] })
    daemon.signal('SIGHUP')
    await daemon.says(/^the configuration was read again/, said)
    expect((await daemon.says(/^sources\.1 changed: it takes effect when/, said)).level).toBe('warn')
    await until(
      async () => JSON.stringify(await labels()) !== before,
      () => daemon.said(),
    )
    await stopped(daemon)
  })

  it('comes by itself when its file or a spec was written', async () => {
    const spec = join(folder, 'spec.json')
    const specOf = (path: string): string =>
      JSON.stringify({ openapi: '3.1.0', info: { title: 'Users', version: '1' }, paths: { [path]: { get: { responses: {} } } } })
    writeFileSync(spec, specOf('/other'))
    const daemon = launchDaemon(['--config', configured([{ type: 'http' }], { specs: [{ path: spec, service: 'api.example.com' }] })])
    expect((await post(daemon, exchangeLines(30))).status).toBe(200)
    const labels = async (): Promise<string> =>
      JSON.stringify(
        (await daemon.json<{ items: ReadonlyArray<{ exchanges: number; labels: unknown }> }>('/api/v1/endpoints')).items.find(({ exchanges }) => exchanges > 0)
          ?.labels,
      )
    await until(async () => (await labels())?.includes('"undocumented"'))
    writeFileSync(spec, specOf('/users/{id}'))
    await daemon.says(/^the configuration was read again/)
    await until(async () => (await labels()).includes('"documented"'))
    const said = daemon.log().length
    configured([{ type: 'http' }], { listen: '0.0.0.0:1' })
    expect(await daemon.says(/^the configuration is wrong: the running one stays$/, said)).toMatchObject({
      reason: expect.stringMatching(/tapistry\.yaml:1:\d+: listen: /),
    })
    expect(await labels()).toContain('"documented"')
    await stopped(daemon)
  })

  it('names every key that takes effect with a new start alone, and no secret', async () => {
    const sources = [{ type: 'http' }]
    const kafka = { type: 'kafka', brokers: ['127.0.0.1:1'], topics: ['gateway'], sasl: { mechanism: 'plain', username: 'u', password: 'hidden-one' } }
    const daemon = launchDaemon(['--config', configured([...sources, kafka])])
    await daemon.address()
    const said = daemon.log().length
    const channels = [{ name: 'a', type: 'slack', webhookUrl: 'https://hidden-two' }]
    configured([...sources, { ...kafka, sasl: { ...kafka.sasl, password: 'hidden-three' }, format: 'json' }], {
      dataDir: join(folder, 'other'),
      listen: '127.0.0.1:7412',
      alerts: { channels },
    })
    daemon.signal('SIGHUP')
    await daemon.says(/^the configuration was read again/, said)
    const warned = daemon
      .log()
      .slice(said)
      .filter(({ message }) => message.includes('takes effect when'))
      .map(({ message }) => message.split(' changed')[0])
    expect(warned).toEqual(['dataDir', 'listen', 'sources.1.sasl.password, sources.1.format'])
    expect(daemon.said()).not.toMatch(/hidden/)
    await stopped(daemon)
  })

  it('takes other channels of alerts, which go on where those of their names were, and keeps the running ones where it is wrong', async () => {
    const [one, other] = [await openReceiver(() => ({ status: 204 })), await openReceiver(() => ({ status: 204 }))]
    const alertsTo = (url: string, type = 'webhook'): object => {
      const channel = { name: 'security', type, url: `${url}/hidden`, groupWait: '50ms', groupInterval: '50ms' }
      return { alerts: { channels: [channel], allowedNetworks: ['127.0.0.1'] } }
    }
    const daemon = launchDaemon(['--config', configured([{ type: 'http' }], alertsTo(one.url))])
    await daemon.address()
    await post(daemon, exchangeLines(3))
    await until(
      () => one.received.length === 1,
      () => daemon.said(),
    )
    let said = daemon.log().length
    configured([{ type: 'http' }], alertsTo(other.url, 'webhok'))
    daemon.signal('SIGHUP')
    await daemon.says(/^the configuration is wrong: the running one stays$/, said)
    await post(daemon, exchangeLines(1).replace('api.example.com', 'second.example.com'))
    await until(
      () => one.received.length === 2,
      () => daemon.said(),
    )
    said = daemon.log().length
    configured([{ type: 'http' }], alertsTo(other.url))
    daemon.signal('SIGHUP')
    await daemon.says(/^alerts\.channels\.0\.url changed: alerts go by it from now on$/, said)
    await post(daemon, exchangeLines(1).replace('api.example.com', 'third.example.com'))
    await until(
      () => other.received.length === 1,
      () => daemon.said(),
    )
    expect(other.received[0]?.text).toContain('third.example.com')
    expect(other.received[0]?.text).not.toContain('second.example.com')
    expect(one.received).toHaveLength(2)
    const { channels, items } = await daemon.json<{ channels: unknown; items: ReadonlyArray<{ state: string }> }>('/api/v1/alerts')
    expect([channels, items.map(({ state }) => state)]).toMatchObject([[{ channel: 'security', sent: 3, waiting: 0 }], ['sent', 'sent', 'sent']])
    expect(daemon.said()).not.toContain('hidden')
    await stopped(daemon)
    await Promise.all([one.close(), other.close()])
  })

  it('reads with the literals of a spec that a reload has added, whatever reads', async () => {
    const spec = join(folder, 'spec.json')
    writeFileSync(spec, JSON.stringify({ openapi: '3.1.0', info: { title: 'Years', version: '1' }, paths: { '/2024/items': { get: { responses: {} } } } }))
    const port = await freePort()
    const sources = [
      { type: 'http' },
      { type: 'log', path: log, host: 'logs.example.com' },
      { type: 'syslog', listen: `127.0.0.1:${port}`, protocol: 'tcp', host: 'syslog.example.com' },
    ]
    const line = '10.0.0.1 - - [21/Sep/2026:14:00:00 +0000] "GET /2024/items HTTP/1.1" 200 5 "-" "curl/8"\n'
    writeFileSync(log, '')
    const daemon = launchDaemon(['--config', configured(sources)])
    await until(async () => (await sourceOf(daemon, 'syslog')).detail?.startsWith('listening') ?? false)
    const sender = connect(port, '127.0.0.1')
    const send = async (): Promise<void> => {
      appendFileSync(log, line)
      sender.write(`<190>Sep 21 14:00:00 proxy nginx: ${line}`)
      expect((await post(daemon, `${JSON.stringify({ method: 'GET', host: 'api.example.com', path: '/2024/items', status: 200 })}\n`)).status).toBe(200)
    }
    const paths = async (): Promise<readonly string[]> =>
      (await daemon.json<{ items: ReadonlyArray<{ serviceName: string; template: string; exchanges: number }> }>('/api/v1/endpoints')).items
        .filter(({ exchanges }) => exchanges > 0)
        .map(({ serviceName, template, exchanges }) => `${serviceName} ${template.replace(/\{\w+\}/, '{}')} ${exchanges}`)
    await send()
    await shows(daemon, 3)
    expect((await paths()).every((path) => path.endsWith('/{}/items 1'))).toBe(true)
    const said = daemon.log().length
    configured(sources, { specs: [{ path: spec }], services: [{ name: 'gateway', hosts: ['api.example.com'], owner: 'team-a' }] })
    daemon.signal('SIGHUP')
    await daemon.says(/^the configuration was read again/, said)
    await send()
    await shows(daemon, 6)
    expect(await paths()).toEqual(
      ['gateway', 'logs.example.com', 'syslog.example.com'].flatMap((service) => [`${service} /2024/items 1`, `${service} /{}/items 1`]),
    )
    sender.end()
    await stopped(daemon)
  })

  it('reads with the literals of a spec from when it is registered over REST', async () => {
    const spec = JSON.stringify({ openapi: '3.1.0', info: { title: 'Years', version: '1' }, paths: { '/2024/items': { get: { responses: {} } } } })
    const daemon = launchDaemon(['--config', configured([{ type: 'http' }])])
    const line = `${JSON.stringify({ method: 'GET', host: 'api.example.com', path: '/2024/items', status: 200 })}\n`
    expect((await post(daemon, line)).status).toBe(200)
    await shows(daemon, 1)
    const headers = { 'content-type': 'application/json' }
    const added = await daemon.get('/api/v1/specs?service=api.example.com', { method: 'POST', headers, body: spec })
    expect(added.status).toBe(201)
    expect((await post(daemon, line)).status).toBe(200)
    await shows(daemon, 2)
    const { items } = await daemon.json<{ items: ReadonlyArray<{ template: string; exchanges: number }> }>('/api/v1/endpoints')
    expect(items.filter(({ exchanges }) => exchanges > 0).map(({ template }) => template.replace(/\{\w+\}/, '{}'))).toEqual(['/2024/items', '/{}/items'])
    await stopped(daemon)
  })
})

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as { port: number }
  server.close()
  await once(server, 'close')
  return port
}
