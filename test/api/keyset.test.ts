import { expect, it } from 'vitest'

import { runThrough } from '../../src/base/run_through.ts'
import { sortingByKey } from '../../src/api/keyset.ts'
import { seeded } from '../../src/cli/bench/random.ts'

const between = seeded(1)

it.each([0, 1, 1999, 2000, 2001, 9000])('%i rows are in order, those of equal keys as they were', (count) => {
  const rows = Array.from({ length: count }, (_, place) => ({ place, score: between(0, 50), name: 'abc'.charAt(between(0, 2)) }))
  const expected = rows.toSorted((one, other) => one.score - other.score || (one.name < other.name ? -1 : one.name > other.name ? 1 : 0))
  expect(runThrough(sortingByKey(rows, ({ score, name }) => [score, name]))).toEqual(expected)
})
