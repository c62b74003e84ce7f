import { expect, it } from 'vitest'

import { downBefore, watchSources } from '../../src/daemon/watch_sources.ts'
import { memoryRepository } from '../../src/storage/memory.ts'
import { change } from '../storage/sample.ts'

it('tells that a source is down once for each problem, and up when that has lasted', () => {
  const look = watchSources(new Map())
  const looks: ReadonlyArray<readonly [atMs: number, state: 'starting' | 'up' | 'down' | 'ended', problem: string | null]> = [
    [0, 'starting', null],
    [1_000, 'up', null],
    [2_000, 'down', 'refused'],
    [4_000, 'up', null],
    [6_000, 'down', 'refused'],
    [8_000, 'down', 'no such host'],
    [10_000, 'up', null],
    [69_999, 'up', null],
    [70_000, 'up', null],
    [72_000, 'up', null],
    [80_000, 'down', 'refused'],
    [82_000, 'ended', null],
  ]
  const told = looks.flatMap(([atMs, state, problem]) => look([{ id: 'kafka:gateway', kind: 'kafka', state, problem }], atMs))
  expect(told.map(({ atMs, what, details }) => [atMs, what, details['problem'] ?? null])).toEqual([
    [2_000, 'down', 'refused'],
    [8_000, 'down', 'no such host'],
    [70_000, 'up', null],
    [80_000, 'down', 'refused'],
    [82_000, 'up', null],
  ])
  expect(told[0]).toMatchObject({ kind: 'source', subject: 'kafka:gateway' })
})

it('goes on where the last daemon was, whatever was lost with it', () => {
  const repository = memoryRepository()
  const event = (subject: string, what: string, problem: string | null = null) => ({ atMs: 1, kind: 'source', subject, what, details: { problem } }) as const
  const often = Array.from({ length: 1001 }, () => event('log:a', 'up'))
  repository.commit(
    change({ events: [event('log:b', 'down', 'gone'), event('log:c', 'down', 'gone'), event('log:c', 'up'), ...often, event('log:a', 'down', 'denied')] }),
  )
  const ids = ['log:a', 'log:b', 'log:c', 'log:d']
  const before = downBefore(ids, repository)
  expect([...before]).toEqual([
    ['log:a', 'denied'],
    ['log:b', 'gone'],
  ])
  const look = watchSources(before)
  const all = (states: readonly string[], atMs: number): readonly string[] =>
    look(
      ids.map((id, at) => ({ id, kind: 'log', state: states[at] === 'up' ? 'up' : 'down', problem: states[at] === 'up' ? null : (states[at] ?? null) })),
      atMs,
    ).map(({ subject, what }) => `${subject} ${what}`)
  // What was told is not told again; what is up once that has lasted, and what is down by now, is.
  expect(all(['denied', 'up', 'gone', 'up'], 0)).toEqual(['log:c down'])
  expect(all(['denied', 'up', 'gone', 'up'], 60_000)).toEqual(['log:b up'])
})
