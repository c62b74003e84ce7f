import fc from 'fast-check'
import { describe, expect, it } from 'vitest'

import { decodeBatch, encodeBatch } from '../../src/observation/codec.ts'
import { mergeObservation, mergeValues } from '../../src/observation/merge.ts'
import { closedSetMax, isForgotten, type Values } from '../../src/observation/shape.ts'
import { observation, type Row } from '../inventory/build.ts'

const body = fc.dictionary(
  fc.constantFrom('id', 'name', 'tags', 'total'),
  fc.oneof(fc.integer({ max: 9, min: 0 }), fc.constantFrom('red', 'green'), fc.constant(null)),
)
const row: fc.Arbitrary<Row> = fc.record({
  path: fc.constant('/v1/things'),
  count: fc.integer({ min: 1, max: 5 }),
  client: fc.constantFrom('a', 'b', 'c'),
  auth: fc.subarray(['basic'], { maxLength: 1 }),
  atMs: fc.integer({ min: 1, max: 1000 }),
  requestBody: body,
  responseBody: body,
  query: fc.dictionary(fc.constantFrom('page', 'q'), fc.constantFrom('1', '2', 'x')),
})
const observations = row.map(observation)

describe('merging observations', () => {
  it('gives the same in either order', () => {
    fc.assert(
      fc.property(observations, observations, (a, b) => {
        expect(bytesOf(mergeObservation(a, b))).toEqual(bytesOf(mergeObservation({ ...b, key: a.key }, a)))
      }),
    )
  })

  it('gives the same in any grouping', () => {
    fc.assert(
      fc.property(observations, observations, observations, (a, b, c) => {
        expect(bytesOf(mergeObservation(mergeObservation(a, b), c))).toEqual(bytesOf(mergeObservation(a, mergeObservation(b, c))))
      }),
    )
  })

  it('adds the counts of a value that both sides saw', () => {
    const seen = observation({ path: '/x', count: 2, client: 'a' })
    expect(mergeObservation(seen, seen).clients.counts).toEqual([4])
  })
})

describe('merging closed sets', () => {
  const sets = fc.uniqueArray(fc.integer({ min: 1, max: 60 }), { maxLength: 31, size: 'max' }).map(closedSet)

  it('keeps all values or none, in any grouping', () => {
    fc.assert(
      fc.property(sets, sets, sets, (a, b, c) => {
        const distinct = new Set([a, b, c].flatMap(({ hashes }) => hashes))
        const merged = mergeValues(mergeValues(a, b), c)
        expect(merged).toEqual(mergeValues(a, mergeValues(b, c)))
        expect(merged.hashes).toEqual(distinct.size < closedSetMax ? [...distinct].toSorted((x, y) => x - y) : [])
        expect(isForgotten(merged)).toBe(distinct.size >= closedSetMax)
      }),
    )
  })
})

function closedSet(hashes: readonly number[]): Values {
  const sorted = hashes.toSorted((a, b) => a - b)
  return { max: closedSetMax, isSample: false, hashes: sorted, counts: sorted.map(() => 1), texts: [] }
}

it('a batch is read back as it was written', () => {
  fc.assert(
    fc.property(fc.array(observations, { maxLength: 4 }), (all) => {
      const bytes = encodeBatch({ observations: all, visibility: [], counters: new Map([['packets.read', 7]]), tailOf: 3 })
      expect(encodeBatch(decodeBatch(bytes))).toEqual(bytes)
    }),
  )
})

/** Canonical: maps in the order of their keys. */
function bytesOf(value: unknown): string {
  return JSON.stringify(value, (_, part: unknown) =>
    part instanceof Map ? [...(part as Map<unknown, unknown>)].toSorted(([a], [b]) => (String(a) < String(b) ? -1 : 1)) : part,
  )
}
