import { expect, test } from 'vitest'

import { dayIn } from '../../src/base/day.ts'
import { memoryRepository } from '../../src/storage/memory.ts'
import { packedJson } from '../../src/storage/packed_json.ts'
import { pastInventories } from '../../src/storage/past_inventories.ts'
import { change } from './sample.ts'

test('the inventory of a day is that of its end, by the clock of whoever kept it', () => {
  const repository = memoryRepository()
  const past = pastInventories(repository, () => Date.parse('2026-11-28T12:00:00Z'))
  expect([past.asOf('2026-11-28'), past.asOf('2026-11-29'), past.oldest()]).toEqual(['now', null, null])
  for (const [basis, [day, before]] of [
    ['2026-11-20', null],
    ['2026-11-21', { of: 20 }],
    ['2026-11-25', { of: 21 }],
  ].entries()) {
    const dayBefore = before === null ? null : packedJson(before)
    repository.commit(change({ basis, day: dayIn(String(day)) ?? 0, dayBefore, positions: [{ digest: 'a', bytes: basis }] }))
  }
  const days = ['2026-11-19', '2026-11-20', '2026-11-21', '2026-11-24', '2026-11-25', '2026-11-28', '2026-11-29', 'never']
  expect(days.map((day) => past.asOf(day))).toEqual([null, { of: 20 }, { of: 21 }, { of: 21 }, 'now', 'now', null, null])
  expect(past.oldest()).toBe('2026-11-20')
  expect(past.asOf('2026-11-21')).toBe(past.asOf('2026-11-24'))
  // A commit by a clock that was ahead.
  repository.commit(change({ basis: 3, day: dayIn('2099-01-01') ?? 0, dayBefore: packedJson({ of: 25 }), positions: [{ digest: 'a', bytes: 9 }] }))
  expect([past.asOf('2026-11-27'), past.asOf('2026-11-28')]).toEqual([{ of: 25 }, 'now'])
})
