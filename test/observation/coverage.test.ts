import fc from 'fast-check'
import { expect, it } from 'vitest'

import { addCounts } from '../../src/observation/counts.ts'
import { capturedIn, capturedShare } from '../../src/observation/coverage.ts'

const lost = [
  'tcp.gapBytes',
  'tcp.unseenBytes',
  'tcp.shedBytes',
  'packets.kernelDropped',
  'http.unpairedRequests',
  'http.unpairedResponses',
  'http.incompleteExchanges',
] as const
const seen = ['tcp.deliveredBytes', 'packets.read', 'http.exchangesSeen'] as const
const amounts = (names: readonly string[]): fc.Arbitrary<ReadonlyMap<string, number>> =>
  fc.dictionary(fc.constantFrom(...names), fc.integer({ min: 0, max: 2 ** 40 })).map((counts) => new Map(Object.entries(counts)))
const shareOf = (parts: ReadonlyArray<ReadonlyMap<string, number>>): number =>
  capturedShare(capturedIn(parts.reduce<Map<string, number>>((sum, part) => addCounts(sum, part), new Map())))

it('is the same in whatever order and grouping its parts are summed', () => {
  fc.assert(
    fc.property(fc.array(amounts([...lost, ...seen])), (parts) => {
      const [first = new Map(), ...rest] = parts
      expect(shareOf(parts.toReversed())).toBe(shareOf(parts))
      expect(shareOf([rest.reduce<Map<string, number>>((sum, part) => addCounts(sum, part), new Map()), first])).toBe(shareOf(parts))
    }),
  )
})

it('is 1 where nothing is missing, and never rises with what is', () => {
  fc.assert(
    fc.property(amounts(seen), amounts(lost), fc.constantFrom(...lost), fc.integer({ min: 1, max: 1000 }), (whole, missing, name, more) => {
      expect(shareOf([whole])).toBe(1)
      const before = shareOf([whole, missing])
      const after = shareOf([whole, missing, new Map([[name, more]])])
      expect(after).toBeLessThanOrEqual(before)
      expect(after).toBeGreaterThanOrEqual(0)
    }),
  )
})

it.each([
  ['a tenth of the bytes', { 'tcp.deliveredBytes': 900, 'tcp.gapBytes': 60, 'tcp.unseenBytes': 30, 'tcp.shedBytes': 10 }, 0.9],
  [
    'a fifth of the packets, and therefore a tenth of the bytes',
    { 'tcp.deliveredBytes': 900, 'tcp.gapBytes': 100, 'packets.read': 80, 'packets.kernelDropped': 20 },
    0.8,
  ],
  ['half of an exchange of four', { 'http.exchangesSeen': 4, 'http.unpairedRequests': 1 }, 0.75],
  ['a part of one exchange and half of another of four', { 'http.exchangesSeen': 4, 'http.unpairedResponses': 1, 'http.incompleteExchanges': 1 }, 0.5],
  ['everything', { 'packets.kernelDropped': 3 }, 0],
])('lacks %s', (_, counts, share) => {
  expect(shareOf([new Map(Object.entries(counts))])).toBe(share)
})
