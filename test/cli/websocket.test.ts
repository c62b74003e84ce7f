import { once } from 'node:events'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { createServer, connect as connectHttp2 } from 'node:http2'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'

import type { InventoryDocument } from '../../src/inventory/document.ts'
import { frameOf, pcapOf, segmentsOf } from '../traffic/capture_writer.ts'
import type { Turn } from '../traffic/conversation.ts'
import { openRecordingProxy, portOf } from '../traffic/recording_proxy.ts'
import { run } from './run.ts'

let folder = ''
let input = ''

const said = Buffer.from('{"orderId":7}')
/** Text, unmasked and masked with zeros. */
const [fromServer, fromClient] = [Buffer.from([0x81, said.length]), Buffer.from([0x81, 0x80 | said.length, 0, 0, 0, 0])].map((head) =>
  Buffer.concat([head, said]),
)

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'tapistry-websocket-'))
  input = join(folder, 'sockets.pcap')
  const connections = [overHttp1('/orders/live'), await overHttp2()]
  const frames = connections.flatMap((turns, index) =>
    segmentsOf({ clientPort: 40_001 + index, turns, exchanges: [] }, () => 1400).map((segment) => frameOf(segment, 40_001 + index)),
  )
  writeFileSync(input, pcapOf(frames.map((bytes, index) => ({ timeUs: 1_000_000 + index, bytes }))))
})
afterAll(() => rmSync(folder, { recursive: true, force: true }))

/** As it goes over the wire after an upgrade. */
function overHttp1(path: string): readonly Turn[] {
  const asks = `GET ${path} HTTP/1.1\r\nHost: api.example.com\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n`
  const agrees = 'HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nSec-WebSocket-Accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo=\r\n\r\n'
  return [
    { from: 'client', bytes: Buffer.from(asks) },
    { from: 'server', bytes: Buffer.from(agrees) },
    { from: 'client', bytes: fromClient! },
    { from: 'server', bytes: fromServer! },
  ]
}

/** As Node speaks it (RFC 8441). */
async function overHttp2(): Promise<readonly Turn[]> {
  const server = createServer({ settings: { enableConnectProtocol: true } })
  server.on('stream', (stream) => {
    stream.respond({ ':status': 200 })
    stream.once('data', () => stream.end(fromServer))
  })
  await once(server.listen(0, '127.0.0.1'), 'listening')
  const proxy = await openRecordingProxy(portOf(server))
  const session = connectHttp2(`http://127.0.0.1:${proxy.port}`)
  try {
    await once(session, 'remoteSettings')
    const stream = session.request({
      ':method': 'CONNECT',
      ':protocol': 'websocket',
      ':scheme': 'http',
      ':path': '/orders/live',
      ':authority': 'api.example.com',
    })
    stream.end(fromClient)
    stream.resume()
    await once(stream, 'end')
  } finally {
    session.destroy()
    proxy.close()
    server.close()
  }
  return [...proxy.turns]
}

test('a connection over HTTP/2 is one more of the endpoint that HTTP/1 upgrades', async () => {
  const { out } = await run(['scan', input, '--format', 'json'])
  const { services } = JSON.parse(out) as InventoryDocument
  expect(services.map(({ name, quarantined, unread }) => ({ name, quarantined, unread }))).toEqual([{ name: 'api.example.com', quarantined: 0, unread: 0 }])
  const [endpoint, ...others] = services[0]!.endpoints
  expect(others).toEqual([])
  expect(endpoint).toMatchObject({ method: 'GET', template: '/orders/live', kind: 'websocket', exchanges: 2, statuses: { 101: 1, 200: 1 } })
  expect(JSON.stringify(endpoint!.request)).toContain('orderId')
})

test('a line shows the handshake as it was, and counts what came after it', async () => {
  const { out } = await run(['exchanges', input])
  const lines = out
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line) as { protocol: string; request: { method: string }; webSocket: unknown; weirds: string[] })
  const counts = { frames: 1, messages: 1, bytes: said.length, text: 1, binary: 0 }
  const webSocket = { client: counts, server: counts }
  expect(lines).toMatchObject([
    { protocol: 'http/1.1', request: { method: 'GET' }, webSocket, weirds: [] },
    { protocol: 'h2', request: { method: 'CONNECT' }, webSocket, weirds: [] },
  ])
})

test('what messages of GraphQL ask for are operations of their own', async () => {
  const subscribe = { id: '1', type: 'subscribe', payload: { query: 'subscription OnOrder { order { id } }', variables: { orderId: 'Tok3n-482913-zqxj' } } }
  const message = Buffer.from(JSON.stringify(subscribe))
  const head = [0x81, 0x80 | 126, message.length >> 8, message.length & 0xff, 0, 0, 0, 0]
  const bytes = Buffer.concat([Buffer.from(head), message])
  const [asks, agrees] = overHttp1('/graphql')
  const turns: readonly Turn[] = [asks!, agrees!, { from: 'client', bytes }, { from: 'server', bytes: fromServer! }, { from: 'client', bytes }]
  const graphql = join(folder, 'graphql.pcap')
  const frames = segmentsOf({ clientPort: 40_009, turns, exchanges: [] }, () => 1400).map((segment) => frameOf(segment, 40_009))
  writeFileSync(graphql, pcapOf(frames.map((frame, index) => ({ timeUs: 1_000_000 + index, bytes: frame }))))
  const { out } = await run(['scan', graphql, '--format', 'json'])
  const { services, visibility } = JSON.parse(out) as InventoryDocument
  expect(
    services[0]!.endpoints.map(({ method, template, kind, operationId, exchanges }) => [method, template, kind, operationId, exchanges].join(' ')),
  ).toEqual(['GET /graphql websocket  1', 'GET /graphql graphql subscription OnOrder 2'])
  expect(services[0]!.endpoints[1]).toMatchObject({ firstSeen: '1970-01-01T00:00:01.000Z', clients: { distinct: 1 } })
  expect(visibility.http).toMatchObject({ exchanges: 3, inEndpoints: 3 })
  const { out: lines } = await run(['exchanges', graphql])
  expect(JSON.parse(lines)).toMatchObject({ operation: { kind: 'graphql', name: 'subscription OnOrder' }, webSocket: { client: { messages: 2 } } })
  expect(out + lines).not.toContain('Tok3n')
})
