import { expect, it } from 'vitest'

import { watchSources } from '../../src/daemon/watch_sources.ts'

it('tells that a source is down once for each problem, and up when that has lasted', () => {
  const look = watchSources()
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
