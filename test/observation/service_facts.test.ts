import { expect, test } from 'vitest'

import type { ServiceCount } from '../../src/observation/observation.ts'
import { trimFacts } from '../../src/observation/service_facts.ts'

test('of each kind the values that come first by their text stay, with all of their counts, whatever was merged first', () => {
  const batches = Array.from(
    { length: 60 },
    (_, index) =>
      new Map<ServiceCount, number>([
        [`tls.ja4:${String((index * 7) % 60).padStart(2, '0')}`, 1],
        ['flows', 1],
      ]),
  )
  const merged = (order: typeof batches): ReadonlyMap<ServiceCount, number> => {
    const counts = new Map<ServiceCount, number>()
    for (const batch of order) {
      for (const [name, count] of batch) counts.set(name, (counts.get(name) ?? 0) + count)
      trimFacts(counts)
    }
    return new Map([...counts].toSorted(([a], [b]) => (a < b ? -1 : 1)))
  }
  const both = merged([...batches, ...batches])
  expect(both).toEqual(merged([...batches, ...batches].toReversed()))
  expect(both).toEqual(new Map([['flows', 120], ...Array.from({ length: 32 }, (_, index) => [`tls.ja4:${String(index).padStart(2, '0')}`, 2] as const)]))
})
