import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test, vi } from 'vitest'

import { TapistryError } from '../../src/base/errors.ts'
import { startRetention, type RetentionOptions } from '../../src/daemon/retention.ts'
import { unpackedJson } from '../../src/storage/packed_json.ts'
import type { Pruned } from '../../src/storage/prune.ts'
import type { Repository } from '../../src/storage/repository.ts'
import { sqliteRepository } from '../../src/storage/sqlite.ts'
import { until } from '../e2e/until.ts'
import { piped, type Piped } from '../source/piped.ts'
import { change, sampleBatch, sampleObservation } from '../storage/sample.ts'

const dayMs = 86_400_000
const startMs = Date.parse('2026-11-28T00:00:00Z')

let folder = ''
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'tapistry-retention-'))
  vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] })
})
afterEach(() => {
  vi.useRealTimers()
  rmSync(folder, { recursive: true, force: true })
})

/** A store with a path for each of so many days before today, and a pipeline over it. */
function filled(days: number): { readonly repository: Repository; readonly pipeline: Piped } {
  const repository = sqliteRepository(join(folder, 'tapistry.db'))
  const observations = Array.from({ length: days }, (_, day) => ({ ...sampleObservation(`/day/${day}/orders`, 1 + day), lastSeenMs: startMs - day * dayMs }))
  const event = { kind: 'endpoint', subject: 'ep_1', what: 'appeared', details: {} } as const
  const events = [90, 50, 0].map((day) => Object.assign({ atMs: startMs - day * dayMs }, event))
  repository.commit(change({ batch: sampleBatch(...observations), events, day: startMs / dayMs }))
  return { repository, pipeline: piped(repository, 600_000, { now: () => startMs }) }
}

/** Retention over a pipeline, by a clock that is moved by hand. */
function started(pipeline: Piped, more: Partial<RetentionOptions> = {}) {
  const clock = { nowMs: startMs, uptimeMs: 5_000 }
  const pruned: Pruned[] = []
  const problems: string[] = []
  const retention = startRetention({
    pipeline,
    ageMs: 60 * dayMs,
    bytesMax: Infinity,
    bytes: () => 0,
    now: () => clock.nowMs,
    uptimeMs: () => clock.uptimeMs,
    onPruned: (one) => void pruned.push(one),
    onProblem: (problem) => void problems.push(problem),
    ...more,
  })
  const runs = async (count: number): Promise<unknown> => untilNow(() => retention.counters()['retention.runs'] === count && vi.getTimerCount() > 0)
  return { retention, clock, pruned, problems, runs }
}

/** `until` with the clock of the machine. */
async function untilNow(look: () => boolean): Promise<unknown> {
  for (let turn = 0; turn < 100_000; turn += 1) {
    if (look()) return true
    await new Promise((resolve) => setImmediate(resolve))
  }
  return until(look)
}

test('what is too old goes at the start and every day, and what is left is what another one reads', async () => {
  const { repository, pipeline } = filled(100)
  const exchanges = pipeline.text()
  const { retention, clock, pruned, problems, runs } = started(pipeline)
  await runs(1)
  expect(pruned).toMatchObject([{ keys: 39, keysBefore: 100, events: 1, eventsBefore: 3, days: 0 }])
  const counted = (text: string): unknown => (JSON.parse(text) as { visibility: { http: { exchanges: number } } }).visibility.http.exchanges
  expect([pipeline.text(), counted(pipeline.text())]).toEqual([piped(repository).text(), counted(exchanges)])
  expect(pipeline.text()).not.toBe(exchanges)
  // Traffic of a later day makes more of it old, within a day.
  await pipeline.sinkOf('log').add({ batches: [], positions: new Map([['part', 'later']]) })
  await pipeline.flush()
  const later = { ...sampleObservation('/later', 1), lastSeenMs: startMs + 2 * dayMs }
  repository.commit(change({ basis: repository.generation(), batch: sampleBatch(later), day: startMs / dayMs }))
  clock.nowMs += 2 * dayMs
  clock.uptimeMs += 2 * dayMs
  vi.advanceTimersByTime(dayMs)
  await runs(2)
  expect([pruned.length, pruned[1]?.keys, retention.counters()]).toEqual([
    2,
    2,
    { 'retention.runs': 2, 'retention.failed': 0, 'retention.keys': 41, 'retention.events': 1, 'retention.days': 0 },
  ])
  expect([problems, pipeline.text()]).toEqual([[], piped(repository).text()])
  await retention.close()
  expect(vi.getTimerCount()).toBe(0)
  await pipeline.close()
  repository.close()
})

test('commits come between two steps, and nothing of them is lost', async () => {
  const { repository, pipeline } = filled(2_000)
  const { retention, runs } = started(pipeline)
  const sink = pipeline.sinkOf('log')
  let commits = 0
  while ((retention.counters()['retention.keys'] ?? 0) === 0) {
    await sink.add({ batches: [], positions: new Map([['part', String((commits += 1))]]) })
    await pipeline.flush()
    await new Promise((resolve) => setImmediate(resolve))
  }
  await runs(1)
  expect(commits).toBeGreaterThan(5)
  expect(repository.load().sources).toEqual([{ source: 'log', part: 'part', position: String(commits) }])
  expect([pipeline.text(), retention.counters()['retention.keys']]).toEqual([piped(repository).text(), 2_000 - 61])
  await retention.close()
  await pipeline.close()
  repository.close()
})

test('what is too much goes', async () => {
  const { repository, pipeline } = filled(1_000)
  const bytesMax = Math.round(repository.bytes() * 0.7)
  const { retention, pruned, runs } = started(pipeline, { ageMs: 10_000 * dayMs, bytesMax, bytes: repository.bytes })
  await runs(1)
  expect([repository.bytes() <= bytesMax, pruned[0]?.events, (pruned[0]?.keys ?? 0) > 100, (pruned[0]?.keys ?? 0) < 900]).toEqual([true, 3, true, true])
  expect(pipeline.text()).toBe(piped(repository).text())
  // Within the hour where it has become too much again, else not before a day is over.
  vi.advanceTimersByTime(dayMs / 2)
  expect(retention.counters()['retention.runs']).toBe(1)
  const more = Array.from({ length: 1_000 }, (_, day) => ({ ...sampleObservation(`/more/${day}/orders`, 1), lastSeenMs: startMs + day }))
  repository.commit(change({ basis: repository.generation(), batch: sampleBatch(...more), day: startMs / dayMs }))
  expect(repository.bytes()).toBeGreaterThan(bytesMax)
  vi.advanceTimersByTime(dayMs / 24)
  await runs(2)
  expect(repository.bytes()).toBeLessThanOrEqual(bytesMax)
  await retention.close()
  await pipeline.close()
  repository.close()
})

test('by a clock that goes far ahead nothing becomes old', async () => {
  const { repository, pipeline } = filled(100)
  const { retention, clock, pruned, problems, runs } = started(pipeline)
  await runs(1)
  const far = { ...sampleObservation('/far', 1), lastSeenMs: startMs + 20_000 * dayMs }
  repository.commit(change({ basis: repository.generation(), batch: sampleBatch(far), day: startMs / dayMs }))
  clock.nowMs += 20_000 * dayMs
  clock.uptimeMs += 3_600_000
  vi.advanceTimersByTime(dayMs)
  await runs(2)
  expect([pruned.length, problems]).toEqual([1, ['the clock went ahead by 19999 days since the start: nothing is removed by age until it is started again']])
  // Set right again, what came with the wrong time makes nothing old either.
  clock.nowMs = startMs + 2 * 3_600_000
  vi.advanceTimersByTime(dayMs)
  await runs(3)
  expect([pruned.length, problems.length]).toEqual([1, 1])
  await retention.close()
  await pipeline.close()
  repository.close()
})

test('what cannot be removed is told, and tried again', async () => {
  const { repository, pipeline } = filled(100)
  const full = new TapistryError('STORAGE', 'the disk is full')
  let isFull = true
  const failing: Piped = { ...pipeline, prune: async (rule, signal) => (isFull ? Promise.reject(full) : pipeline.prune(rule, signal)) }
  const { retention, pruned, problems, runs } = started(failing)
  await runs(1)
  expect([problems, pruned, retention.counters()['retention.failed']]).toEqual([['the disk is full'], [], 1])
  isFull = false
  vi.advanceTimersByTime(dayMs)
  await runs(2)
  expect(pruned).toMatchObject([{ keys: 39 }])
  await retention.close()
  await pipeline.close()
  repository.close()
})

test('the day that is over is kept with what goes on the next one', async () => {
  const { repository } = filled(100)
  const pipeline = piped(repository, 600_000, { now: () => startMs + 3 * dayMs })
  const before = pipeline.text()
  const { retention, pruned, runs } = started(pipeline)
  await runs(1)
  expect(pruned).toMatchObject([{ keys: 39, daysBefore: 1, days: 0 }])
  const past = repository.pastDay(startMs / dayMs + 2)
  expect([past?.day, JSON.stringify(unpackedJson(past?.packed ?? new Uint8Array())) === before, pipeline.text() === before]).toEqual([
    startMs / dayMs,
    true,
    false,
  ])
  await retention.close()
  await pipeline.close()
  repository.close()
})

test('it ends between two transactions', async () => {
  const { repository, pipeline } = filled(3_000)
  const { retention, pruned } = started(pipeline)
  await untilNow(() => repository.load().base.observations.length < 3_000)
  await retention.close()
  expect([pruned, vi.getTimerCount(), repository.load().base.observations.length > 61]).toEqual([[], 0, true])
  expect(pipeline.text()).toBe(piped(repository).text())
  await pipeline.close()
  repository.close()
})
