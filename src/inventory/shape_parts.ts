import type { Shape, Values } from '../observation/shape.ts'

/** A shape of nothing: the neutral element of merging. */
export const emptyShape: Shape = {
  seen: 0,
  nulls: 0,
  booleans: 0,
  integers: 0,
  numbers: 0,
  strings: 0,
  arrays: 0,
  objects: 0,
  numberRange: null,
  lengthRange: null,
  itemsRange: null,
  formats: new Map(),
  classes: new Map(),
  values: { max: Number.MAX_SAFE_INTEGER, entries: [] },
  fields: new Map(),
  fieldsFolded: 0,
  items: null,
}

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
