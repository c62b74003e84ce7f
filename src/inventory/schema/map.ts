import type { Shape } from '../../observation/shape.ts'
import { ShapeSum } from '../../observation/shape_sum.ts'

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
  const isHidden = hiddenEntries >= entries * 0.8 && hiddenEntries >= 2
  const names = children.length + (shape.fieldsFolded > 0 ? 1 : 0)
  const presence = entries / children.length / shape.objects
  const once = children.filter(([, child]) => child.seen === 1).length / children.length
  const isSparse = (children.length >= 6 && presence <= 0.2 && once >= 0.35 && shape.objects >= 5) || (children.length >= 12 && presence <= 0.12)
  if (!isHidden && names <= namesMax && !isSparse) return null
  const values = sumOf(shape.fields.values())
  const alike = dominantShare(values)
  return names > namesMax || (isHidden && alike >= 0.9) || (isSparse && alike >= 0.95) ? values : null
}

function sumOf(shapes: Iterable<Shape>): Shape {
  const sum = new ShapeSum()
  for (const shape of shapes) sum.add(shape)
  return sum
}

/** Share of the most frequent type among values that are not null. */
function dominantShare(shape: Shape): number {
  const typed = shape.seen - shape.nulls
  if (typed <= 0) return 1
  return Math.max(shape.booleans, shape.integers + shape.numbers, shape.strings, shape.arrays, shape.objects) / typed
}

const namesMax = 150
