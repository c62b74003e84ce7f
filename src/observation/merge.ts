import type { Observation } from './observation.ts'
import { clientsOf, factsOf, histogramOf, shapeOf } from './part_sums.ts'
import type { Shape, Values } from './shape.ts'
import { ShapeSum } from './shape_sum.ts'
import { ValuesSum } from './values_sum.ts'

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
    latencyUs: histogramOf([a, b], 'latencyUs'),
    requestBytes: histogramOf([a, b], 'requestBytes'),
    responseBytes: histogramOf([a, b], 'responseBytes'),
    clients: clientsOf([a, b]),
    path: shapeOf([a, b], 'path'),
    query: shapeOf([a, b], 'query'),
    headers: shapeOf([a, b], 'headers'),
    cookies: shapeOf([a, b], 'cookies'),
    requestBody: shapeOf([a, b], 'requestBody'),
    responseBody: shapeOf([a, b], 'responseBody'),
    facts: factsOf([a, b]),
    moments: earliest(a.moments, b.moments),
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
