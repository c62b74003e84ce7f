import { mergeShape } from '../../observation/merge.ts'
import type { Observation } from '../../observation/observation.ts'
import { emptyShape } from '../../observation/empty_shape.ts'
import { topKeys } from '../shape_parts.ts'
import { distinctOf } from '../sketch.ts'
import { mergeLeaf } from './evidence.ts'
import type { HiddenValues, LeafEvidence, PathEvidence } from './evidence.ts'
import { segmentsOf } from './segment.ts'

/** What the observations of one path shape say about its template. */
export function evidenceOf(path: string, observations: readonly Observation[]): PathEvidence {
  const leaves = new Map<string, LeafEvidence>()
  let shape = emptyShape
  for (const { key, count, responseBody, path: values } of observations) {
    const accepted = key.status >= 200 && key.status < 400
    const leaf = { count, accepted: accepted ? count : 0, keys: accepted ? topKeys(responseBody) : new Set<string>() }
    const known = leaves.get(key.method)
    leaves.set(key.method, known ? mergeLeaf(known, leaf) : leaf)
    shape = mergeShape(shape, values)
  }
  const hidden = new Map<number, HiddenValues>()
  for (const [index, segment] of segmentsOf(path).entries()) {
    if (!segment.includes('{')) continue
    const values = shape.fields.get(String(index))
    hidden.set(index, values ? { count: values.seen, distinct: distinctOf(values.values), range: values.numberRange } : unknownValues)
  }
  return { path, leaves, hidden }
}

const unknownValues: HiddenValues = { count: 0, distinct: 1, range: null }
