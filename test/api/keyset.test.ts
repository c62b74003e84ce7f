import { expect, it } from 'vitest'

import { runThrough } from '../../src/base/run_through.ts'
import { pageAmong, pageOf, sortingByKey } from '../../src/api/keyset.ts'
import { seeded } from '../../src/cli/bench/random.ts'

const between = seeded(1)

it.each([0, 1, 1999, 2000, 2001, 9000])('%i rows are in order, those of equal keys as they were', (count) => {
  const rows = Array.from({ length: count }, (_, place) => ({ place, score: between(0, 50), name: 'abc'.charAt(between(0, 2)) }))
  const expected = rows.toSorted((one, other) => one.score - other.score || (one.name < other.name ? -1 : one.name > other.name ? 1 : 0))
  expect(runThrough(sortingByKey(rows, ({ score, name }) => [score, name]))).toEqual(expected)
})

it('a page of a glance is the whole page, or none', () => {
  const rows = Array.from({ length: 60 }, (_, place) => place)
  for (let round = 0; round < 300; round += 1) {
    const [every, limit, looksMax] = [between(1, 40), between(1, 10), between(0, 80)]
    const ordered = { rows, keyOf: (row: number) => [row], isDescending: round % 2 === 0 }
    const asked = { after: round % 3 === 0 ? null : [between(0, 59)], limit, matches: (row: number) => row % every === 0, textOf: String }
    const whole = pageOf(ordered, asked)
    const glance = pageAmong(ordered, asked, looksMax)
    if (glance !== null) expect(glance).toEqual(whole)
    // Where the page ends before the rows do, it shows with the next one that matches.
    else expect(looksMax).toBeLessThan(whole.texts.length * every + every)
  }
})
