import { setImmediate } from 'node:timers/promises'
import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'
import { describe, expect, onTestFinished, test } from 'vitest'

import { serviceId } from '../../src/inventory/endpoint.ts'
import { eventTable, type EventTable } from './event_table.ts'
import { rawConnection, served, type Served } from './served.ts'

describe('GET /api/v1/events', () => {
  test('tells what happens from now on', async () => {
    const { table, server } = await tabled(5)
    const stream = await opened(server)
    await stream.until((text) => text.includes('id: 5\n\n'))
    table.add(2)
    const text = await stream.until((read) => read.includes('id: 7\n'))
    expect(ids(text)).toEqual([6, 7])
    expect(text).toContain(
      'id: 7\nevent: endpoint\ndata: {"id":7,"at":"2026-03-02T09:00:00.000Z","kind":"endpoint","subject":"ep_7","what":"appeared",' +
        '"details":{"service":"b.example.com","method":"GET","template":"/7"}}\n\n',
    )
  })

  test.each([
    ['0', 250],
    ['120', 130],
    ['250', 0],
  ])('goes on behind Last-Event-ID %s', async (id, count) => {
    const { table, server } = await tabled(250)
    const stream = await opened(server, '', { 'last-event-id': id })
    await stream.until((text) => text.includes('retry: '))
    table.add(1)
    const text = await stream.until((read) => read.includes('"id":251,'))
    expect(ids(text)).toEqual(Array.from({ length: count + 1 }, (_, at) => Number(id) + at + 1))
    expect(text).not.toContain('lost')
  })

  const gaps: ReadonlyArray<readonly [name: string, id: string, pruned: readonly [from: number, to: number], told: readonly number[], lost: string]> = [
    ['the oldest', '0', [1, 7], [8, 9, 10], '{"from":1,"to":7}'],
    ['some between', '2', [5, 8], [3, 4, 9, 10], '{"from":5,"to":8}'],
    ['all', '3', [1, 10], [], '{"from":4,"to":10}'],
    ['and those of another database', '4000', [1, 2], [], '{"from":1,"to":10}'],
  ]
  test.each(gaps)('says that events are no longer kept: %s', async (_, id, [from, to], told, lost) => {
    const { table, server } = await tabled(10)
    table.prune(from, to)
    const stream = await opened(server, '', { 'last-event-id': id })
    const read = await stream.until((text) => text.includes('retry: ') && text.includes('id: 10\n'))
    table.add(1)
    const text = await stream.until((all) => all.includes('"id":11,'))
    expect(read).toContain('event: lost')
    expect(text.match(/event: lost\ndata: (.*)\n/)?.[1]).toBe(lost)
    expect(ids(text)).toEqual([...told, 11])
  })

  const filters: ReadonlyArray<readonly [query: string, ids: readonly number[]]> = [
    ['?kind=finding', [3, 6, 9, 12]],
    ['?kind=source', []],
    ['?service=A.example.com', [2, 4, 6, 8, 10, 12]],
    [`?service=${serviceId('b.example.com')}&kind=finding`, [3, 9]],
  ]
  test.each(filters)('filters by %s, and a client that comes back skips the rest', async (query, told) => {
    const { server } = await tabled(12, { heartbeatMs: 5 })
    const stream = await opened(server, query, { 'last-event-id': '0' })
    const text = await stream.until((read) => read.includes(':\nid: 12\n\n'))
    expect(ids(text)).toEqual(told)
  })

  test.each([
    ['', { 'last-event-id': 'x' }, '/header/last-event-id'],
    ['?kind=all', {}, '/query/kind'],
    ['?since=1', {}, '/query/since'],
  ])('refuses %s %o', async (query, headers, pointer) => {
    const server = await served()
    const response = await fetch(`${server.url}/api/v1/events${query}`, { headers })
    expect(response.status).toBe(400)
    expect(await response.json()).toMatchObject({ errors: [{ pointer }] })
  })

  test('ends when the server does, and reads no more', async () => {
    const { table, server } = await tabled(1)
    const stream = await opened(server)
    await stream.until((text) => text.includes('retry: '))
    await server.close()
    expect(await stream.ended).toContain('id: 1\n\n')
    expect(table.listeners()).toBe(0)
  })

  test('is not read ahead of a client that is slow', async () => {
    const { table, server } = await tabled(0)
    const { socket } = await rawConnection(server.port)
    socket.pause()
    socket.write('GET /api/v1/events HTTP/1.1\r\nHost: localhost\r\nLast-Event-ID: 0\r\n\r\n')
    table.add(1_000_000)
    await settled(() => table.asked())
    // Of 200 bytes each; the kernel holds a few MB for a socket.
    expect(table.asked()).toBeGreaterThan(1_000)
    expect(table.asked()).toBeLessThan(100_000)
  })

  test('leaves nothing behind of clients that go', async () => {
    const { table, server } = await tabled(0, { eventStreamsMax: 1 })
    for (let round = 0; round < 3; round += 1) {
      const stream = await opened(server)
      await stream.until((text) => text.includes('retry: '))
      expect((await fetch(`${server.url}/api/v1/events`)).status).toBe(503)
      expect((await fetch(`${server.url}/healthz`)).status).toBe(200)
      stream.leave()
      while ((await fetch(`${server.url}/api/v1/events`, { method: 'HEAD' })).status === 503) await setImmediate()
    }
    expect(table.listeners()).toBe(1)
  })

  test('takes a thousand clients in little memory, however much happens', async () => {
    const { table, server } = await tabled(0)
    const streams = await Promise.all(Array.from({ length: 1_000 }, async () => opened(server, '', {}, false)))
    await settled(() => streams.filter(({ bytes }) => bytes() > 0).length)
    const before = heapBytes()
    for (let round = 0; round < 10; round += 1) {
      table.add(100)
      await settled(() => streams.reduce((sum, { bytes }) => sum + bytes(), 0))
    }
    const after = heapBytes()
    expect(Math.min(...streams.map(({ bytes }) => bytes()))).toBeGreaterThan(1_000 * 150)
    expect(after - before).toBeLessThan(16 * 2 ** 20)
    // The page that all of them are at is read once for all.
    expect(table.asked()).toBeLessThan(1_000 * 20)
    expect((await fetch(`${server.url}/api/v1/events`)).status).toBe(503)
  })
})

test('requests beyond the most that are served at a time hear 503', async () => {
  const { table, server } = await tabled(0, { requestsAtOnceMax: 1 })
  const held = await rawConnection(server.port)
  held.socket.write('POST /api/v1/ingest/exchanges HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/x-ndjson\r\nContent-Length: 9\r\n\r\n')
  let status = 200
  while (status === 200) ({ status } = await fetch(`${server.url}/healthz`))
  expect(status).toBe(503)
  const stream = await opened(server)
  await stream.until((text) => text.includes('retry: '))
  held.socket.destroy()
  while (status !== 200) ({ status } = await fetch(`${server.url}/healthz`))
  expect(table.listeners()).toBe(1)
})

async function tabled(events: number, limits: Parameters<typeof served>[1] = {}): Promise<{ readonly table: EventTable; readonly server: Served }> {
  const table = eventTable()
  table.add(events)
  const take = async (body: AsyncIterable<Uint8Array>): Promise<never> => {
    for await (const chunk of body) void chunk
    throw new Error('it came whole')
  }
  return { table, server: await served({ ...table, ingest: { isFull: () => false, take } }, limits) }
}

interface Stream {
  /** All that was read so far, once it holds. */
  until(holds: (text: string) => boolean): Promise<string>
  /** All that was read, once the server ends it. */
  readonly ended: Promise<string>
  bytes(): number
  leave(): void
}

/** A stream that is read, and thrown away where it `keeps` nothing. */
async function opened(server: Served, query = '', headers: Readonly<Record<string, string>> = {}, keeps = true): Promise<Stream> {
  const leaving = new AbortController()
  onTestFinished(() => leaving.abort())
  const response = await fetch(`${server.url}/api/v1/events${query}`, { headers, signal: leaving.signal })
  expect(response.headers.get('content-type')).toBe('text/event-stream')
  let text = ''
  let bytes = 0
  const ended = (async () => {
    try {
      for await (const chunk of response.body ?? []) {
        bytes += (chunk as Uint8Array).length
        if (keeps) text += Buffer.from(chunk as Uint8Array).toString()
      }
    } catch (thrown) {
      if (!leaving.signal.aborted) throw thrown
    }
    return text
  })()
  return {
    ended,
    bytes: () => bytes,
    leave: () => leaving.abort(),
    until: async (holds) => {
      while (!holds(text)) await setImmediate()
      return text
    },
  }
}

/** The ids of the events in a stream, in order. */
function ids(text: string): readonly number[] {
  return [...text.matchAll(/^data: \{"id":(\d+),/gm)].map(([, id]) => Number(id))
}

/** Waits until a number no longer changes. */
async function settled(of: () => number): Promise<void> {
  for (let same = 0, before = -1; same < 500; same = of() === before ? same + 1 : 0) {
    before = of()
    await setImmediate()
  }
}

function heapBytes(): number {
  setFlagsFromString('--expose-gc')
  const collect = runInNewContext('gc') as () => void
  collect()
  return process.memoryUsage().heapUsed
}
