import { fieldPriority } from './priority.ts'
import type { Histogram, Observation } from './observation.ts'
import type { Range, Shape, Values } from './shape.ts'

/** The most children an object keeps; the rest is a count. The same bound as in the native engine. */
const fieldsMax = 256

/**
 * One observation out of two with the same key. Commutative and associative, so any order and grouping gives the same;
 * not idempotent: replay is prevented by source positions.
 */
export function mergeObservation(a: Observation, b: Observation): Observation {
  return {
    key: a.key,
    count: a.count + b.count,
    firstSeenMs: Math.min(a.firstSeenMs, b.firstSeenMs),
    lastSeenMs: Math.max(a.lastSeenMs, b.lastSeenMs),
    latencyUs: mergeHistogram(a.latencyUs, b.latencyUs),
    requestBytes: mergeHistogram(a.requestBytes, b.requestBytes),
    responseBytes: mergeHistogram(a.responseBytes, b.responseBytes),
    clients: mergeValues(a.clients, b.clients),
    path: mergeShape(a.path, b.path),
    query: mergeShape(a.query, b.query),
    headers: mergeShape(a.headers, b.headers),
    cookies: mergeShape(a.cookies, b.cookies),
    requestBody: mergeShape(a.requestBody, b.requestBody),
    responseBody: mergeShape(a.responseBody, b.responseBody),
    facts: addCounts(a.facts, b.facts),
    moments: earliest(a.moments, b.moments),
  }
}

/** One shape out of two of the same place. */
export function mergeShape(a: Shape, b: Shape): Shape {
  if (isEmpty(a)) return b
  if (isEmpty(b)) return a
  const { fields, folded } = mergeFields(a, b)
  return {
    seen: a.seen + b.seen,
    nulls: a.nulls + b.nulls,
    booleans: a.booleans + b.booleans,
    integers: a.integers + b.integers,
    numbers: a.numbers + b.numbers,
    strings: a.strings + b.strings,
    arrays: a.arrays + b.arrays,
    objects: a.objects + b.objects,
    numberRange: widen(a.numberRange, b.numberRange),
    lengthRange: widen(a.lengthRange, b.lengthRange),
    itemsRange: widen(a.itemsRange, b.itemsRange),
    formats: addCounts(a.formats, b.formats),
    classes: addCounts(a.classes, b.classes),
    values: mergeValues(a.values, b.values),
    fields,
    fieldsFolded: folded,
    items: a.items && b.items ? mergeShape(a.items, b.items) : (a.items ?? b.items),
  }
}

/** Whether nothing at all is known; a value that was cut off may have children and yet not be counted itself. */
export function isEmpty(shape: Shape): boolean {
  return shape.seen === 0 && shape.fieldsFolded === 0 && shape.fields.size === 0 && !shape.items
}

/** Of samples the smallest hashes of both: one that stays has its exact count, since it was among the smallest of either side too. Of closed sets all or none. */
export function mergeValues(a: Values, b: Values): Values {
  const max = Math.min(a.max, b.max)
  const isSample = a.isSample && b.isSample
  const [hashes, counts, texts]: [number[], number[], (string | null)[]] = [[], [], []]
  const hasTexts = a.texts.length > 0 || b.texts.length > 0
  let i = 0
  let j = 0
  while (hashes.length < max && (i < a.hashes.length || j < b.hashes.length)) {
    const left = a.hashes[i] ?? Infinity
    const right = b.hashes[j] ?? Infinity
    hashes.push(Math.min(left, right))
    counts.push((left <= right ? (a.counts[i] ?? 0) : 0) + (right <= left ? (b.counts[j] ?? 0) : 0))
    if (hasTexts) texts.push((left <= right ? a.texts[i] : null) ?? (right <= left ? b.texts[j] : null) ?? null)
    if (left <= right) i += 1
    if (right <= left) j += 1
  }
  return !isSample && hashes.length >= max ? forgotten : { max, isSample, hashes, counts, texts }
}

/** Counts by bucket, added. */
export function mergeHistogram(a: Histogram, b: Histogram): Histogram {
  if (a.count === 0) return b
  if (b.count === 0) return a
  return { count: a.count + b.count, sum: a.sum + b.sum, buckets: addCounts(a.buckets, b.buckets) }
}

/** Counts by key, added. */
export function addCounts<K>(a: ReadonlyMap<K, number>, b: ReadonlyMap<K, number>): ReadonlyMap<K, number> {
  if (b.size === 0) return a
  if (a.size === 0) return b
  const sum = new Map(a)
  for (const [key, count] of b) sum.set(key, (sum.get(key) ?? 0) + count)
  return sum
}

function mergeFields(a: Shape, b: Shape): { fields: ReadonlyMap<string, Shape>; folded: number } {
  const fields = new Map(a.fields)
  for (const [name, shape] of b.fields) {
    const known = fields.get(name)
    fields.set(name, known ? mergeShape(known, shape) : shape)
  }
  let folded = a.fieldsFolded + b.fieldsFolded
  if (fields.size > fieldsMax) {
    const byPriority = [...fields.keys()].toSorted((x, y) => fieldPriority(x) - fieldPriority(y) || (x < y ? -1 : 1))
    for (const name of byPriority.slice(fieldsMax)) {
      folded += fields.get(name)?.seen ?? 0
      fields.delete(name)
    }
  }
  return { fields, folded }
}

function widen(a: Range | null, b: Range | null): Range | null {
  if (!a || !b) return a ?? b
  return { min: Math.min(a.min, b.min), max: Math.max(a.max, b.max) }
}

function earliest(a: ReadonlyMap<string, number>, b: ReadonlyMap<string, number>): ReadonlyMap<string, number> {
  if (b.size === 0) return a
  const least = new Map(a)
  for (const [name, moment] of b) least.set(name, Math.min(moment, least.get(name) ?? moment))
  return least
}

/** A closed set that became too large. */
const forgotten: Values = { max: 0, isSample: false, hashes: [], counts: [], texts: [] }
