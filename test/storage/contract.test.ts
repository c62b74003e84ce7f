import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'

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
    expect(loaded(repository)).toEqual({ base: emptyBatch, tails: [], positions: [], sources: [], generation: 0 })
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
    expect(stored.positions).toEqual([position])
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
    expect(loaded(repository).positions).toEqual([position, grown])
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
    expect(repository.prune({ ...rule, dryRun: true })).toMatchObject(expected)
    expect(loaded(repository)).toMatchObject({ base: snapshotOf({ ...emptyBatch, observations }), generation: 1 })
    expect(repository.prune({ ...rule, dryRun: false })).toMatchObject(expected)
    const folded = new Map([['api.example.com', { exchanges: { packets: 4, logs: 0 }, unread: { packets: 0, logs: 8 } }]])
    const left = observations.filter(({ key }) => key.path !== '/old' && key.path !== '')
    expect(loaded(repository)).toMatchObject({ base: snapshotOf({ ...emptyBatch, observations: left, folded }), generation: 2 })
    expect(repository.prune({ ...rule, dryRun: false })).toMatchObject({ keys: 0, keysBefore: 4, exchanges: 0 })
    expect(repository.load().generation).toBe(2)
    repository.close()
  })

  test('removes the oldest keys until the rest is small enough', () => {
    const repository = open()
    const observations = Array.from({ length: 400 }, (_, index) => ({
      ...sampleObservation('/path', 1, { service: `${index}.example.com` }),
      lastSeenMs: 1_000 + index,
    }))
    repository.commit(change({ batch: { ...emptyBatch, observations } }))
    const whole = { olderThanMs: null, bytesMax: null, eventsMax: null, latestMs: Infinity, dryRun: false }
    const { bytesBefore } = repository.prune(whole)
    const bytesMax = Math.round(repository.prune(whole).bytesBefore * 0.6)
    const pruned = repository.prune({ ...whole, bytesMax })
    expect(bytesBefore).toBeGreaterThan(0)
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
    repository.commit(change({ batch, events: [100, 699, 700, 2_000, 900].map(event) }))
    const rule = { olderThanMs: 300, bytesMax: null, eventsMax: null, latestMs: Infinity, dryRun: false }
    expect(repository.prune(rule)).toMatchObject({ keys: 0, events: 2, eventsBefore: 5 })
    expect(repository.eventsSince(0, 10).map(({ atMs }) => atMs)).toEqual([700, 2_000, 900])
    expect(repository.lastEventId()).toBe(5)
    expect(repository.prune({ ...rule, olderThanMs: null, eventsMax: 0 })).toMatchObject({ keys: 0, events: 3, eventsBefore: 3 })
    repository.commit(change({ basis: repository.load().generation, events: [event(3_000)] }))
    expect(repository.eventsSince(0, 10)).toEqual([{ id: 6, ...event(3_000) }])
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
