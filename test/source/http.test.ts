import { gzipSync } from 'node:zlib'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'

import { TapistryError } from '../../src/base/errors.ts'
import { httpSource, type HttpSource } from '../../src/source/http.ts'
import { memoryRepository } from '../../src/storage/memory.ts'
import { until } from '../e2e/until.ts'
import { engine, piped, type Piped } from './piped.ts'
import { refusing } from '../storage/refusing.ts'

let pipeline: Piped
let source: HttpSource
let stop: AbortController
let running: Promise<void>

beforeEach(() => {
  pipeline = piped()
  source = httpSource(engine, Date.now)
  stop = new AbortController()
  running = source.run(pipeline.sinkOf(source.id), stop.signal)
})

afterEach(async () => {
  stop.abort()
  await running
  await pipeline.close()
})

function lines(count: number): Buffer {
  const line = (at: number): string => JSON.stringify({ method: 'GET', host: 'a.example.com', path: `/users/${at}`, status: 200, ts: 1_772_442_000_000 + at })
  return Buffer.from(Array.from({ length: count }, (_, at) => `${line(at)}\n`).join(''))
}

/** A body that comes whole. */
async function* sent(bytes: Uint8Array): AsyncGenerator<Uint8Array> {
  yield await Promise.resolve(bytes)
}

/** A body of which half comes, and the rest when it is told how it ends. */
function open(bytes: Uint8Array): { body: AsyncIterable<Uint8Array>; end: () => void; breakOff: () => void } {
  const { promise, resolve, reject } = Promise.withResolvers<undefined>()
  // Nobody may be reading.
  promise.catch(() => undefined)
  async function* body(): AsyncGenerator<Uint8Array> {
    yield bytes.subarray(0, bytes.length / 2)
    await promise
    yield bytes.subarray(bytes.length / 2)
  }
  return { body: body(), end: () => resolve(undefined), breakOff: () => reject(new Error('the client is gone')) }
}

describe('bodies that others send', () => {
  it('are kept when they are answered, whole', async () => {
    const body = Buffer.concat([lines(5), Buffer.from('nonsense\n{"method":1}')])
    const taken = await source.take(sent(body), 'identity', null)
    expect(taken).toMatchObject({ exchanges: 5, rejected: 2, repeated: false })
    expect(Object.values(taken.rejectedBy).reduce((sum, { count }) => sum + count, 0)).toBe(2)
    expect(pipeline.exchanges()).toBe(5)
    expect(source.counts()).toMatchObject({ bodies: 1, lines: 7, exchanges: 5 })
  })

  it('add nothing where they break off or cannot be decoded', async () => {
    const { body, breakOff } = open(lines(10))
    const taking = source.take(body, 'identity', 'key')
    breakOff()
    await expect(taking).rejects.toThrow('the client is gone')
    await expect(source.take(sent(Buffer.from([0x1f, 0x8b, 8, 0, 1, 2, 3])), 'gzip', null)).rejects.toMatchObject({ code: 'INPUT' })
    await pipeline.flush()
    expect(pipeline.exchanges()).toBe(0)
    expect(source.counts()).toMatchObject({ bodies: 0, bodiesBroken: 2 })
    expect(await source.take(sent(lines(10)), 'identity', 'key')).toMatchObject({ exchanges: 10, repeated: false })
  })

  it('count once under one key, also at once', async () => {
    const first = open(lines(8))
    const taking = [source.take(first.body, 'identity', 'key'), ...[1, 2, 3].map(() => source.take(sent(lines(8)), 'identity', 'key'))]
    first.end()
    expect((await Promise.all(taking)).map(({ exchanges, repeated }) => [exchanges, repeated])).toEqual([[8, false], ...[1, 2, 3].map(() => [8, true])])
    expect(await source.take(sent(lines(8)), 'identity', 'other')).toMatchObject({ repeated: false })
    expect(pipeline.exchanges()).toBe(16)
  })

  it('are taken from whoever comes again before the end of the first was seen', async () => {
    const first = open(lines(8))
    const gone = source.take(first.body, 'identity', 'key')
    const again = [1, 2].map(() => source.take(sent(lines(8)), 'identity', 'key'))
    first.breakOff()
    await expect(gone).rejects.toThrow('the client is gone')
    expect((await Promise.all(again)).map(({ repeated }) => repeated)).toEqual([false, true])
    expect(pipeline.exchanges()).toBe(8)
  })

  it('count once where they were refused because the store failed, and are sent again: with a key, without one, and as OTLP', async () => {
    const repository = refusing(memoryRepository())
    const failing = piped(repository)
    const one = httpSource(engine, Date.now)
    const run = one.run(failing.sinkOf(one.id), stop.signal)
    const request = { signal: 'traces', form: 'json', encoding: 'identity' } as const
    const span = {
      traceId: '0'.repeat(31).concat('1'),
      spanId: '00000000000000a1',
      kind: 2,
      startTimeUnixNano: '1772442000000000000',
      endTimeUnixNano: '1772442000001000000',
      name: 'GET',
    }
    const attributes = Object.entries({ 'http.request.method': 'GET', 'url.path': '/a', 'server.address': 'a.example.com' }).map(([key, stringValue]) => ({
      key,
      value: { stringValue },
    }))
    const traces = Buffer.from(JSON.stringify({ resourceSpans: [{ scopeSpans: [{ spans: [{ ...span, attributes }] }] }] }))
    const send = (): Array<Promise<unknown>> => [
      one.take(sent(lines(2)), 'identity', null),
      one.take(sent(lines(3)), 'identity', 'key'),
      one.takeOtlp(sent(traces), request),
    ]
    repository.isRefusing = true
    await Promise.all(send().map((taking) => expect(taking).rejects.toMatchObject({ code: 'STORAGE' })))
    repository.isRefusing = false
    await until(() => failing.problem() === null)
    expect(failing.exchanges()).toBe(0)
    expect(await Promise.all(send())).toMatchObject([{ exchanges: 2 }, { exchanges: 3, repeated: false }, { exchanges: 1, repeated: false }])
    expect(failing.exchanges()).toBe(6)
    expect(one.counts()).toMatchObject({ bodies: 3, bodiesRefused: 3, bodiesRepeated: 0, exchanges: 6 })
    stop.abort()
    await run
    await failing.close()
  })

  it('are refused under a key that another one was kept under, and count under their own', async () => {
    const first = open(lines(8))
    const taking = source.take(first.body, 'identity', 'key')
    const other = source.take(sent(lines(9)), 'identity', 'key')
    first.end()
    expect(await taking).toMatchObject({ exchanges: 8 })
    await expect(other).rejects.toMatchObject({ code: 'USAGE', message: expect.stringContaining('another body') as string })
    expect(await source.take(sent(lines(9)), 'identity', 'other key')).toMatchObject({ exchanges: 9, repeated: false })
    expect(await source.take(sent(lines(8)), 'identity', 'key')).toMatchObject({ exchanges: 8, repeated: true })
    expect(pipeline.exchanges()).toBe(17)
    expect(source.counts()).toMatchObject({ bodies: 2, bodiesRepeated: 1, bodiesConflicting: 1 })
  })

  it('are the same where they were compressed at another time', async () => {
    const compressed = [0, 1_772_442_000].map((time) => {
      const bytes = gzipSync(lines(8))
      bytes.writeUInt32LE(time, 4)
      return bytes
    })
    const [first = Buffer.alloc(0), second = Buffer.alloc(0)] = compressed
    async function* inBytes(bytes: Uint8Array): AsyncGenerator<Uint8Array> {
      for (const byte of bytes) yield await Promise.resolve(Uint8Array.of(byte))
    }
    expect(await source.take(sent(first), 'gzip', 'key')).toMatchObject({ repeated: false })
    expect(await source.take(inBytes(second), 'gzip', 'key')).toMatchObject({ repeated: true })
    await expect(source.take(sent(gzipSync(lines(7))), 'gzip', 'key')).rejects.toMatchObject({ code: 'USAGE' })
  })

  it('are taken for those that an earlier version kept, which remembered their keys alone', async () => {
    await source.take(sent(lines(8)), 'identity', 'key')
    const sink = pipeline.sinkOf('http')
    const earlier = [...sink.positions()].map(([part, position]): [string, string] => {
      const { body, ...kept } = JSON.parse(position) as { body: string }
      expect(body).toMatch(/^[0-9a-f]{64}$/)
      return [part, JSON.stringify(kept)]
    })
    await sink.add({ batches: [], positions: new Map(earlier) })
    expect(await source.take(sent(lines(9)), 'identity', 'key')).toMatchObject({ exchanges: 8, repeated: true })
  })

  it('are known by their keys in the next run', async () => {
    const repository = memoryRepository()
    for (const isFirst of [true, false]) {
      const kept = piped(repository)
      const one = httpSource(engine, Date.now)
      const end = new AbortController()
      const run = one.run(kept.sinkOf(one.id), end.signal)
      expect(await one.take(sent(lines(4)), 'identity', 'key')).toMatchObject({ exchanges: 4, repeated: !isFirst })
      expect(kept.exchanges()).toBe(4)
      end.abort()
      await run
      await kept.close()
    }
    expect(JSON.stringify(repository.load().sources)).not.toContain('"key"')
  })

  it('forget the keys that were kept first, where there are too many', async () => {
    const key = (at: number): readonly [string, string] => [`key:${at}`, JSON.stringify({ at, taken: {} })]
    await pipeline.sinkOf('http').add({ batches: [], positions: new Map(Array.from({ length: 100_000 }, (_, at) => key(at))) })
    await source.take(sent(lines(1)), 'identity', 'new')
    const parts = pipeline.sinkOf('http').positions()
    expect([parts.size, parts.has('key:9999'), parts.has('key:10000')]).toEqual([90_001, false, true])
  })

  it('find no room before it runs, while many are read, and when it has ended', async () => {
    const idle = httpSource(engine, Date.now)
    expect(idle.isFull()).toBe(true)
    await expect(idle.take(sent(lines(1)), 'identity', null)).rejects.toBeInstanceOf(TapistryError)
    const bodies = Array.from({ length: 16 }, () => open(lines(2)))
    const taking = bodies.map(({ body }) => source.take(body, 'identity', null))
    expect([source.isFull(), source.detail()]).toEqual([true, '16 bodies are being read'])
    for (const { end } of bodies) end()
    await Promise.all(taking)
    expect(source.isFull()).toBe(false)
    stop.abort()
    await until(() => source.isFull())
    await expect(source.take(sent(lines(1)), 'identity', 'key')).rejects.toMatchObject({ code: 'RUNTIME' })
  })
})
