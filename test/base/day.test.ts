import { expect, test } from 'vitest'

import { dayIn, dayOf, dayText } from '../../src/base/day.ts'

test.each([
  ['1970-01-01', 0],
  ['1969-12-31', -1],
  ['2026-11-20', 20_777],
  ['2028-02-29', 21_243],
])('%s is day %d', (text, day) => {
  expect([dayIn(text), dayText(day), dayOf(Date.parse(`${text}T23:59:59.999Z`))]).toEqual([day, text, day])
})

test.each(['', 'today', '2026-11-31', '2026-02-29', '2026-13-01', '2026-1-1', '20261120', '2026-11-20T00:00:00Z', ' 2026-11-20'])('%j is no day', (text) => {
  expect(dayIn(text)).toBe(null)
})
