/**
 * What was seen at one place of messages and at all places below it: counts, ranges and sketches that merge.
 * The same type serves bodies, query strings, path segments, header fields and cookies.
 */
export interface Shape {
  /** Values seen here, null included: the sum of the seven counts that follow. */
  readonly seen: number
  readonly nulls: number
  readonly booleans: number
  /** Numbers without fraction; untyped text (a query value, a path segment) counts here when it is a plain integer. */
  readonly integers: number
  readonly numbers: number
  readonly strings: number
  readonly arrays: number
  readonly objects: number
  /** Smallest and largest number, widened to two significant digits where they have more. */
  readonly numberRange: Range | null
  /** Shortest and longest text, in code points. */
  readonly lengthRange: Range | null
  /** Fewest and most items of the arrays. */
  readonly itemsRange: Range | null
  /** Texts by format (`date-time`, `uuid`, `email`, `uri`, ...). */
  readonly formats: ReadonlyMap<string, number>
  /** Values by data class, on value and key evidence alone. */
  readonly classes: ReadonlyMap<string, number>
  /** Distinct scalar values. */
  readonly values: Values
  /** Children of objects by public name, or by `{class}` where names look like values. */
  readonly fields: ReadonlyMap<string, Shape>
  /** Field values whose name did not fit: a count without structure. */
  readonly fieldsFolded: number
  /** All items of all arrays. */
  readonly items: Shape | null
}

export interface Range {
  readonly min: number
  readonly max: number
}

/**
 * Distinct values, each with its exact count; fewer than `max`: these are all there were. Where there were more, a sample stays, the values with the
 * smallest keyed hashes (bottom-k); or nothing does, where only a closed set is of use, and `max` is 0. Three columns, because there are very many of them: a list of objects takes three times the memory.
 */
export interface Values {
  readonly max: number
  readonly isSample: boolean
  /** 48 bits of a keyed hash each, ascending. */
  readonly hashes: readonly number[]
  /** How often each was seen. */
  readonly counts: readonly number[]
  /** The text of each where it is public (identifier-like and not a value of a person), else null; empty where none is. */
  readonly texts: readonly (string | null)[]
}

/** So many distinct texts of one field of a body are none to keep; the same bound as in the native engine. */
export const closedSetMax = 32

/** Whether there were so many values that none is kept. */
export function isForgotten(values: Values): boolean {
  return values.max === 0
}

/** Whether nothing at all is known; a value that was cut off may have children and yet not be counted itself. */
export function isEmpty(shape: Shape): boolean {
  return shape.seen === 0 && shape.fieldsFolded === 0 && shape.fields.size === 0 && !shape.items
}
