import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setImmediate } from 'node:timers/promises'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'

import type { DecisionChange } from '../../src/finding/decision.ts'
import { openFeed } from '../../src/source/feed.ts'
import { memoryRepository } from '../../src/storage/memory.ts'
import { packedJson, unpackedJson } from '../../src/storage/packed_json.ts'
import { sqliteRepository } from '../../src/storage/sqlite.ts'
import { until } from '../e2e/until.ts'
import { engine, piped } from '../source/piped.ts'
import { full, refusing } from '../storage/refusing.ts'

let folder = ''

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'tapistry-pipeline-'))
})

afterEach(() => rmSync(folder, { recursive: true, force: true }))

/** Packed observations of so many exchanges with so many hosts. */
async function batches(exchanges: number, hosts: number = 1): Promise<readonly Uint8Array[]> {
  const feed = openFeed({ format: 'exchanges', host: 'none', engine })
  const line = (at: number): string =>
    JSON.stringify({ method: 'GET', host: `h${at % hosts}.example.com`, path: `/users/${at}`, status: 200, ts: 1_772_442_000_000 + at })
  await feed.push(Buffer.from(Array.from({ length: exchanges }, (_, at) => `${line(at)}\n`).join('')))
  return feed.drain()
}

const positions = (text: string): ReadonlyMap<string, string> => new Map([['part', text]])

const suppression = (id: string): DecisionChange => ({
  put: [{ id, by: 'local', body: { kind: 'suppression', finding: 'inv.shadow-service', service: null, endpoint: null, reason: 'x', untilMs: null } }],
  drop: [],
  events: [{ kind: 'finding', subject: id, what: 'suppressed', details: { by: 'local' } }],
})

describe('the pipeline', () => {
  it('keeps decisions at once, with what waits, and over a restart; a store that refuses keeps nothing of them', async () => {
    const repository = refusing(memoryRepository())
    const pipeline = piped(repository, 60_000)
    await pipeline.sinkOf('one').add({ batches: await batches(3), positions: positions('3') })
    repository.isRefusing = true
    expect(() => pipeline.decide(suppression('a'))).toThrow(full)
    expect(pipeline.decisions()).toEqual([])
    repository.isRefusing = false
    let told = 0
    const unsubscribe = pipeline.onEvents(() => (told += 1))
    pipeline.decide(suppression('b'))
    pipeline.decide(suppression('c'))
    pipeline.decide(suppression('b'))
    pipeline.decide({ put: [], drop: ['c'], events: [] })
    unsubscribe()
    expect([told, pipeline.exchanges(), pipeline.decisions().map(({ id }) => id)]).toEqual([3, 3, ['b']])
    expect(repository.eventsSince(0, 10).map(({ subject }) => subject)).toEqual(['b', 'c', 'b'])
    expect(piped(repository).decisions()).toEqual(pipeline.decisions())
    await pipeline.close()
    expect(() => pipeline.decide(suppression('d'))).toThrow('stopping')
  })

  it('keeps what it is given with where it stands, by itself', async () => {
    const repository = memoryRepository()
    const pipeline = piped(repository)
    const sink = pipeline.sinkOf('one')
    const before = pipeline.version()
    await sink.add({ batches: await batches(4), positions: positions('4') })
    await sink.kept()
    expect([pipeline.exchanges(), pipeline.version() > before, pipeline.keptAt('one') === null, pipeline.keptAt('two')]).toEqual([4, true, false, null])
    expect(repository.load().sources).toEqual([{ source: 'one', part: 'part', position: '4' }])
    const next = piped(repository)
    expect([next.exchanges(), next.text(), next.sinkOf('one').positions().get('part')]).toEqual([4, pipeline.text(), '4'])
    expect(next.sinkOf('two').positions().size).toBe(0)
    await sink.add({ batches: [], positions: new Map([['part', null]]) })
    await pipeline.close()
    expect(repository.load().sources).toEqual([])
    await expect(sink.add({ batches: [] })).rejects.toMatchObject({ code: 'RUNTIME' })
  })

  it('keeps what is to be told in one commit with the changes it is of, also without changes, and says so then', async () => {
    const repository = refusing(memoryRepository())
    let told = 0
    const pipeline = piped(repository, 10, { onNotices: () => (told += 1) })
    const event = { atMs: 1, kind: 'service', subject: 'svc_1', what: 'appeared', details: {} } as const
    const notice = { channel: 'a', fingerprint: 'f', what: 'opened', mark: 'high ', severity: 'high', bundle: 'svc_1', atMs: 1, details: {} } as const
    repository.isRefusing = true
    pipeline.note([event], packedJson('one'), [notice])
    await expect(pipeline.flush()).rejects.toBe(full)
    expect([told, repository.outbox.size(), repository.eventsSince(0, 9).length, repository.told()]).toEqual([0, 0, 0, null])
    repository.isRefusing = false
    await pipeline.flush()
    expect([told, repository.outbox.size(), repository.eventsSince(0, 9).length]).toEqual([1, 1, 1])
    pipeline.note([event], packedJson('two'), [])
    pipeline.note([], null, [{ ...notice, what: 'repeated' }])
    await pipeline.flush()
    expect([told, repository.outbox.size(), unpackedJson(repository.told() ?? new Uint8Array())]).toEqual([2, 2, 'two'])
    pipeline.note([], null, [{ ...notice, what: 'repeated' }])
    await pipeline.close()
    expect([told, repository.outbox.size(), unpackedJson(repository.told() ?? new Uint8Array())]).toEqual([3, 3, 'two'])
  })

  it('keeps at once what is asked to be, and lets who asks wait while the store refuses', async () => {
    const repository = refusing(memoryRepository())
    const pipeline = piped(repository)
    const sink = pipeline.sinkOf('one')
    await sink.add({ batches: [], positions: positions('1') })
    const first = sink.keep()
    expect(repository.load().sources.map(({ position }) => position)).toEqual(['1'])
    await first
    await sink.keep()
    repository.isRefusing = true
    await sink.add({ batches: [], positions: positions('2') })
    let isKept = false
    const keeping = sink.keep().then(() => (isKept = true))
    const asked = repository.asked
    await until(() => repository.asked > asked)
    expect([isKept, pipeline.isHeldUp('one')]).toEqual([false, true])
    repository.isRefusing = false
    await keeping
    expect(repository.load().sources.map(({ position }) => position)).toEqual(['2'])
    await pipeline.close()
  })

  it('says why nothing can be kept, tries again, and loses nothing', async () => {
    const repository = refusing(memoryRepository())
    const told: Array<string | null> = []
    const pipeline = piped(repository, 10, { onProblem: (problem) => told.push(problem) })
    const sink = pipeline.sinkOf('one')
    repository.isRefusing = true
    await sink.add({ batches: await batches(3), positions: positions('3') })
    await expect(sink.kept()).rejects.toBe(full)
    expect([pipeline.problem(), pipeline.exchanges(), pipeline.counters()['commitsFailed']]).toEqual(['the disk is full', 0, 1])
    await expect(pipeline.flush()).rejects.toBe(full)
    await sink.add({ batches: await batches(2), positions: positions('5') })
    const asked = repository.asked
    await until(() => repository.asked > asked)
    repository.isRefusing = false
    await sink.kept()
    expect([pipeline.problem(), pipeline.exchanges(), pipeline.counters()['pendingBytes']]).toEqual([null, 5, 0])
    // Once each, however often it was tried.
    expect(told).toEqual(['the disk is full', null])
    expect(repository.load().sources).toEqual([{ source: 'one', part: 'part', position: '5' }])
    await pipeline.close()
  })

  it('keeps what is offered with the next commit or not at all, and then its positions are as before', async () => {
    const repository = refusing(memoryRepository())
    const told: Array<string | null> = []
    const pipeline = piped(repository, 10, { onProblem: (problem) => told.push(problem) })
    const sink = pipeline.sinkOf('http')
    await sink.offer({
      batches: await batches(3),
      positions: new Map([
        ['a', '3'],
        ['gone', '1'],
      ]),
    })
    const [waits, first, second] = [await batches(1), await batches(4), await batches(5)]
    repository.isRefusing = true
    // What is read again later waits; what is sent again by others does not.
    void sink.add({ batches: waits, positions: positions('1') })
    const [one, other] = [
      sink.offer({
        batches: first,
        positions: new Map([
          ['b', '4'],
          ['gone', null],
        ]),
      }),
      sink.offer({ batches: second, positions: new Map([['b', '5']]) }),
    ]
    expect([...sink.positions()]).toEqual([
      ['a', '3'],
      ['part', '1'],
      ['b', '5'],
    ])
    await Promise.all([expect(one).rejects.toBe(full), expect(other).rejects.toBe(full), expect(sink.kept()).rejects.toBe(full)])
    expect([...sink.positions()].toSorted(([one], [other]) => (one < other ? -1 : 1))).toEqual([
      ['a', '3'],
      ['gone', '1'],
      ['part', '1'],
    ])
    // Nobody is made to wait for an attempt that comes in a minute.
    const asked = repository.asked
    await expect(sink.offer({ batches: await batches(6) })).rejects.toMatchObject({ code: 'STORAGE', message: 'the disk is full' })
    expect(repository.asked).toBe(asked)
    repository.isRefusing = false
    await until(() => pipeline.problem() === null)
    await sink.offer({ batches: await batches(4), positions: new Map([['b', '4']]) })
    expect([pipeline.exchanges(), told]).toEqual([8, ['the disk is full', null]])
    expect(repository.load().sources.map(({ part, position }) => [part, position])).toEqual([
      ['a', '3'],
      ['b', '4'],
      ['gone', '1'],
      ['part', '1'],
    ])
    await pipeline.close()
  })

  it('finds out by itself that the store is well again, where nothing waits to be kept', async () => {
    const repository = refusing(memoryRepository())
    const pipeline = piped(repository, 10)
    const some = await batches(3)
    repository.isRefusing = true
    await expect(pipeline.sinkOf('http').offer({ batches: some })).rejects.toBe(full)
    expect([pipeline.problem(), pipeline.counters()['pendingBytes']]).toEqual(['the disk is full', 0])
    repository.isRefusing = false
    await until(() => pipeline.problem() === null)
    expect(pipeline.exchanges()).toBe(0)
    repository.isRefusing = true
    expect(() => pipeline.decide(suppression('a'))).toThrow(full)
    // What nobody waits for any more is no reason to fail at the end.
    await pipeline.close()
  })

  it('ends with what is wrong where it cannot keep the last of it', async () => {
    const repository = refusing(memoryRepository())
    const pipeline = piped(repository, 600_000)
    await pipeline.sinkOf('one').add({ batches: await batches(3), positions: positions('3') })
    repository.isRefusing = true
    await expect(pipeline.close()).rejects.toBe(full)
    expect(repository.load().sources).toEqual([])
  })

  it('makes sources wait where too much waits to be kept', async () => {
    const repository = refusing(memoryRepository())
    const pipeline = piped(repository)
    const sink = pipeline.sinkOf('one')
    const some = await batches(2_000, 2_000)
    const bytes = some.reduce((sum, { byteLength }) => sum + byteLength, 0)
    const rounds = Math.floor((16 * 2 ** 20) / bytes)
    repository.isRefusing = true
    for (let round = 0; round < rounds; round += 1) await sink.add({ batches: some, positions: positions(String(round)) })
    const waiting = sink.add({ batches: some, positions: positions('last') })
    const hasRoom = Promise.race([waiting.then(() => true), setImmediate(false)])
    const asked = repository.asked
    await until(() => repository.asked > asked)
    expect([pipeline.isHeldUp('one'), pipeline.isHeldUp('two')]).toEqual([true, false])
    expect([await hasRoom, (pipeline.counters()['pendingBytes'] ?? 0) <= 16 * 2 ** 20 + 2 * bytes]).toEqual([false, true])
    repository.isRefusing = false
    await waiting
    expect(pipeline.exchanges()).toBe((rounds + 1) * 2_000)
    expect(pipeline.isHeldUp('one')).toBe(false)
    await pipeline.close()
  })

  it('makes nobody wait once it is to end, whether the store is well or not', async () => {
    const repository = refusing(memoryRepository())
    const pipeline = piped(repository, 600_000)
    const sink = pipeline.sinkOf('one')
    const some = await batches(2_000, 2_000)
    repository.isRefusing = true
    let waiting: Promise<unknown> = Promise.resolve()
    for (let isWaiting = false; !isWaiting; isWaiting = await Promise.race([waiting.then(() => false), setImmediate(true)]))
      waiting = sink.add({ batches: some, positions: positions('3') })
    const refused = expect(waiting).rejects.toBe(full)
    pipeline.drain()
    await refused
    await expect(sink.kept()).rejects.toBe(full)
    await expect(sink.add({ batches: some, positions: positions('4') })).rejects.toBe(full)
    repository.isRefusing = false
    await sink.kept()
    expect(repository.load().sources).toEqual([{ source: 'one', part: 'part', position: '4' }])
    await pipeline.close()
  })

  it('keeps observations and positions together or not at all', async () => {
    const path = join(folder, 'tapistry.db')
    const inner = sqliteRepository(path)
    let isPoisoned = true
    // What cannot be written stands behind the observations: the transaction has begun when it comes.
    const poison = { source: 'none', part: 'none', position: {} as string }
    const pipeline = piped(
      {
        ...inner,
        commit: (change) => inner.commit(isPoisoned ? { ...change, sources: [...change.sources, poison] } : change),
      },
      600_000,
    )
    await pipeline.sinkOf('one').add({
      batches: await batches(6),
      positions: positions('6'),
      inputs: { positions: [{ digest: 'aa', bytes: 6 }], tails: [{ digest: 'aa', batches: await batches(1) }], dropTails: [] },
    })
    const stored = (): string => JSON.stringify(piped(inner).text())
    const nothing = stored()
    await expect(pipeline.flush()).rejects.toMatchObject({ code: 'STORAGE' })
    expect([stored(), inner.load().sources, inner.load().positions, inner.load().tails, inner.load().generation]).toEqual([nothing, [], [], [], 0])
    isPoisoned = false
    await pipeline.flush()
    expect(inner.load()).toMatchObject({ sources: [{ position: '6' }], positions: [{ bytes: 6 }], tails: [{ digest: 'aa' }], generation: 1 })
    expect(stored()).toBe(JSON.stringify(pipeline.text()))
    await pipeline.close()
    inner.close()
  })

  it('keeps the inventory of a day as it was before the first commit of another one', async () => {
    const repository = memoryRepository()
    let nowMs = Date.parse('2026-11-20T23:59:59Z')
    const day = (): number => Math.floor(nowMs / 86_400_000)
    const pipeline = piped(repository, 600_000, { now: () => nowMs })
    const sink = pipeline.sinkOf('one')
    const next = async (exchanges: number): Promise<void> => {
      await sink.add({ batches: await batches(exchanges), positions: positions(String(exchanges)) })
      await pipeline.flush()
    }
    await next(2)
    await next(3)
    const [first, text] = [day(), pipeline.text()]
    expect([repository.days(), repository.pastDay(first)]).toEqual([{ oldest: null, last: first }, null])
    nowMs += 3 * 86_400_000
    await next(4)
    expect([repository.days(), JSON.stringify(unpackedJson(repository.pastDay(first)?.packed ?? new Uint8Array()))]).toEqual([
      { oldest: first, last: first + 3 },
      text,
    ])
    await pipeline.close()
    // Another process goes on on a later day.
    const last = pipeline.text()
    nowMs += 86_400_000
    const again = piped(repository, 600_000, { now: () => nowMs })
    await again.sinkOf('one').add({ batches: await batches(1), positions: positions('1') })
    await again.flush()
    expect(JSON.stringify(unpackedJson(repository.pastDay(first + 3)?.packed ?? new Uint8Array()))).toBe(last)
    await again.close()
  })

  it('replaces the open end of an input that grew before it was kept', async () => {
    const repository = memoryRepository()
    const pipeline = piped(repository, 600_000)
    const sink = pipeline.sinkOf('one')
    const end = (digest: string, dropTails: readonly string[], tail: readonly Uint8Array[]) => ({
      batches: [],
      inputs: { positions: [{ digest, bytes: digest.length }], tails: [{ digest, batches: tail }], dropTails },
    })
    await sink.add(end('aa', [], await batches(1)))
    await sink.add(end('aabb', ['aa'], await batches(2)))
    await sink.add(end('aabbcc', ['aabb'], await batches(3)))
    await pipeline.flush()
    expect([repository.load().tails.map(({ digest }) => digest), pipeline.exchanges(), piped(repository).exchanges()]).toEqual([['aabbcc'], 3, 3])
    expect(sink.inputs().map(({ digest }) => digest)).toEqual(['aa', 'aabb', 'aabbcc'])
    await pipeline.close()
  })
})
