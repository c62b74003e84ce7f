import type { Shape } from './shape.ts'

/** Nothing seen: the neutral element of merging, whose sketch takes on the size of any other. */
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
  values: { max: Number.MAX_SAFE_INTEGER, isSample: true, hashes: [], counts: [], texts: [] },
  fields: new Map(),
  fieldsFolded: 0,
  items: null,
}
