import { once } from 'node:events'
import { describe, expect, test } from 'vitest'

import { until as waitUntil } from '../e2e/until.ts'
import { rawConnection, served } from './served.ts'

const ingest = { isFull: () => false, take: async () => Promise.reject(new Error('nobody takes it')) }
/** More than the buffers of both ends hold. */
const body = Buffer.alloc(32 * 2 ** 20, 'x')

function head(fields: Readonly<Record<string, string>>): string {
  const all = { 'host': 'localhost', 'content-type': 'application/x-ndjson', 'content-length': String(body.length), ...fields }
  const lines = Object.entries(all).map(([name, value]) => `${name}: ${value}\r\n`)
  return `POST /api/v1/ingest/exchanges HTTP/1.1\r\n${lines.join('')}\r\n`
}

describe.each(['close', 'keep-alive'])('a client that sends all of a body before it reads anything hears the refusal, with connection: %s,', (connection) => {
  const cases: ReadonlyArray<readonly [name: string, view: Parameters<typeof served>[0], fields: Record<string, string>, status: number]> = [
    ['of what is too long', { ingest }, {}, 413],
    ['for want of room', { ingest: { ...ingest, isFull: () => true } }, {}, 429],
    ['of another type', { ingest }, { 'content-type': 'text/plain' }, 415],
    ['where nobody takes any', { ingest: null }, {}, 404],
    ['of another host', { ingest }, { host: 'example.com' }, 421],
  ]
  test.each(cases)('%s', async (_, view, fields, status) => {
    const server = await served(view, { ingestBytesMax: 1000 })
    const { socket, until, ended } = await rawConnection(server.port)
    socket.pause()
    socket.write(head({ connection, ...fields }))
    const { promise: written, resolve } = Promise.withResolvers<Error | null>()
    socket.write(body, (error) => resolve(error ?? null))
    expect(await Promise.race([written, once(socket, 'close')])).toBeNull()
    socket.resume()
    const text = connection === 'close' ? await ended : await until((told) => told.includes(`"status":${status}`))
    expect(text).toMatch(new RegExp(`^HTTP/1.1 ${status} [\\s\\S]*"status":${status},`))
    const discarded = `tapistry_api_discarded_bytes_total ${body.length}\n`
    await waitUntil(async () => (await (await fetch(`${server.url}/metrics`)).text()).includes(discarded))
  })
})

describe('what a refused client still sends is read', () => {
  test('no longer than for a while without a byte', async () => {
    const server = await served({ ingest }, { ingestBytesMax: 1000, lingerIdleMs: 20 })
    const { socket, ended } = await rawConnection(server.port)
    socket.write(head({}))
    expect(await ended).toMatch(/^HTTP\/1.1 413 [\s\S]*"status":413,/)
  })

  test('no longer than for a while in all', async () => {
    const server = await served({ ingest }, { ingestBytesMax: 1000, lingerMs: 50 })
    const { socket, ended } = await rawConnection(server.port)
    socket.write(head({}))
    const dripping = setInterval(() => socket.write('x'), 5)
    expect(await ended).toMatch(/^HTTP\/1.1 413 [\s\S]*"status":413,/)
    clearInterval(dripping)
  })

  test('up to some bytes', async () => {
    const server = await served({ ingest }, { ingestBytesMax: 1000, lingerBytesMax: 10_000 })
    const { socket, ended } = await rawConnection(server.port)
    socket.write(head({ 'content-length': '1000000000' }))
    socket.write(Buffer.alloc(20_000))
    expect(await ended).toMatch(/^HTTP\/1.1 413 [\s\S]*"status":413,/)
  })
})
