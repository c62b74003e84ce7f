import fc from 'fast-check'
import { describe, expect, it } from 'vitest'

import { decodeBatch, encodeBatch } from '../../src/observation/codec.ts'
import { mergeObservation, mergeShape, mergeValues } from '../../src/observation/merge.ts'
import { histogramParts, shapeParts, type HistogramPart, type ShapePart } from '../../src/observation/packed.ts'
import { clientsOf, factsOf, histogramOf, shapeOf } from '../../src/observation/part_sums.ts'
import { emptyShape } from '../../src/observation/empty_shape.ts'
import { closedSetMax, isForgotten, type Shape, type Values } from '../../src/observation/shape.ts'
import type { Observation } from '../../src/observation/observation.ts'
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

describe('adding up parts of many observations', () => {
  const summed = (all: readonly Observation[]): unknown => [
    ...(Object.keys(shapeParts) as ShapePart[]).map((part) => shapeOf(all, part)),
    ...(Object.keys(histogramParts) as HistogramPart[]).map((part) => histogramOf(all, part)),
    clientsOf(all),
    factsOf(all),
  ]

  it('gives what merging them two by two gives, packed or not', () => {
    fc.assert(
      fc.property(fc.array(observations, { minLength: 1, maxLength: 5 }), fc.nat(5), (all, packedFirst) => {
        const { observations: packed } = decodeBatch(encodeBatch({ observations: all, visibility: [], counters: new Map() }))
        const merged = all.reduce((a, b) => mergeObservation(a, b))
        expect(bytesOf(summed([...packed.slice(0, packedFirst), ...all.slice(packedFirst)]))).toEqual(bytesOf(summed([merged])))
      }),
    )
  })

  it('adds nothing to what is shared', () => {
    const before = bytesOf(emptyShape)
    const one = observation({ path: '/things', responseBody: { state: 'open', at: '2026-01-01T00:00:00Z', tags: ['a'] }, facts: { 'auth.basic': 1 } })
    for (const [packed] of [decodeBatch(encodeBatch({ observations: [one], visibility: [], counters: new Map() })).observations, [one]])
      summed(packed ? [packed] : [])
    expect(bytesOf(emptyShape)).toBe(before)
    expect(factsOf([]).size).toBe(0)
  })
})

describe('merging objects with more fields than are kept', () => {
  const names = fc.uniqueArray(fc.integer({ min: 0, max: 400 }), { minLength: 100, maxLength: 250, size: 'max' })

  it('keeps the same ones and counts the others, in any grouping', () => {
    fc.assert(
      fc.property(names, names, names, (...all) => {
        const [a, b, c] = all.map(objectOf)
        if (!a || !b || !c) return
        const merged = mergeShape(mergeShape(a, b), c)
        expect(bytesOf(merged)).toEqual(bytesOf(mergeShape(a, mergeShape(b, c))))
        expect(merged.fields.size).toBe(Math.min(256, new Set(all.flat()).size))
        expect([...merged.fields.values()].reduce((sum, { seen }) => sum + seen, merged.fieldsFolded)).toBe(all.flat().length)
      }),
      { numRuns: 30 },
    )
  })
})

function objectOf(names: readonly number[]): Shape {
  const field = { ...emptyShape, seen: 1, booleans: 1 }
  return { ...emptyShape, seen: 1, objects: 1, fields: new Map(names.map((name) => [`field${name}`, field])) }
}

describe('merging samples', () => {
  const samples = fc.uniqueArray(fc.integer({ min: 1, max: 40 }), { maxLength: 8 }).map((hashes) => valuesOf(hashes, 8, true))

  it('keeps the smallest hashes with the counts of all, in any grouping', () => {
    fc.assert(
      fc.property(samples, samples, samples, (a, b, c) => {
        const all = [a, b, c].flatMap(({ hashes }) => hashes)
        const smallest = [...new Set(all)].toSorted((x, y) => x - y).slice(0, 8)
        const merged = mergeValues(mergeValues(a, b), c)
        expect(merged).toEqual(mergeValues(a, mergeValues(b, c)))
        expect(merged.hashes).toEqual(smallest)
        expect(merged.counts).toEqual(smallest.map((hash) => all.filter((other) => other === hash).length))
      }),
    )
  })
})

describe('merging closed sets', () => {
  const sets = fc.uniqueArray(fc.integer({ min: 1, max: 60 }), { maxLength: 31, size: 'max' }).map((hashes) => valuesOf(hashes, closedSetMax, false))

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

function valuesOf(hashes: readonly number[], max: number, isSample: boolean): Values {
  const sorted = hashes.toSorted((a, b) => a - b)
  return { max, isSample, hashes: sorted, counts: sorted.map(() => 1), texts: [] }
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
