import { mergeShape } from '../observation/merge.ts'
import type { Observation, ObservationKey } from '../observation/observation.ts'
import { shapeOf } from '../observation/part_sums.ts'
import type { Shape } from '../observation/shape.ts'
import { ShapeSum } from '../observation/shape_sum.ts'
import { countBySource, headline, richer } from './by_source.ts'
import type { Decision, Parameter, ParameterPlace } from './inventory.ts'
import { keyedHash } from './priority.ts'
import { requiredSeenMin } from './schema/schema.ts'
import { emptyShape } from '../observation/empty_shape.ts'
import { distinctOf } from './sketch.ts'
import { segmentOf, segmentsOf } from './template/segment.ts'

/** The parameters of an endpoint: path parameters in the order of the template, then query, header fields and cookies by name. */
export function parametersOf(observations: readonly Observation[], decisions: readonly Decision[]): readonly Parameter[] {
  const exchanges = headline(countBySource(observations))
  const accepted = observations.filter(({ key }) => key.status < 400)
  /** What was refused may not have been a value: `/users/nobody` does not make `{userId}` a text. */
  const placed = decisions.length === 0 ? [] : accepted.length > 0 ? accepted : observations
  const requests = placed.map(({ key, count, path: values }): PathValues => ({ key, count, values }))
  const path = decisions.map((decision): Parameter => {
    const shape = richer(
      requests,
      (own) => pathShape(own, decision.segment),
      ({ seen }) => seen,
    )
    return { in: 'path', name: decision.name, shape, seen: exchanges, of: exchanges, required: true, distinct: distinctOf(shape.values) }
  })
  return [...path, ...fieldsOf(observations, 'query'), ...fieldsOf(observations, 'header'), ...fieldsOf(observations, 'cookie')]
}

/** Of an observation the path with its values, decoded once for all parameters. */
interface PathValues {
  readonly key: ObservationKey
  readonly count: number
  readonly values: Shape
}

function pathShape(requests: readonly PathValues[], segment: number): Shape {
  const sum = new ShapeSum()
  for (const { key, count, values } of requests) {
    const text = segmentsOf(key.path)[segment]
    if (text === undefined) continue
    const parts = segmentOf(text)
    sum.add(parts.classes.length > 0 ? (values.fields.get(String(segment)) ?? countOnly(count)) : wordShape(parts.stem, count))
  }
  return sum
}

/** A shown word as a value: its hash is of the word, so that the same word on two paths is one value. */
function wordShape(word: string, count: number): Shape {
  const length = [...word].length
  const values = { max: wordsMax, isSample: true, hashes: [keyedHash('', word) % 2 ** 48], counts: [count], texts: [word] }
  return { ...countOnly(count), lengthRange: { min: length, max: length }, values }
}

function countOnly(count: number): Shape {
  return { ...emptyShape, seen: count, strings: count }
}

function fieldsOf(observations: readonly Observation[], place: Exclude<ParameterPlace, 'path'>): readonly Parameter[] {
  const readable = observations.filter((observation) => canTell(observation, place))
  const { all, accepted, of, acceptedOf } = richer(
    readable,
    (own) => mergedFields(own, place),
    ({ of: requests }) => requests,
  )
  const parameters: Parameter[] = []
  for (const [name, shape] of [...all.fields].toSorted(([a], [b]) => (a < b ? -1 : 1))) {
    const acceptedSeen = Math.min(accepted.fields.get(name)?.seen ?? 0, acceptedOf)
    const required = acceptedSeen === acceptedOf && acceptedOf >= requiredSeenMin
    parameters.push({ in: place, name, shape, seen: Math.min(shape.seen, of), of, required, distinct: distinctOf(shape.values) })
  }
  return parameters
}

interface MergedFields {
  readonly all: Shape
  /** Of the requests that were answered below 400: a request without a needed parameter is refused, and says so. */
  readonly accepted: Shape
  readonly of: number
  readonly acceptedOf: number
}

function mergedFields(observations: readonly Observation[], place: Exclude<ParameterPlace, 'path'>): MergedFields {
  const answered = observations.filter(({ key }) => key.status < 400)
  const refused = observations.filter(({ key }) => key.status >= 400)
  const accepted = shapeOf(answered, partOf[place])
  const acceptedOf = exchangesOf(answered)
  return { all: mergeShape(accepted, shapeOf(refused, partOf[place])), accepted, of: acceptedOf + exchangesOf(refused), acceptedOf }
}

function exchangesOf(observations: readonly Observation[]): number {
  return observations.reduce((total, { count }) => total + count, 0)
}

/** Access logs show the query at best: what has no header fields cannot say that one was absent. */
function canTell(observation: Observation, place: Exclude<ParameterPlace, 'path'>): boolean {
  return place === 'query' || observation.key.source === 'packets' || observation.headers.seen > 0 || observation[partOf[place]].seen > 0
}

const partOf = { query: 'query', header: 'headers', cookie: 'cookies' } as const

/** Words of one parameter that are counted one by one; as many as the native sketches hold at most. */
const wordsMax = 256
