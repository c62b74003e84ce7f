import { createSocket } from 'node:dgram'
import { once } from 'node:events'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { createServer, type AddressInfo, type Server, type Socket } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createServer as createTlsServer, getCACertificates, setDefaultCACertificates } from 'node:tls'
import { expect, onTestFinished, test } from 'vitest'

import { addressGuard } from '../../src/alert/addresses.ts'
import type { Outcome } from '../../src/alert/channel.ts'
import { syslog, type Syslog } from '../../src/alert/channels/syslog.ts'
import type { AlertMessage } from '../../src/alert/message.ts'
import { tapistryVersion } from '../../src/base/version.ts'
import { until } from '../e2e/until.ts'
import { makeCertificates } from '../source/kafka/certificates.ts'
import { digestItems, sampleItem, sampleMessage } from './sample_channel.ts'

function deliver(message: AlertMessage, port: number, more: Partial<Syslog> = {}): Promise<Outcome> {
  const options: Syslog = { host: '127.0.0.1', port, protocol: 'tcp', mayReach: addressGuard(['127.0.0.1'], ''), timeoutMs: 5_000, ...more }
  return syslog(options, 'https://t.example.com').deliver(message, new AbortController().signal)
}

/** A collector: what it is sent until its sender ends, then it closes. */
async function collector(server: Server, onSocket: (socket: Socket) => void = () => undefined): Promise<{ port: number; text: () => string }> {
  let text = ''
  const event = 'setSecureContext' in server ? 'secureConnection' : 'connection'
  server.on(event, (socket: Socket) => {
    socket.on('error', () => undefined)
    socket.on('data', (chunk: Buffer) => (text += chunk.toString('utf8')))
    onSocket(socket)
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  onTestFinished(() => void server.close())
  return { port: (server.address() as AddressInfo).port, text: () => text }
}

/** By octet counts (RFC 6587), as RFC 5424 and CEF write them. */
function parsed(text: string) {
  const frames: string[] = []
  for (let rest = Buffer.from(text); rest.length > 0;) {
    const space = rest.indexOf(' ')
    const length = Number(rest.subarray(0, space).toString())
    expect(length).toBeGreaterThan(0)
    frames.push(rest.subarray(space + 1, space + 1 + length).toString())
    rest = rest.subarray(space + 1 + length)
  }
  return frames.map(frameOf)
}

function frameOf(frame: string) {
  const [, priority = '', time = '', cef = ''] = /^<(\d{1,3})>1 (\S+) \S+ tapistry - alert - (CEF:.*)$/.exec(frame) ?? []
  const header = cef.split(/(?<!\\)\|/)
  const fields = new Map(
    [...(header[7] ?? '').matchAll(/(\w+)=((?:\\.|[^\\=])*?)(?=\s\w+=|$)/g)].map(([, key = '', value = '']) => [key, value.replaceAll(/\\([\\=])/g, '$1')]),
  )
  return { priority: Number(priority), time, header: header.slice(0, 7).map((part) => part.replaceAll(/\\([\\|])/g, '$1')), fields }
}

test('a finding is a line of CEF, and a digest is as many', async () => {
  const { port, text } = await collector(createServer())
  const odd = sampleItem({ title: 'GET a|b\\c=d\nnext', owner: 'team=a', endpoint: { id: 'ep_1', method: 'GET', template: '/a=b', operation: null } })
  expect(await deliver(sampleMessage([odd]), port)).toEqual({ kind: 'sent', reference: null })
  const [line, ...none] = parsed(text())
  expect(none).toEqual([])
  expect(line).toMatchObject({
    priority: 16 * 8 + 3,
    time: '2026-03-02T09:00:00.000Z',
    header: ['CEF:0', 'Tapistry', 'Tapistry', tapistryVersion(), 'inv.shadow-service', 'GET a|b\\c=d next', '8'],
  })
  expect(Object.fromEntries(line?.fields ?? [])).toMatchObject({
    rt: '1772442000000',
    externalId: 'fnd_1',
    cat: 'opened',
    outcome: 'open',
    dhost: 'shop.example.com',
    requestMethod: 'GET',
    request: 'https://t.example.com/api/v1/endpoints/ep_1',
    start: '1772441940000',
    end: '1772442000000',
    cnt: '120',
    cs1Label: 'key',
    cs1: 'alert_0123456789abcdef',
    cs3: '/a=b',
    cs4: 'email,payment_card',
    cs5: 'team=a',
  })
})

test('digests, what is resolved, and tests are taken', async () => {
  const { port, text } = await collector(createServer())
  await deliver(sampleMessage(digestItems), port)
  expect(parsed(text()).map(({ header }) => header[6])).toEqual(['10', ...digestItems.slice(1).map(({ severity }) => (severity === 'high' ? '8' : '3'))])
  const one = await collector(createServer())
  await deliver(sampleMessage([sampleItem({ what: 'resolved' })]), one.port)
  await deliver(sampleMessage([], { isTest: true }), one.port)
  expect(parsed(one.text()).map(({ header, fields }) => [header[4], fields.get('outcome')])).toEqual([
    ['inv.shadow-service', 'resolved'],
    ['test', undefined],
  ])
})

test('datagrams have no counts', async () => {
  const socket = createSocket('udp4')
  socket.bind(0, '127.0.0.1')
  await once(socket, 'listening')
  onTestFinished(() => void socket.close())
  const got: string[] = []
  socket.on('message', (chunk) => got.push(chunk.toString('utf8')))
  expect(await deliver(sampleMessage(digestItems.slice(0, 3)), socket.address().port, { protocol: 'udp' })).toEqual({ kind: 'sent', reference: null })
  await until(() => got.length === 3)
  expect(got.map((frame) => frameOf(frame).header[0])).toEqual(['CEF:0', 'CEF:0', 'CEF:0'])
})

test('over TLS a collector is spoken to whose certificate is trusted, and no other', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'tapistry-syslog-'))
  const trusted = getCACertificates('default')
  onTestFinished(() => {
    setDefaultCACertificates(trusted)
    rmSync(folder, { recursive: true, force: true })
  })
  const { ca, server } = makeCertificates(folder)
  const pem = readFileSync(server)
  const { port, text } = await collector(createTlsServer({ cert: pem, key: pem }))
  expect(await deliver(sampleMessage(), port, { protocol: 'tls' })).toEqual({
    kind: 'later',
    problem: '127.0.0.1: its certificate is not trusted',
    afterMs: null,
  })
  expect(text()).toBe('')
  setDefaultCACertificates([readFileSync(ca, 'utf8')])
  expect(await deliver(sampleMessage(), port, { protocol: 'tls' })).toEqual({ kind: 'sent', reference: null })
  expect(parsed(text())).toHaveLength(1)
})

test('a collector that does not read, goes away, or may not be reached is tried again', async () => {
  const silent = await collector(createServer({ allowHalfOpen: true }))
  expect(await deliver(sampleMessage(), silent.port, { timeoutMs: 200 })).toEqual({
    kind: 'later',
    problem: '127.0.0.1: it did not take all of it within 0.2 s',
    afterMs: null,
  })
  const rude = await collector(createServer(), (socket) => socket.resetAndDestroy())
  expect(await deliver(sampleMessage(), rude.port)).toEqual({
    kind: 'later',
    problem: '127.0.0.1: the connection was ended before an answer came',
    afterMs: null,
  })
  const server = createServer()
  const { port } = await collector(server)
  const closed = addressGuard([], '')
  for (const protocol of ['tcp', 'tls', 'udp'] as const) {
    for (const host of ['127.0.0.1', 'localhost'])
      expect(await deliver(sampleMessage(), port, { protocol, host, mayReach: closed })).toMatchObject({
        kind: 'later',
        problem: expect.stringMatching(/allowedNetworks/),
      })
  }
  server.close()
  await once(server, 'close')
  expect(await deliver(sampleMessage(), port)).toEqual({ kind: 'later', problem: '127.0.0.1: nothing listens there', afterMs: null })
})
