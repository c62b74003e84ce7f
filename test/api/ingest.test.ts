import { createHash } from 'node:crypto'
import { once } from 'node:events'
import { setImmediate } from 'node:timers/promises'
import { gzipSync, zstdCompressSync } from 'node:zlib'
import { describe, expect, test } from 'vitest'

import type { BodyEncoding, Ingest, IngestAnswer } from '../../src/api/view.ts'
import { TapistryError } from '../../src/base/errors.ts'
import { json, rawConnection, served } from './served.ts'

const path = '/api/v1/ingest/exchanges'
const line = '{"method":"GET","path":"/users/alice","host":"api.example.com"}\n'
const ndjson = { 'content-type': 'application/x-ndjson' }
const kept: IngestAnswer = { exchanges: 2, rejected: 1, rejectedBy: { no_method: { count: 1, firstLine: 3 } }, repeated: false }

describe('a body of exchanges', () => {
  test.each([
    ['as it is', {}, line, 'identity'],
    ['as it is, said so', { 'content-encoding': 'identity' }, line, 'identity'],
    ['in gzip', { 'content-encoding': 'gzip' }, gzipSync(line), 'gzip'],
    ['in gzip by its old name', { 'content-encoding': 'X-Gzip' }, gzipSync(line), 'gzip'],
    ['in zstd', { 'content-encoding': 'zstd' }, zstdCompressSync(line), 'zstd'],
    ['that is no gzip at all, and nobody here looks', { 'content-encoding': 'gzip' }, '\0\u{ff}{{{', 'gzip'],
    ['with parameters of its type', { 'content-type': 'Application/X-NDJSON; charset=utf-8' }, line, 'identity'],
    ['that is empty', {}, '', 'identity'],
  ] as const)('%s goes on as the bytes it came in', async (_, headers, body, encoding) => {
    const ingest = takingIngest()
    const server = await served({ ingest })
    const response = await fetch(server.url + path, { method: 'POST', headers: { ...ndjson, ...headers }, body })
    expect([response.status, response.headers.get('content-type')]).toEqual([200, 'application/json; charset=utf-8'])
    expect(await json(response)).toEqual(kept)
    expect(ingest.taken).toEqual([{ bytes: Buffer.from(body), encoding, key: null }])
  })

  test('of many chunks arrives whole, and without a length too', async () => {
    const ingest = hashingIngest()
    const server = await served({ ingest })
    const chunks = Array.from({ length: 200 }, (_, index) => Buffer.alloc(10_000, index))
    const body = new ReadableStream({
      async pull(controller) {
        const chunk = chunks[sent]
        sent += 1
        if (chunk === undefined) controller.close()
        else controller.enqueue(chunk)
        await setImmediate()
      },
    })
    let sent = 0
    const response = await fetch(server.url + path, { method: 'POST', headers: ndjson, body, duplex: 'half' })
    expect(response.status).toBe(200)
    expect(ingest.hash()).toBe(createHash('sha256').update(Buffer.concat(chunks)).digest('hex'))
  })

  test.each(['a', '"8e03978e-40d5-43e8-bc93-6894a57f9324"', 'x'.repeat(255)])('carries its Idempotency-Key: %s', async (key) => {
    const ingest = takingIngest({ ...kept, repeated: true })
    const server = await served({ ingest })
    const response = await fetch(server.url + path, { method: 'POST', headers: { ...ndjson, 'idempotency-key': key }, body: line })
    expect(await json(response)).toMatchObject({ repeated: true })
    expect(ingest.taken[0]?.key).toBe(key)
  })
})

describe('a body that is not taken', () => {
  const cases: ReadonlyArray<readonly [name: string, headers: Readonly<Record<string, string>>, status: number, problem: object, answered?: object]> = [
    ['of no type', {}, 415, { detail: expect.stringContaining('application/x-ndjson') }, { 'accept-post': expect.stringContaining('application/x-ndjson') }],
    ['of JSON', { 'content-type': 'application/json' }, 415, {}],
    ['of a form, as pages of other origins can send', { 'content-type': 'text/plain' }, 415, {}],
    ['of a type that is none', { 'content-type': ';;;' }, 415, {}],
    [
      'in a coding that nobody knows',
      { ...ndjson, 'content-encoding': 'br' },
      415,
      { errors: [{ pointer: '/header/content-encoding' }] },
      { 'accept-encoding': 'gzip, zstd' },
    ],
    ['in two codings', { ...ndjson, 'content-encoding': 'gzip, gzip' }, 415, {}],
    ['with an empty key', { ...ndjson, 'idempotency-key': '' }, 400, { errors: [{ pointer: '/header/idempotency-key' }] }],
    ['with a key that is too long', { ...ndjson, 'idempotency-key': 'x'.repeat(256) }, 400, { errors: [{ pointer: '/header/idempotency-key' }] }],
    ['with a key of two words', { ...ndjson, 'idempotency-key': 'a b' }, 400, {}],
    ['with a key beyond ASCII', { ...ndjson, 'idempotency-key': '\u{e9}' }, 400, {}],
    ['that is longer than allowed', { ...ndjson, 'x-pad': '' }, 413, { detail: expect.stringContaining('at most 1000 bytes') }],
    ['of another origin', { ...ndjson, origin: 'https://example.com' }, 403, {}],
  ]

  test.each(cases.map((row) => [row[0], row] as const))('%s', async (_, [name, headers, status, problem, answered = {}]) => {
    const ingest = takingIngest()
    const server = await served({ ingest }, { ingestBytesMax: 1000 })
    const body = new TextEncoder().encode(name.includes('longer') ? 'x'.repeat(1001) : line)
    const response = await fetch(server.url + path, { method: 'POST', headers, body })
    expect([response.status, response.headers.get('content-type')]).toEqual([status, 'application/problem+json'])
    expect(await json(response)).toMatchObject({ status, ...problem })
    expect(Object.fromEntries(response.headers)).toMatchObject(answered)
    expect(ingest.taken).toEqual([])
  })

  test('where no source takes any', async () => {
    const server = await served({ ingest: null })
    const response = await fetch(server.url + path, { method: 'POST', headers: ndjson, body: line })
    expect(response.status).toBe(404)
    expect(await json(response)).toMatchObject({ detail: expect.stringContaining('{ type: http }') as string })
  })

  test('where there is no room: it is told before the body is sent', async () => {
    const ingest = { ...takingIngest(), isFull: () => true }
    const server = await served({ ingest })
    const { socket, until } = await rawConnection(server.port)
    socket.write(head({ 'content-length': '50000000', 'expect': '100-continue' }))
    const text = await until((told) => told.includes('\r\n\r\n'))
    expect(text).toMatch(/^HTTP\/1\.1 429 .*\r\nretry-after: 1\r\n/is)
  })

  test('where it says that it is longer than allowed: before it is sent too', async () => {
    const server = await served({ ingest: takingIngest() }, { ingestBytesMax: 1000 })
    const { socket, until } = await rawConnection(server.port)
    socket.write(head({ 'content-length': '1001', 'expect': '100-continue' }))
    expect(await until((told) => told.includes('\r\n\r\n'))).toMatch(/^HTTP\/1\.1 413 /)
  })

  test('where it grows beyond what is allowed, whatever the taker makes of it', async () => {
    const ingest = { ...takingIngest(), take: swallowing }
    const server = await served({ ingest }, { ingestBytesMax: 1000 })
    const { socket, until } = await rawConnection(server.port)
    socket.write(`${head({ 'transfer-encoding': 'chunked' })}${'64\r\n' + 'x'.repeat(100) + '\r\n'}`)
    for (let chunk = 0; chunk < 10; chunk += 1) socket.write(`64\r\n${'x'.repeat(100)}\r\n`)
    const text = await until((told) => told.includes('at most 1000 bytes'))
    expect(text).toMatch(/^HTTP\/1\.1 413 /)
    // What still comes of it is thrown away, more than would be held for a reader, and the connection goes on.
    for (let chunk = 0; chunk < 20; chunk += 1) socket.write(`186a0\r\n${'x'.repeat(100_000)}\r\n`)
    socket.write('0\r\n\r\nGET /healthz HTTP/1.1\r\nHost: localhost\r\n\r\n')
    await until((told) => told.includes('{"alive":true}'))
  })

  test.each([
    [new TapistryError('INPUT', 'the body is no gzip: it unfolds beyond 64 MiB'), 400, 'beyond 64 MiB', null],
    [new TapistryError('USAGE', 'another body was kept'), 422, 'another body was kept', null],
    [new TapistryError('STORAGE', 'the disk is full'), 503, 'the disk is full', '1'],
    [new TypeError('alice'), 500, 'a defect of ours', null],
  ])('where the taker refuses: %s', async (thrown, status, detail, retryAfter) => {
    const server = await served({ ingest: { ...takingIngest(), take: async () => Promise.reject(thrown) } })
    const response = await fetch(server.url + path, {
      method: 'POST',
      headers: { ...ndjson, 'content-encoding': 'gzip' },
      body: gzipSync(Buffer.alloc(1_000_000)),
    })
    expect([response.status, response.headers.get('retry-after')]).toEqual([status, retryAfter])
    expect(await json(response)).toMatchObject({ detail: expect.stringContaining(detail) as string })
    expect(server.lines.join('')).not.toContain('alice')
  })
})

describe('on the way', () => {
  test('a client that asks hears that its body is wanted', async () => {
    const ingest = takingIngest()
    const server = await served({ ingest })
    const { socket, until } = await rawConnection(server.port)
    socket.write(head({ 'content-length': String(line.length), 'expect': '100-continue' }))
    expect(await until((told) => told.includes('\r\n\r\n'))).toBe('HTTP/1.1 100 Continue\r\n\r\n')
    socket.write(line)
    await until((told) => told.includes('"exchanges":2'))
    expect(ingest.taken).toEqual([{ bytes: Buffer.from(line), encoding: 'identity', key: null }])
  })

  test('a client that goes away is an error to the taker, and none of ours', async () => {
    const problems: unknown[] = []
    let begun = false
    const ingest: Ingest = {
      isFull: () => false,
      take: async (body) => {
        try {
          for await (const chunk of body) begun = chunk.length > 0
        } catch (thrown) {
          problems.push(thrown)
          throw thrown
        }
        return kept
      },
    }
    const server = await served({ ingest })
    const { socket, ended } = await rawConnection(server.port)
    socket.write(`${head({ 'content-length': '1000' })}half of it`)
    await waitFor(() => begun)
    socket.destroy()
    await ended
    await waitFor(() => problems.length > 0)
    expect(problems[0]).toMatchObject({ problem: { status: 400 } })
    expect(server.lines.filter((text) => text.includes('"level":"error"'))).toEqual([])
  })

  test('a taker that takes nothing lets nothing in: the socket is read as the chunks are', async () => {
    let go: () => void = () => undefined
    const gate = new Promise<void>((resolve) => (go = resolve))
    const ingest: Ingest = {
      isFull: () => false,
      take: async (body) => {
        await gate
        for await (const chunk of body) void chunk
        return kept
      },
    }
    const server = await served({ ingest })
    const bytes = 32 * 2 ** 20
    const { socket, until } = await rawConnection(server.port)
    socket.write(head({ 'content-length': String(bytes) }))
    let written = 0
    const piece = Buffer.alloc(2 ** 20)
    // Until what the kernel holds for both ends is full.
    while (written < bytes) {
      written += piece.length
      if (!socket.write(piece) && !(await drained(socket))) break
    }
    expect(written).toBeLessThan(bytes)
    go()
    for (; written < bytes; written += piece.length) socket.write(piece)
    await until((told) => told.includes('"exchanges":2'))
  })
})

/** The head of a POST of exchanges. */
function head(headers: Readonly<Record<string, string>>): string {
  const fields = Object.entries({ host: 'localhost', ...ndjson, ...headers }).map(([name, value]) => `${name}: ${value}\r\n`)
  return `POST ${path} HTTP/1.1\r\n${fields.join('')}\r\n`
}

interface TakingIngest extends Ingest {
  readonly taken: Array<{ readonly bytes: Buffer; readonly encoding: BodyEncoding; readonly key: string | null }>
}

function takingIngest(answer: IngestAnswer = kept): TakingIngest {
  const taken: TakingIngest['taken'] = []
  return {
    taken,
    isFull: () => false,
    take: async (body, encoding, key) => {
      const chunks: Uint8Array[] = []
      for await (const chunk of body) chunks.push(chunk)
      taken.push({ bytes: Buffer.concat(chunks), encoding, key })
      return answer
    },
  }
}

function hashingIngest(): Ingest & { hash(): string } {
  const hash = createHash('sha256')
  return {
    isFull: () => false,
    take: async (body) => {
      for await (const chunk of body) hash.update(chunk)
      return kept
    },
    hash: () => hash.digest('hex'),
  }
}

/** A taker that hides why it could not read. */
async function swallowing(body: AsyncIterable<Uint8Array>): Promise<IngestAnswer> {
  try {
    for await (const chunk of body) void chunk
    return kept
  } catch {
    throw new TapistryError('ENGINE', 'something')
  }
}

/** Whether a full socket has room again within a while. */
async function drained(socket: NodeJS.EventEmitter): Promise<boolean> {
  const abort = new AbortController()
  const timer = setTimeout(() => abort.abort(), 200)
  try {
    await once(socket, 'drain', { signal: abort.signal })
    return true
  } catch {
    return false
  } finally {
    clearTimeout(timer)
  }
}

async function waitFor(holds: () => boolean): Promise<void> {
  while (!holds()) await setImmediate()
}
