import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'

import { runThrough } from '../../src/base/run_through.ts'
import type { Decision } from '../../src/finding/decision.ts'
import { InventoryState, type StateBatch } from '../../src/inventory/state.ts'
import { encodeBatch } from '../../src/observation/codec.ts'
import type { Observation } from '../../src/observation/observation.ts'
import { unpacked } from '../../src/observation/packed.ts'
import { memoryRepository } from '../../src/storage/memory.ts'
import { emptyBatch, type Repository, type StoredEvent, type StoredState, type Tail } from '../../src/storage/repository.ts'
import { sqliteRepository } from '../../src/storage/sqlite.ts'
import { change, sampleBatch, sampleObservation } from './sample.ts'

const position = { digest: 'a'.repeat(64), bytes: 100 }
const grown = { digest: 'b'.repeat(64), bytes: 250 }

const tail = (digest: string, path: string): Tail => ({ digest, batch: { ...emptyBatch, observations: [sampleObservation(path, 1)] } })

/** What is stored: all of it merged, and decoded, so that it can be compared. */
function loaded(repository: Repository): StoredState {
  const { base, tails, ...rest } = repository.load()
  const whole = <B extends StateBatch>(batch: B): B => ({ ...batch, observations: batch.observations.map(unpacked) })
  return { ...rest, base: whole(snapshotOf(base)), tails: tails.map(({ digest, batch }) => ({ digest, batch: whole(batch) })) }
}

let folder = ''
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'tapistry-storage-'))
})
afterEach(() => rmSync(folder, { recursive: true, force: true }))

const kinds: ReadonlyArray<readonly [name: string, open: () => Repository]> = [
  ['memory', memoryRepository],
  ['sqlite', () => sqliteRepository(join(folder, 'tapistry.db'))],
]

describe.each(kinds)('%s', (_, open) => {
  test('is empty at first', () => {
    const repository = open()
    expect(loaded(repository)).toEqual({ base: emptyBatch, tails: [], positions: [], sources: [], generation: 0, day: null })
    repository.close()
  })

  test('gives back what was committed', () => {
    const repository = open()
    const batch = sampleBatch(sampleObservation('/users', 3), sampleObservation('/users/{int}', 5))
    const tails = [{ digest: position.digest, batch: { ...emptyBatch, observations: [sampleObservation('/open', 1)] } }]
    expect(repository.commit(change({ batch, positions: [position], tails }))).toBe('committed')
    const stored = loaded(repository)
    expect(stored.base).toEqual(snapshotOf(batch))
    expect(stored.tails).toEqual(tails)
    expect(stored.positions).toEqual([{ ...position, seen: 1 }])
    expect(stored.generation).toBe(1)
    repository.close()
  })

  test('adds up: commits in any grouping give the same state', () => {
    const repository = open()
    const [one, other] = [sampleBatch(sampleObservation('/users', 3)), sampleBatch(sampleObservation('/users', 4), sampleObservation('/new', 1))]
    repository.commit(change({ batch: one, positions: [position] }))
    repository.commit(change({ basis: 1, batch: other, positions: [grown] }))
    expect(loaded(repository).base).toEqual(snapshotOf(one, other))
    repository.close()
  })

  test('takes packed batches as they are', () => {
    const repository = open()
    const [one, other] = [sampleBatch(sampleObservation('/users', 3)), sampleBatch(sampleObservation('/users', 4), sampleObservation('/new', 1))]
    repository.commit(change({ batch: one, packed: [encodeBatch(one), encodeBatch(other)] }))
    expect(loaded(repository).base).toEqual(snapshotOf(one, withoutFolded(one), withoutFolded(other)))
    repository.close()
  })

  test('adds nothing for an input that is known, unless asked to', () => {
    const repository = open()
    const batch = sampleBatch(sampleObservation('/users', 3))
    repository.commit(change({ batch, positions: [position] }))
    expect(repository.commit(change({ basis: 1, batch, positions: [position] }))).toBe('known')
    expect(loaded(repository).base).toEqual(snapshotOf(batch))
    expect(repository.commit(change({ basis: 1, batch, positions: [position], again: true }))).toBe('committed')
    expect(loaded(repository).base).toEqual(snapshotOf(batch, batch))
    repository.close()
  })

  test('replaces the tail of an input that has grown', () => {
    const repository = open()
    repository.commit(change({ positions: [position], tails: [tail(position.digest, '/old')] }))
    repository.commit(change({ basis: 1, positions: [grown], tails: [tail(grown.digest, '/new')], dropTails: [position.digest] }))
    expect(loaded(repository).tails).toEqual([tail(grown.digest, '/new')])
    expect(loaded(repository).positions).toEqual([
      { ...position, seen: 1 },
      { ...grown, seen: 2 },
    ])
    repository.close()
  })

  test('remembers when an input was seen last, forgets it, and makes open ends part of the base', () => {
    const repository = open()
    const last = { digest: 'c'.repeat(64), bytes: 1 }
    const ends = [tail(position.digest, '/one'), tail(grown.digest, '/two')]
    repository.commit(change({ batch: sampleBatch(sampleObservation('/users', 3)), positions: [position, grown, last], tails: ends }))
    const before = loaded(repository)
    const settling = change({
      basis: 1,
      positions: [position, { ...grown, isSuperseded: true }],
      dropPositions: [last],
      settleTails: [position.digest, 'unknown'],
      again: true,
    })
    expect(repository.commit(settling)).toBe('committed')
    const after = loaded(repository)
    expect(after.positions).toEqual([
      { ...position, seen: 2 },
      { ...grown, seen: 0 },
    ])
    expect(after.tails).toEqual([ends[1]])
    expect(snapshotOf(after.base, ...after.tails.map(({ batch }) => batch))).toEqual(snapshotOf(before.base, ...before.tails.map(({ batch }) => batch)))
    repository.close()
  })

  test('keeps how far sources were read, with and without anything beside it', () => {
    const repository = open()
    const batch = sampleBatch(sampleObservation('/users', 3))
    repository.commit(
      change({
        batch,
        sources: [
          { source: 'log:b', part: 'x', position: '1' },
          { source: 'log:a', part: 'y', position: '2' },
          { source: 'log:a', part: 'x', position: '3' },
        ],
      }),
    )
    const only = [
      { source: 'log:a', part: 'x', position: '30' },
      { source: 'log:b', part: 'x', position: null },
      { source: 'log:c', part: 'never there', position: null },
    ]
    expect(repository.commit(change({ basis: 1, sources: only }))).toBe('committed')
    expect(loaded(repository)).toMatchObject({
      base: snapshotOf(batch),
      sources: [
        { source: 'log:a', part: 'x', position: '30' },
        { source: 'log:a', part: 'y', position: '2' },
      ],
      generation: 2,
    })
    repository.close()
  })

  test('loses nothing of sources beside inputs that are known', () => {
    const repository = open()
    const batch = sampleBatch(sampleObservation('/users', 3))
    repository.commit(change({ batch, positions: [position] }))
    const sources = [{ source: 'log:a', part: 'x', position: '1' }]
    expect(repository.commit(change({ basis: 1, batch, positions: [position], sources }))).toBe('committed')
    expect(loaded(repository)).toMatchObject({ base: snapshotOf(batch, batch), positions: [position], sources })
    repository.close()
  })

  test('removes keys that are old by event time, and counts what goes', () => {
    const repository = open()
    const day = 86_400_000
    const at = (path: string, count: number, lastSeenMs: number, more: Partial<Observation['key']> = {}): Observation => ({
      ...sampleObservation(path, count, more),
      firstSeenMs: lastSeenMs,
      lastSeenMs,
    })
    const observations = [
      at('/new', 1, 100 * day),
      at('/edge', 2, 70 * day),
      at('/old', 4, 70 * day - 1),
      at('', 8, 1 * day, { method: '', source: 'logs' }),
      at('/timeless', 16, -Infinity),
      at('/wrong-clock', 32, 9_000 * day),
    ]
    repository.commit(change({ batch: { ...emptyBatch, observations } }))
    const rule = { olderThanMs: 30 * day, bytesMax: null, eventsMax: null, latestMs: 101 * day }
    const expected = { keys: 2, keysBefore: 6, exchanges: 12, newestMs: 100 * day }
    expect(runThrough(repository.prune({ ...rule, dryRun: true }))).toMatchObject(expected)
    expect(loaded(repository)).toMatchObject({ base: snapshotOf({ ...emptyBatch, observations }), generation: 1 })
    expect(runThrough(repository.prune({ ...rule, dryRun: false }))).toMatchObject(expected)
    const folded = new Map([['api.example.com', { exchanges: { packets: 4, logs: 0 }, unread: { packets: 0, logs: 8 } }]])
    const left = observations.filter(({ key }) => key.path !== '/old' && key.path !== '')
    expect(loaded(repository)).toMatchObject({ base: snapshotOf({ ...emptyBatch, observations: left, folded }), generation: 2 })
    expect(runThrough(repository.prune({ ...rule, dryRun: false }))).toMatchObject({ keys: 0, keysBefore: 4, exchanges: 0 })
    expect(repository.load().generation).toBe(2)
    repository.close()
  })

  test('removes the oldest keys until the rest is small enough', () => {
    const repository = open()
    const whole = { olderThanMs: null, bytesMax: null, eventsMax: null, latestMs: Infinity, dryRun: false }
    const { bytesBefore: emptyBytes } = runThrough(repository.prune(whole))
    const observations = Array.from({ length: 400 }, (_, index) => ({
      ...sampleObservation('/path', 1, { service: `${index}.example.com` }),
      lastSeenMs: 1_000 + index,
    }))
    repository.commit(change({ batch: { ...emptyBatch, observations } }))
    const { bytesBefore } = runThrough(repository.prune(whole))
    const bytesMax = Math.round(emptyBytes + (runThrough(repository.prune(whole)).bytesBefore - emptyBytes) * 0.6)
    const pruned = runThrough(repository.prune({ ...whole, bytesMax }))
    expect(bytesBefore).toBeGreaterThan(emptyBytes)
    expect(pruned.bytesAfter).toBeLessThanOrEqual(bytesMax)
    expect(pruned.keys).toBeGreaterThan(100)
    expect(pruned.keys).toBeLessThan(300)
    const left = repository.load().base.observations.map(({ lastSeenMs }) => lastSeenMs)
    expect(Math.min(...left)).toBe(1_000 + pruned.keys)
    expect(left).toHaveLength(400 - pruned.keys)
    repository.close()
  })

  test('keeps decisions in their order; the last of an id counts', () => {
    const repository = open()
    const decision = (id: string, reason: string): Decision => ({
      id,
      atMs: 1_000,
      by: 'local',
      body: { kind: 'suppression', finding: 'inv.shadow-service', service: null, endpoint: null, reason, untilMs: null },
    })
    repository.commit(change({ decisions: [decision('a', 'one'), decision('b', 'two'), decision('c', 'three')] }))
    repository.commit(change({ basis: 1, decisions: [decision('a', 'four')], dropDecisions: ['b', 'nobody'] }))
    expect(repository.decisions()).toEqual([decision('c', 'three'), decision('a', 'four')])
    expect(repository.commit(change({ basis: 2, positions: [position], dropDecisions: ['c'] }))).toBe('committed')
    expect(repository.commit(change({ basis: 3, positions: [position], dropDecisions: ['a'] }))).toBe('committed')
    expect(repository.decisions()).toEqual([])
    repository.close()
  })

  test('keeps what changed, to be read on behind any event', () => {
    const repository = open()
    const event = (index: number): StoredEvent => ({
      atMs: 1_000 + index,
      kind: index % 2 === 0 ? 'endpoint' : 'service',
      subject: `id_${index % 3}`,
      what: 'appeared',
      details: { index, label: ['shadow', null] },
    })
    const all = Array.from({ length: 9 }, (_, index) => event(index))
    repository.commit(change({ events: all.slice(0, 4) }))
    repository.commit(change({ basis: 1, positions: [position], events: all.slice(4, 8) }))
    expect(repository.commit(change({ basis: 2, positions: [position], events: all.slice(8) }))).toBe('committed')
    const kept = all.map((each, index) => Object.assign({ id: index + 1 }, each))
    expect(repository.eventsSince(0, 100)).toEqual(kept)
    expect(repository.eventsSince(3, 4)).toEqual(kept.slice(3, 7))
    expect(repository.lastEventId()).toBe(kept.at(-1)?.id)
    expect(repository.eventsOf('id_1', 0, 2)).toEqual([kept[1], kept[4]])
    expect(repository.eventsOf('id_1', 5, 100)).toEqual([kept[7]])
    expect(repository.eventsOf('nobody', 0, 100)).toEqual([])
    repository.close()
  })

  test('removes old changes by age and number; no id comes again', () => {
    const repository = open()
    const event = (atMs: number): StoredEvent => ({ atMs, kind: 'endpoint', subject: 'ep', what: 'changed', details: {} })
    const batch = { ...emptyBatch, observations: [{ ...sampleObservation('/users', 1), lastSeenMs: 1_000 }] }
    repository.commit(change({ batch, events: [100, 1_699, 1_700, 2_000, 1_900].map(event) }))
    const rule = { olderThanMs: 300, bytesMax: null, eventsMax: null, latestMs: Infinity, dryRun: false }
    expect(runThrough(repository.prune(rule))).toMatchObject({ keys: 0, events: 2, eventsBefore: 5 })
    expect(repository.eventsSince(0, 10).map(({ atMs }) => atMs)).toEqual([1_700, 2_000, 1_900])
    expect(repository.lastEventId()).toBe(5)
    expect(runThrough(repository.prune({ ...rule, olderThanMs: null, eventsMax: 0 }))).toMatchObject({ keys: 0, events: 3, eventsBefore: 3 })
    repository.commit(change({ basis: repository.load().generation, events: [event(3_000)] }))
    expect(repository.eventsSince(0, 10)).toEqual([{ id: 6, ...event(3_000) }])
    repository.close()
  })

  test('keeps the inventory of a day with the first commit of another one, where it is not the one that was kept before', () => {
    const repository = open()
    let basis = 0
    const commit = (day: number, inventory: string | null): void => {
      repository.commit(change({ basis, day, dayBefore: inventory === null ? null : Buffer.from(inventory), positions: [{ digest: 'a', bytes: basis }] }))
      basis += 1
    }
    const at = (day: number): readonly [number, string] | null => {
      const past = repository.pastDay(day)
      return past && [past.day, Buffer.from(past.packed).toString()]
    }
    expect([repository.days(), repository.load().day]).toEqual([{ oldest: null, last: null }, null])
    commit(10, 'nothing was there')
    expect([repository.days(), repository.pastDay(10)]).toEqual([{ oldest: null, last: 10 }, null])
    commit(10, 'no day has ended')
    commit(11, 'ten')
    commit(14, 'ten')
    commit(15, 'fourteen')
    commit(16, null)
    commit(20, 'sixteen')
    expect([9, 10, 11, 13, 14, 15, 16, 19, 99].map(at)).toEqual([
      null,
      [10, 'ten'],
      [10, 'ten'],
      [10, 'ten'],
      [14, 'fourteen'],
      [14, 'fourteen'],
      [16, 'sixteen'],
      [16, 'sixteen'],
      [16, 'sixteen'],
    ])
    expect([repository.days(), repository.load().day]).toEqual([{ oldest: 10, last: 20 }, 20])
    // A clock that is set back, and a day that ends again.
    commit(16, 'twenty')
    commit(17, 'sixteen, later')
    expect([16, 20].map(at)).toEqual([
      [16, 'sixteen, later'],
      [20, 'twenty'],
    ])
    // One that begins in 1970 and is then put right: no such day was.
    commit(0, 'seventeen')
    commit(21, 'of no day')
    expect([0, 9, 17].map(at)).toEqual([null, null, [17, 'seventeen']])
    // One that was far ahead: days go on being kept.
    commit(900, 'twenty-one')
    commit(22, 'of the future')
    commit(23, 'twenty-two')
    expect([20, 21, 22, 23].map(at)).toEqual([
      [20, 'twenty'],
      [21, 'twenty-one'],
      [22, 'twenty-two'],
      [22, 'twenty-two'],
    ])
    repository.close()
  })

  test('keeps what is told with its events', () => {
    const repository = open()
    const told = (): string | null => repository.told() && Buffer.from(repository.told() ?? []).toString()
    expect(told()).toBe(null)
    repository.commit(change({ told: Buffer.from('one'), positions: [position] }))
    repository.commit(change({ basis: 1, positions: [grown] }))
    expect(told()).toBe('one')
    repository.commit(change({ basis: 2, told: Buffer.from('two'), again: true }))
    expect(told()).toBe('two')
    repository.close()
  })

  test('removes past days by age, and keeps the one that holds at the bound', () => {
    const repository = open()
    for (const [basis, day] of [1, 3, 20, 29, 30].entries()) {
      repository.commit(change({ basis, day, dayBefore: Buffer.from(`before ${day}`), positions: [{ digest: 'a', bytes: basis }] }))
    }
    const rule = { olderThanMs: 20 * 86_400_000, bytesMax: null, eventsMax: null, latestMs: Infinity, dryRun: false }
    // What day 3 ended with was the newest until day 20, ten days before the last one.
    expect(runThrough(repository.prune({ ...rule, dryRun: true }))).toMatchObject({ days: 1, daysBefore: 4 })
    expect(runThrough(repository.prune(rule))).toMatchObject({ days: 1, daysBefore: 4, keys: 0, events: 0 })
    expect([repository.pastDay(2), repository.pastDay(10)?.day, repository.days().oldest]).toEqual([null, 3, 3])
    // No clock of now makes them old.
    expect(runThrough(repository.prune(rule))).toMatchObject({ days: 0, daysBefore: 3 })
    repository.close()
  })

  test('removes what happened before what is there, where all is too much', () => {
    const repository = open()
    const observations = Array.from({ length: 200 }, (_, index) => ({
      ...sampleObservation('/path', 1, { service: `${index}.example.com` }),
      lastSeenMs: 1_000 + index,
    }))
    const events = Array.from({ length: 400 }, (_, index): StoredEvent => ({
      atMs: 86_400_000 * 50 + index,
      kind: 'endpoint',
      subject: `id_${index}`,
      what: 'appeared',
      details: { text: 'x'.repeat(400) },
    }))
    repository.commit(change({ batch: { ...emptyBatch, observations }, day: 40, events }))
    repository.commit(change({ basis: 1, day: 60, dayBefore: Buffer.alloc(60_000, 1), positions: [position] }))
    const whole = { olderThanMs: null, bytesMax: null, eventsMax: null, latestMs: Infinity, dryRun: false }
    const { bytesBefore } = runThrough(repository.prune(whole))
    const some = runThrough(repository.prune({ ...whole, bytesMax: bytesBefore - 100_000 }))
    expect([some.keys, some.days, some.events]).toEqual([0, 0, expect.any(Number) as number])
    expect(some.events).toBeGreaterThan(100)
    expect(some.events).toBeLessThan(400)
    expect(Math.min(...repository.eventsSince(0, 1_000).map(({ id }) => id))).toBe(some.events + 1)
    const more = runThrough(repository.prune({ ...whole, bytesMax: Math.round(bytesBefore * 0.1) }))
    expect([more.days, more.events, more.keys > 20]).toEqual([1, 400 - some.events, true])
    repository.close()
  })

  test('refuses a writer that was overtaken, and keeps nothing of it', () => {
    const repository = open()
    repository.commit(change({ batch: sampleBatch(sampleObservation('/users', 3)), positions: [position] }))
    const before = loaded(repository)
    const sources = [{ source: 'log:a', part: 'x', position: '1' }]
    expect(() => repository.commit(change({ batch: sampleBatch(sampleObservation('/late', 1)), positions: [grown], sources }))).toThrow(/another run/)
    expect(loaded(repository)).toEqual(before)
    repository.close()
  })
})

/** What a packed batch has of one. */
function withoutFolded({ observations, visibility, counters }: StateBatch): StateBatch {
  return { observations, visibility, counters }
}

function snapshotOf(...batches: Parameters<InventoryState['fold']>[0][]): ReturnType<InventoryState['snapshot']> {
  const state = new InventoryState()
  for (const batch of batches) state.fold(batch)
  return state.snapshot()
}
