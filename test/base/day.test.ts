import { expect, test } from 'vitest'

import { dayIn, dayOf, dayText, momentIn } from '../../src/base/day.ts'

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

test.each([
  ['2026-02-28', Date.UTC(2026, 1, 28)],
  ['2028-02-29T23:59:59Z', Date.UTC(2028, 1, 29, 23, 59, 59)],
  ['2026-03-01t00:30:00.5+01:00', Date.UTC(2026, 1, 28, 23, 30, 0, 500)],
])('%s is the moment %d', (text, ms) => {
  expect(momentIn(text)).toBe(ms)
})

test.each([
  '2026-02-31',
  '2026-02-29T00:00:00Z',
  '2026-02-31T23:00:00+02:00',
  '2026-03-01T24:00:00Z',
  '2026-03-01T23:60:00Z',
  '2026-03-01T00:00:00+24:00',
  '9999-12-31T23:59:59-23:59',
  'now',
])('%j is no moment', (text) => {
  expect(momentIn(text)).toBe(null)
})
