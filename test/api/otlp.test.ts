import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { gzipSync } from 'node:zlib'

import { describe, expect, onTestFinished, test } from 'vitest'

import { TapistryError } from '../../src/base/errors.ts'
import { httpSource, type HttpSource } from '../../src/source/http.ts'
import { memorySink, type MemorySink } from '../source/memory_sink.ts'
import { engine } from '../source/receiving.ts'
import { json, rawConnection, served, type Served } from './served.ts'

const requests = join(import.meta.dirname, '../../native/logs/tests/otlp')
const request = (name: string): Buffer => readFileSync(join(requests, name))
const types = { protobuf: 'application/x-protobuf', json: 'application/json' } as const

/** A server with a source of type http behind it, which runs until the test ends; what is offered is kept when `kept` says so. */
async function ingesting(kept: () => Promise<void> = () => Promise.resolve()): Promise<Served & { readonly source: HttpSource; readonly sink: MemorySink }> {
  const source = httpSource(engine, Date.now)
  const memory = memorySink()
  const sink: MemorySink = {
    ...memory,
    async offer(read) {
      await memory.offer(read)
      await kept()
    },
  }
  const stopping = new AbortController()
  const running = source.run(sink, stopping.signal)
  onTestFinished(async () => {
    stopping.abort()
    await running
  })
  return { ...(await served({ otlp: source })), source, sink }
}

function post(url: string, path: string, type: string, body: Uint8Array, headers: Record<string, string> = {}): Promise<Response> {
  return fetch(url + path, { method: 'POST', headers: { 'content-type': type, ...headers }, body: new Uint8Array(body) })
}

/** A field of Protocol Buffers that holds a text or a message of less than 128 bytes. */
const field = (number: number, inside: string | Buffer): Buffer => Buffer.concat([Buffer.from([(number << 3) | 2, inside.length]), Buffer.from(inside)])

describe('an export request of OTLP', () => {
  test('of traces is kept, and what is no exchange of HTTP is told', async () => {
    const { url, source, sink } = await ingesting()
    const message = '1 path_missing, 1 status_bad'
    const asJson = await post(url, '/v1/traces', types.json, request('traces.json'))
    expect([asJson.status, asJson.headers.get('content-type')]).toEqual([200, 'application/json'])
    expect(await json(asJson)).toEqual({ partialSuccess: { rejectedSpans: '2', errorMessage: message } })
    const asProtobuf = await post(url, '/v1/traces', types.protobuf, request('traces.pb'))
    expect([asProtobuf.status, asProtobuf.headers.get('content-type')]).toEqual([200, 'application/x-protobuf'])
    expect(Buffer.from(await asProtobuf.arrayBuffer())).toEqual(field(1, Buffer.concat([Buffer.from([8, 2]), field(2, message)])))
    expect(source.counts()).toMatchObject({ 'bodies': 2, 'lines': 20, 'exchanges': 10, 'rejectedBy.client_span': 2, 'rejectedBy.other_event': 4 })
    expect(sink.services()).toEqual(['[2001:db8::1]', 'cdn.example.com', 'checkout', 'old.example.com:8080', 'shop.example.com:8443'])
  })

  test('of logs has lines of access logs, and no warning for what applications log', async () => {
    const { url, sink } = await ingesting()
    const asJson = await post(url, '/v1/logs', `${types.json}; charset=utf-8`, request('logs.json'))
    expect(await asJson.text()).toBe('{}')
    const asProtobuf = await post(url, '/v1/logs', types.protobuf, gzipSync(request('logs.pb')), { 'content-encoding': 'gzip' })
    expect([asProtobuf.status, (await asProtobuf.arrayBuffer()).byteLength]).toEqual([200, 0])
    expect([sink.exchanges(), sink.services()]).toEqual([10, ['edge', 'events.example.com', 'json.example.com', 'nginx.example.com']])
  })

  test('is answered when it is kept, and not before', async () => {
    const keeping = Promise.withResolvers<void>()
    const { url, sink } = await ingesting(() => keeping.promise)
    let isAnswered = false
    const answer = post(url, '/v1/traces', types.protobuf, request('traces.pb')).finally(() => (isAnswered = true))
    while (sink.exchanges() === 0) await sleep(5)
    await sleep(50)
    expect(isAnswered).toBe(false)
    keeping.resolve()
    expect((await answer).status).toBe(200)
  })
})

describe('an export request that comes again', () => {
  test('adds nothing and has the first answer, also while the first is being kept', async () => {
    const keeping = Promise.withResolvers<void>()
    const { url, source, sink } = await ingesting(() => keeping.promise)
    const first = post(url, '/v1/traces', types.protobuf, request('traces.pb'))
    while (sink.exchanges() === 0) await sleep(5)
    const second = post(url, '/v1/traces', types.protobuf, request('traces.pb'))
    await sleep(50)
    keeping.resolve()
    const third = await post(url, '/v1/traces', types.protobuf, request('traces.pb'))
    const [one, ...others] = await Promise.all([await first, await second, third].map(async (response) => Buffer.from(await response.arrayBuffer())))
    expect(others).toEqual([one, one])
    expect([sink.exchanges(), source.counts()]).toEqual([5, expect.objectContaining({ bodies: 1, bodiesRepeated: 2, exchanges: 5 })])
  })

  test('as the other signal, or with other bytes, is another one', async () => {
    const { url, sink } = await ingesting()
    const body = request('logs.json')
    for (const sent of [body, Buffer.concat([body, Buffer.from('\n')])]) expect((await post(url, '/v1/logs', types.json, sent)).status).toBe(200)
    expect(sink.exchanges()).toBe(10)
  })
})

describe('a refusal of OTLP', () => {
  const bomb = gzipSync(Buffer.alloc(64 * 2 ** 20, ' '))
  const cases: ReadonlyArray<readonly [name: string, type: string, body: Uint8Array, headers: Record<string, string>, status: number, message: string]> = [
    ['bytes that are no message', types.protobuf, Buffer.from('\n\u0005abc'), {}, 400, 'it is not in the wire format of Protocol Buffers (protobuf_bad)'],
    ['text that is no JSON', types.json, Buffer.from('{"resourceSpans":[{]}'), {}, 400, 'it is not JSON (not_json)'],
    ['a list', types.json, Buffer.from('[1]'), {}, 400, 'it is JSON, but no object (not_object)'],
    ['a text', types.json, Buffer.from('"spans"'), {}, 400, 'it is JSON, but no object (not_object)'],
    [
      'groups that are no list',
      types.json,
      Buffer.from('{"resourceSpans":{"scopeSpans":[]}}'),
      {},
      400,
      'no list where the list of its resources stands (wrong_type)',
    ],
    ['nested lists without end', types.json, Buffer.from(`{"resourceSpans":${'['.repeat(100_000)}`), {}, 400, 'nested too deeply (too_deep)'],
    ['gzip that is cut', types.json, gzipSync('{}').subarray(0, 12), { 'content-encoding': 'gzip' }, 400, 'not what their Content-Encoding says'],
    ['gzip that grows without end', types.json, bomb, { 'content-encoding': 'gzip' }, 400, 'more than 16 MiB when it is decoded'],
    ['a coding that is not known', types.json, Buffer.from('{}'), { 'content-encoding': 'zstd' }, 415, 'the Content-Encoding is gzip or none'],
    ['more than is taken', types.json, Buffer.alloc(16 * 2 ** 20 + 1, ' '), {}, 413, 'a body has at most 16777216 bytes'],
  ]
  test.each(cases)('of %s is a Status in the form of the request, and nothing is kept', async (_, type, body, headers, status, message) => {
    const { url, sink } = await ingesting()
    const response = await post(url, '/v1/traces', type, body, headers)
    expect([response.status, response.headers.get('content-type')]).toEqual([status, type])
    const text = Buffer.from(await response.arrayBuffer())
    if (type === types.json) expect(JSON.parse(text.toString())).toEqual({ message: expect.stringContaining(message) as string })
    else expect([text[0], text[1], text.subarray(2).toString()]).toEqual([0x12, text.length - 2, expect.stringContaining(message)])
    expect(sink.exchanges()).toBe(0)
  })

  test('of a type without a form is a problem, of a source that is not there a Status', async () => {
    const { url } = await ingesting()
    const other = await post(url, '/v1/traces', 'text/plain', Buffer.from('{}'))
    expect([other.status, other.headers.get('accept-post')]).toEqual([415, 'application/x-protobuf, application/json'])
    expect(other.headers.get('content-type')).toBe('application/problem+json')
    const none = await served()
    const missing = await post(none.url, '/v1/logs', types.json, Buffer.from('{}'))
    expect([missing.status, await json(missing)]).toEqual([404, { message: expect.stringContaining('no source of type http') as string }])
  })

  test('for want of room says when to come again, and room comes back', async () => {
    const { url, port, source } = await ingesting()
    const slow = await Promise.all(Array.from({ length: 8 }, () => rawConnection(port)))
    const head = `POST /v1/traces HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Type: ${types.json}\r\nContent-Length: 2\r\n\r\n{`
    for (const { socket } of slow) socket.write(head)
    while (!source.isFull()) await sleep(5)
    const refused = await post(url, '/v1/traces', types.json, request('traces.json'))
    expect([refused.status, refused.headers.get('retry-after'), await json(refused)]).toEqual([429, '1', { message: expect.any(String) as string }])
    slow[0]?.socket.destroy()
    for (const { socket } of slow.slice(1)) socket.write('}')
    await Promise.all(slow.slice(1).map(({ until }) => until((text) => text.startsWith('HTTP/1.1 200 ') && text.endsWith('{}'))))
    while (source.isFull() || source.counts()['bodiesBroken'] === 0) await sleep(5)
    expect((await post(url, '/v1/traces', types.json, request('traces.json'))).status).toBe(200)
    expect(source.counts()).toMatchObject({ bodies: 2, bodiesRepeated: 6, bodiesBroken: 1 })
  })

  test('of what cannot be kept says when to come again', async () => {
    const kept = (): Promise<void> => Promise.reject(new TapistryError('STORAGE', 'the disk is full'))
    const { url } = await ingesting(kept)
    const response = await post(url, '/v1/logs', types.json, request('logs.json'))
    expect([response.status, response.headers.get('retry-after'), await json(response)]).toEqual([503, '1', { message: 'the disk is full' }])
  })
})
