import type { Observation } from '../../observation/observation.ts'
import { shapeOf } from '../../observation/part_sums.ts'
import { topKeys } from '../shape_parts.ts'
import { distinctOf } from '../sketch.ts'
import type { HiddenValues, LeafEvidence, PathEvidence } from './evidence.ts'
import { segmentsOf } from './segment.ts'

/** What the observations of one path shape say about its template. */
export function evidenceOf(path: string, observations: readonly Observation[]): PathEvidence {
  const leaves = new Map<string, LeafEvidence>()
  for (const [method, own] of Map.groupBy(observations, ({ key }) => key.method)) {
    const accepted = own.filter(({ key }) => key.status >= 200 && key.status < 400)
    leaves.set(method, { count: exchangesOf(own), accepted: exchangesOf(accepted), keys: topKeys(shapeOf(accepted, 'responseBody')) })
  }
  const shape = shapeOf(observations, 'path')
  const hidden = new Map<number, HiddenValues>()
  for (const [index, segment] of segmentsOf(path).entries()) {
    if (!segment.includes('{')) continue
    const values = shape.fields.get(String(index))
    hidden.set(index, values ? { count: values.seen, distinct: distinctOf(values.values), range: values.numberRange } : unknownValues)
  }
  return { path, leaves, hidden }
}

function exchangesOf(observations: readonly Observation[]): number {
  return observations.reduce((total, { count }) => total + count, 0)
}

const unknownValues: HiddenValues = { count: 0, distinct: 1, range: null }
