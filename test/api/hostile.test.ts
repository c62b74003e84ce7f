import { setImmediate } from 'node:timers/promises'
import { describe, expect, test } from 'vitest'

import type { InventoryDocument } from '../../src/inventory/document.ts'
import { sampleEndpoint, sampleReport, sampleService } from '../output/sample_report.ts'
import { rawConnection, served } from './served.ts'

describe('bytes that are no request', () => {
  const cases: ReadonlyArray<readonly [name: string, bytes: string, status: number]> = [
    ['of nothing known', '\0\0\0\0\r\n\r\n', 400],
    ['of TLS', '\u{16}\u{3}\u{1}\0\u{a5}\u{1}', 400],
    ['with a length that is none', 'GET /healthz HTTP/1.1\r\nHost: localhost\r\nContent-Length: ten\r\n\r\n', 400],
    ['with two lengths', 'POST /healthz HTTP/1.1\r\nHost: localhost\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\n', 400],
    ['with a length and chunks', 'POST /healthz HTTP/1.1\r\nHost: localhost\r\nContent-Length: 4\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n', 400],
    ['with a folded field', 'GET /healthz HTTP/1.1\r\nHost: localhost\r\nA: b\r\n c\r\n\r\n', 400],
    ['with a space before the colon', 'GET /healthz HTTP/1.1\r\nHost : localhost\r\n\r\n', 400],
    ['with NUL in a field', 'GET /healthz HTTP/1.1\r\nHost: localhost\r\nA: b\0c\r\n\r\n', 400],
    ['with a long target', `GET /${'x'.repeat(20_000)} HTTP/1.1\r\nHost: localhost\r\n\r\n`, 431],
    ['with a long field', `GET /healthz HTTP/1.1\r\nHost: localhost\r\nA: ${'x'.repeat(20_000)}\r\n\r\n`, 431],
    ['with many fields', `GET /healthz HTTP/1.1\r\nHost: localhost\r\n${'a: b\r\n'.repeat(4000)}\r\n`, 431],
  ]

  test.each(cases)('%s', async (_, bytes, status) => {
    const server = await served()
    const { socket, ended } = await rawConnection(server.port)
    socket.write(bytes, 'latin1')
    const text = await ended
    expect(text).toMatch(new RegExp(`^HTTP/1.1 ${status} [\\s\\S]*content-type: application/problem\\+json\r\n[\\s\\S]*"status":${status},`))
    expect(text).toContain('x-content-type-options: nosniff')
  })
})

describe('clients that are slow', () => {
  test('to say what they want hear 408', async () => {
    const server = await served({}, { headTimeoutMs: 20, requestTimeoutMs: 60_000, checkIntervalMs: 10 })
    const { socket, ended } = await rawConnection(server.port)
    socket.write('GET /healthz HTTP/1.1\r\nHost: local')
    expect(await ended).toMatch(/^HTTP\/1.1 408 [\s\S]*"status":408,/)
  })

  test('with a body hear 408, and the taker of it an error', async () => {
    const problems: unknown[] = []
    const take = async (body: AsyncIterable<Uint8Array>): Promise<never> => {
      try {
        for await (const chunk of body) void chunk
      } catch (thrown) {
        problems.push(thrown)
        throw thrown
      }
      throw new Error('it came whole')
    }
    const server = await served({ ingest: { isFull: () => false, take } }, { headTimeoutMs: 20, requestTimeoutMs: 40, checkIntervalMs: 10 })
    const { socket, ended } = await rawConnection(server.port)
    socket.write('POST /api/v1/ingest/exchanges HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/x-ndjson\r\nContent-Length: 1000\r\n\r\n{')
    expect(await ended).toMatch(/^HTTP\/1.1 408 /)
    while (problems.length === 0) await setImmediate()
    expect(problems[0]).toMatchObject({ problem: { status: 400 } })
  })

  test('that read nothing are left', async () => {
    const server = await served({ inventory: () => largeInventory }, { idleTimeoutMs: 50 })
    const { socket } = await rawConnection(server.port)
    socket.pause()
    socket.write('GET /api/v1/endpoints?format=ndjson HTTP/1.1\r\nHost: localhost\r\n\r\n')
    while ((await server.connections()) === 0) await setImmediate()
    while ((await server.connections()) > 0) await setImmediate()
  })

  test('that read nothing keep no server from closing', async () => {
    const server = await served({ inventory: () => largeInventory })
    const { socket } = await rawConnection(server.port)
    socket.pause()
    socket.write('GET /api/v1/endpoints?format=ndjson HTTP/1.1\r\nHost: localhost\r\n\r\n')
    await setImmediate()
    await server.close()
  })

  test('that want the head of a stream alone cause none of it', async () => {
    let pages = 0
    const server = await served({
      inventory: () => {
        pages += 1
        return largeInventory
      },
    })
    expect((await fetch(`${server.url}/api/v1/endpoints?format=csv`, { method: 'HEAD' })).status).toBe(200)
    expect(pages).toBe(0)
  })

  test('make a stream wait: it is not made ahead of them', async () => {
    let pages = 0
    const server = await served({
      inventory: () => {
        pages += 1
        return largeInventory
      },
    })
    const { socket } = await rawConnection(server.port)
    socket.pause()
    socket.write('GET /api/v1/endpoints?format=ndjson HTTP/1.1\r\nHost: localhost\r\n\r\n')
    await settled(() => pages)
    // Of 2 MB each; the kernel holds a few MB for a socket.
    expect(pages).toBeLessThan(20)
    socket.resume()
    await settled(() => pages)
    expect(pages).toBe(50)
  })
})

describe('pipelining', () => {
  test('gets its answers in order', async () => {
    const server = await served()
    const { socket, until } = await rawConnection(server.port)
    socket.write(
      ['/healthz', '/nowhere', '/readyz', '/api/v1/endpoints?limit=1', '/healthz'].map((path) => `GET ${path} HTTP/1.1\r\nHost: localhost\r\n\r\n`).join(''),
    )
    const text = await until((told) => (told.match(/"alive"/g) ?? []).length === 2)
    expect([...text.matchAll(/"alive"|"status":404|"ready"|"items"/g)].map(([word]) => word)).toEqual([
      '"alive"',
      '"status":404',
      '"ready"',
      '"items"',
      '"alive"',
    ])
  })

  test('of a client that reads nothing makes no answers ahead', async () => {
    let answers = 0
    const server = await served({
      inventory: () => {
        answers += 1
        return largeInventory
      },
    })
    const { socket } = await rawConnection(server.port)
    socket.pause()
    socket.write('GET /api/v1/endpoints?limit=100 HTTP/1.1\r\nHost: localhost\r\n\r\n'.repeat(500))
    await settled(() => answers)
    expect(answers).toBeLessThan(40)
  })

  test('is told to end after so many requests, and refused beyond', async () => {
    const server = await served({}, { requestsMax: 3 })
    const { socket, until } = await rawConnection(server.port)
    socket.write('GET /healthz HTTP/1.1\r\nHost: localhost\r\n\r\n'.repeat(4))
    const text = await until((told) => told.includes('HTTP/1.1 503'))
    expect(text.match(/"alive"/g)).toHaveLength(3)
    expect(text).toMatch(/^connection: close/im)
  })

  test('with garbage while an answer is on its way ends that, with nothing between', async () => {
    const server = await served({ inventory: () => largeInventory })
    const { socket, until, ended } = await rawConnection(server.port)
    socket.write('GET /api/v1/endpoints?format=ndjson HTTP/1.1\r\nHost: localhost\r\n\r\n')
    await until((told) => told.includes('"/0"'))
    socket.write('\0\0\0\r\n\r\n')
    const text = await ended
    expect(text.match(/HTTP\/1\.1 /g)).toHaveLength(1)
  })

  test('with garbage behind a request ends in 400', async () => {
    const server = await served()
    const { socket, ended } = await rawConnection(server.port)
    socket.write('GET /healthz HTTP/1.1\r\nHost: localhost\r\n\r\n\0\0\0\r\n\r\n')
    expect(await ended).toMatch(/^HTTP\/1.1 (200|400) /)
  })
})

test('connections beyond the most are closed, those before stay', async () => {
  const server = await served({}, { connectionsMax: 2 })
  const [one, two] = [await rawConnection(server.port), await rawConnection(server.port)]
  await (
    await rawConnection(server.port)
  ).ended
  for (const { socket, until } of [one, two]) {
    socket.write('GET /healthz HTTP/1.1\r\nHost: localhost\r\n\r\n')
    await until((told) => told.includes('{"alive":true}'))
  }
})

/** 100 MB as NDJSON: more than the kernel holds for any socket. */
const largeInventory: InventoryDocument = sampleReport([
  sampleService(
    'a.example.com',
    Array.from({ length: 5000 }, (_, index) => sampleEndpoint('GET', `/${index}`, { operationId: 'x'.repeat(20_000) })),
  ),
]).inventory

/** Waits until a count stands still. */
async function settled(count: () => number): Promise<void> {
  for (let before = -1; count() !== before || count() === 0;) {
    before = count()
    await new Promise((resolve) => {
      setTimeout(resolve, 100)
    })
  }
}
