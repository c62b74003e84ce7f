import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, describe, expect, it } from 'vitest'

import type { EndpointDocument, FindingDocument, ServiceDocument } from '../../src/inventory/document.ts'
import { botToken, openSlack } from '../alert/slack_server.ts'
import { parsedExposition } from '../telemetry/parsed_exposition.ts'
import { killDaemons, launchDaemon, type DaemonProcess } from './daemon.ts'
import { sourceOf } from './rest.ts'
import { appAddress, proxyAddress, spanSite } from './span_site.ts'
import { until } from './until.ts'

const folder = mkdtempSync(join(tmpdir(), 'tapistry-thread-'))
const site = spanSite()
const slack = await openSlack()

afterAll(async () => {
  killDaemons()
  await slack.close()
  await site?.close()
  rmSync(folder, { recursive: true, force: true })
})

describe.skipIf(site === null)('from packets on a monitor port', () => {
  it('a new shadow API gets into the inventory, REST, events, metrics and Slack, and all of them say the same', async () => {
    await site?.serve(folder)
    const daemon = launchDaemon(['--config', configured(site?.monitor ?? '')])
    const why = (): string => `${JSON.stringify(slack.messages)} ${JSON.stringify(slack.refused)} ${daemon.said()}`
    await until(async () => (await sourceOf(daemon, 'interface')).detail?.includes('is up') === true)
    const events = await eventsOf(daemon)

    // What is there when a channel begins is one digest; here it is the application that the proxy asks by its address.
    await site?.ask([{ host: 'shop.example.com', address: proxyAddress, method: 'GET', path: '/users/{}', count: 20 }])
    await until(() => slack.messages.length === 1, why)
    expect(JSON.stringify(slack.messages[0])).not.toContain('shop.example.com')
    const before = await metricsOf(daemon)

    await site?.ask([{ host: newHost, address: appAddress, method: 'GET', path: '/customers/{}', count: 24 }])
    await until(() => slack.messages.length === 2, why)
    const toldAt = Date.now()
    await until(async () => (await serviceOf(daemon))?.exchanges === 24, why)

    const service = await serviceOf(daemon)
    const [endpoint, ...others] = (await daemon.json<List<EndpointDocument>>(`/api/v1/endpoints?service=${newHost}`)).items
    const [finding] = (await daemon.json<List<FindingDocument>>(`/api/v1/findings?service=${newHost}&kind=inv.shadow-service`)).items
    if (service === null || endpoint === undefined || finding === undefined) throw new Error(why())
    const seconds = (toldAt - Date.parse(endpoint.firstSeen ?? '')) / 1000
    console.log(`from the first packet of a new shadow API to its message in Slack: ${seconds.toFixed(1)} s`)

    // REST
    expect(others).toEqual([])
    expect(endpoint).toMatchObject({ method: 'GET', template: '/customers/{customerId}', labels: ['shadow'], exchanges: 24, service: service.id })
    expect([service.direction, service.specs, service.visibility.kernelDrops]).toEqual(['internal', [], 0])
    expect(finding).toMatchObject({ severity: 'high', state: 'open', service: service.id, firstSeen: endpoint.firstSeen, count: 24 })
    const classes = endpoint.dataClasses.map((found) => found.class)
    expect(classes).toEqual(['email'])
    const [open] = (await daemon.json<List<FindingDocument>>(`/api/v1/findings?service=${newHost}&severity=critical`)).items
    expect(open).toMatchObject({ endpoint: endpoint.id, title: `GET ${newHost}/customers/{customerId} returns email without credentials` })

    // Slack
    const [, message] = slack.messages
    const text = JSON.stringify(message?.blocks)
    expect(message?.text).toBe(`:rotating_light: 2 findings of ${newHost} (1 critical, 1 high)`)
    const since = `${finding.firstSeen?.slice(0, 16).replace('T', ' ')} UTC`
    for (const words of [
      `<${publicUrl}/api/v1/endpoints/${endpoint.id}|critical: ${open?.title}>`,
      `<${publicUrl}/api/v1/services/${service.id}|high: ${finding.title}>`,
      `*Where*\\n${newHost}`,
      `*Since*\\n${since}`,
      `*Endpoints*\\n1: GET /customers/{customerId}`,
      `*Sensitive data*\\n${classes.join(', ')}`,
      `*Owner*\\nnobody is named`,
      finding.why,
      `<${publicUrl}/api/v1/services/${service.id}|Show it>`,
    ]) {
      expect(text).toContain(words)
    }
    // It was written while they still came.
    expect(Number(/\*How much\*\\n(\d+) exchange/.exec(text)?.[1])).toBeLessThanOrEqual(24)
    expect(slack.refused).toEqual([])
    for (const value of ['customer1000@', 'customer1023@', 'name 1000']) expect(JSON.stringify(slack.received)).not.toContain(value)

    // Server-sent events
    const told = (kind: string, what: string, subject: string | undefined): boolean =>
      events().some((event) => event.kind === kind && event.what === what && event.subject === subject)
    const expected: ReadonlyArray<readonly [kind: string, what: string, subject: string | undefined]> = [
      ['service', 'appeared', service.id],
      ['endpoint', 'appeared', endpoint.id],
      ['finding', 'opened', finding.id],
      ['finding', 'opened', open?.id],
    ]
    await until(
      () => expected.every(([kind, what, subject]) => told(kind, what, subject)),
      () => JSON.stringify(events()),
    )

    // Metrics
    const after = await metricsOf(daemon)
    const grown = (name: string, labels: object = {}): number => valueOf(after, name, labels) - valueOf(before, name, labels)
    expect(grown('tapistry_services')).toBe(1)
    expect(grown('tapistry_endpoints', { label: 'shadow' })).toBe(1)
    expect(grown('tapistry_findings', { kind: finding.kind, severity: finding.severity })).toBe(1)
    expect(grown('tapistry_findings', { kind: open?.kind, severity: 'critical' })).toBe(1)
    expect(grown('tapistry_http_exchanges_total')).toBe(24)
    expect(grown('tapistry_alert_messages_sent_total', { channel: 'security', type: 'slack' })).toBe(1)
    expect(valueOf(after, 'tapistry_alerts_waiting', { channel: 'security', type: 'slack' })).toBe(0)
    expect(valueOf(after, 'tapistry_packets_dropped_total', { reason: 'kernel' })).toBe(0)
    expect(daemon.said()).not.toContain(botToken)
  })
})

const newHost = 'customers.example.com'
const publicUrl = 'https://tapistry.example.com'

interface List<T> {
  readonly items: readonly T[]
}

async function serviceOf(daemon: DaemonProcess): Promise<ServiceDocument | null> {
  const answer = await daemon.get(`/api/v1/services/${newHost}`)
  return answer.status === 200 ? ((await answer.json()) as ServiceDocument) : null
}

async function metricsOf(daemon: DaemonProcess): Promise<ReturnType<typeof parsedExposition>> {
  return parsedExposition(await (await daemon.get('/metrics')).text())
}

/** 0 where there is no such sample: findings and labels without any have none. */
function valueOf(families: ReturnType<typeof parsedExposition>, name: string, labels: object): number {
  const wanted = JSON.stringify(labels)
  return families.get(name)?.samples.find((sample) => JSON.stringify(sample.labels) === wanted)?.value ?? 0
}

interface Told {
  readonly kind: string
  readonly what: string
  readonly subject: string
}

/** What the stream of events has told so far. */
async function eventsOf(daemon: DaemonProcess): Promise<() => readonly Told[]> {
  const response = await daemon.get('/api/v1/events')
  let text = ''
  void (async () => {
    for await (const chunk of response.body ?? []) text += Buffer.from(chunk as Uint8Array).toString()
  })().catch(() => undefined)
  return () => [...text.matchAll(/^data: (\{"id":.*\})\n/gm)].map(([, data = '']) => JSON.parse(data) as Told)
}

/** The shop has a spec, and there is a bot of Slack; all that is about alerts is as it is by default. */
function configured(monitor: string): string {
  const spec = {
    openapi: '3.1.0',
    info: { title: 'Shop', version: '1' },
    servers: [{ url: 'http://shop.example.com' }],
    paths: {
      '/users/{userId}': {
        get: { parameters: [{ name: 'userId', in: 'path', required: true, schema: { type: 'integer' } }], responses: { 200: { description: 'ok' } } },
      },
    },
  }
  writeFileSync(join(folder, 'shop.json'), JSON.stringify(spec))
  const channel = { name: 'security', type: 'slack', botToken, channel: 'C123', apiUrl: `${slack.url}/api` }
  const path = join(folder, 'tapistry.yaml')
  writeFileSync(
    path,
    JSON.stringify({
      dataDir: join(folder, 'data'),
      listen: '127.0.0.1:0',
      sources: [{ type: 'interface', name: monitor }],
      specs: [{ path: join(folder, 'shop.json') }],
      alerts: { channels: [channel], allowedNetworks: ['127.0.0.1'], publicUrl },
    }),
  )
  return path
}
