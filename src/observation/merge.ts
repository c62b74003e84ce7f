import type { Observation } from './observation.ts'
import { clientsOf, factsOf, histogramOf, shapeOf } from './part_sums.ts'
import type { Shape, Values } from './shape.ts'
import { ShapeSum } from './shape_sum.ts'
import { ValuesSum } from './values_sum.ts'

/**
 * One observation out of all that are given, which have the same key. Commutative and associative, so any order and grouping gives the same;
 * not idempotent: replay is prevented by source positions.
 */
export function mergeObservation(first: Observation, ...others: readonly Observation[]): Observation {
  const all = [first, ...others]
  let { count, firstSeenMs, lastSeenMs, moments } = first
  for (const other of others) {
    count += other.count
    firstSeenMs = Math.min(firstSeenMs, other.firstSeenMs)
    lastSeenMs = Math.max(lastSeenMs, other.lastSeenMs)
    moments = earliest(moments, other.moments)
  }
  return {
    key: first.key,
    count,
    firstSeenMs,
    lastSeenMs,
    latencyUs: histogramOf(all, 'latencyUs'),
    requestBytes: histogramOf(all, 'requestBytes'),
    responseBytes: histogramOf(all, 'responseBytes'),
    clients: clientsOf(all),
    path: shapeOf(all, 'path'),
    query: shapeOf(all, 'query'),
    headers: shapeOf(all, 'headers'),
    cookies: shapeOf(all, 'cookies'),
    requestBody: shapeOf(all, 'requestBody'),
    responseBody: shapeOf(all, 'responseBody'),
    facts: factsOf(all),
    moments,
  }
}

/** One shape out of two of the same place. */
export function mergeShape(a: Shape, b: Shape): Shape {
  const sum = new ShapeSum()
  sum.add(a)
  sum.add(b)
  return sum
}

/** The distinct values of two, as one. */
export function mergeValues(a: Values, b: Values): Values {
  const sum = new ValuesSum()
  sum.add(a)
  sum.add(b)
  return sum
}

function earliest(a: ReadonlyMap<string, number>, b: ReadonlyMap<string, number>): ReadonlyMap<string, number> {
  const least = new Map(a)
  for (const [name, moment] of b) least.set(name, Math.min(moment, least.get(name) ?? moment))
  return least
}
