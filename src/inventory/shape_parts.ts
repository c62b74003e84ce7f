import { emptyShape } from '../observation/empty_shape.ts'
import type { Shape, Values } from '../observation/shape.ts'

/** No values, in a sketch of any size. */
export const noValues: Values = emptyShape.values

/** Top-level response keys: of an object, or of an array's items with `[]` in front. */
export function topKeys(shape: Shape): ReadonlySet<string> {
  const keys = new Set<string>()
  for (const name of shape.fields.keys()) keys.add(name)
  if (shape.items) for (const name of shape.items.fields.keys()) keys.add(`[]${name}`)
  if (shape.arrays > 0) keys.add('[]')
  return keys
}
