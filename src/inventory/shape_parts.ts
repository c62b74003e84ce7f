import type { Shape } from '../observation/shape.ts'

/** Top-level response keys: of an object, or of an array's items with `[]` in front. */
export function topKeys(shape: Shape): ReadonlySet<string> {
  const keys = new Set<string>()
  for (const name of shape.fields.keys()) keys.add(name)
  if (shape.items) for (const name of shape.items.fields.keys()) keys.add(`[]${name}`)
  if (shape.arrays > 0) keys.add('[]')
  return keys
}
