import { mergeShape } from '../../observation/merge.ts'
import type { Shape } from '../../observation/shape.ts'
import { emptyShape } from '../../observation/empty_shape.ts'

/**
 * The values of a map as one shape, where an object's keys are values and not names; null for an object.
 * Rules: keys that look like values carry four of five entries; or many keys, each in few objects and many in one only, of one type;
 * or more than 150 keys. One key is never a map.
 */
export function mapValuesOf(shape: Shape): Shape | null {
  const children = [...shape.fields.entries()]
  const entries = children.reduce((total, [, child]) => total + child.seen, 0)
  if (entries === 0 || shape.objects === 0) return null
  const hidden = children.filter(([name]) => name.startsWith('{'))
  const hiddenEntries = hidden.reduce((total, [, child]) => total + child.seen, 0)
  const values = children.map(([, child]) => child).reduce(mergeShape, emptyShape)
  const alike = dominantShare(values)
  if (hiddenEntries >= entries * 0.8 && hiddenEntries >= 2 && alike >= 0.9) return values
  const names = children.length + (shape.fieldsFolded > 0 ? 1 : 0)
  if (names > namesMax) return values
  const presence = entries / children.length / shape.objects
  const once = children.filter(([, child]) => child.seen === 1).length / children.length
  if (children.length >= 6 && presence <= 0.2 && once >= 0.35 && alike >= 0.95 && shape.objects >= 5) return values
  if (children.length >= 12 && presence <= 0.12 && alike >= 0.95) return values
  return null
}

/** Share of the most frequent type among values that are not null. */
function dominantShare(shape: Shape): number {
  const typed = shape.seen - shape.nulls
  if (typed <= 0) return 1
  return Math.max(shape.booleans, shape.integers + shape.numbers, shape.strings, shape.arrays, shape.objects) / typed
}

const namesMax = 150
