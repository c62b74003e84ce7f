import { fieldPriority } from './priority.ts'
import type { Histogram, Observation } from './observation.ts'
import type { Range, Shape, Value, Values } from './shape.ts'

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

/** The smallest hashes of both; a hash that stays has its exact count, since it was among the smallest of either side too. */
export function mergeValues(a: Values, b: Values): Values {
  const max = Math.min(a.max, b.max)
  const entries: Value[] = []
  let i = 0
  let j = 0
  while (entries.length < max) {
    const left = a.entries[i]
    const right = b.entries[j]
    if (left && right && left.hash === right.hash) {
      entries.push({ hash: left.hash, count: left.count + right.count, text: left.text ?? right.text })
      i += 1
      j += 1
    } else if (left && (!right || left.hash < right.hash)) {
      entries.push(left)
      i += 1
    } else if (right) {
      entries.push(right)
      j += 1
    } else break
  }
  return { max, entries }
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
