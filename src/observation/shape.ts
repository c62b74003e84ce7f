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
 * The distinct values with the smallest keyed hashes (bottom-k), each with its exact count.
 * Fewer than `max` entries: these are all values there were.
 */
export interface Values {
  readonly max: number
  /** Ascending by hash. */
  readonly entries: readonly Value[]
}

export interface Value {
  /** 48 bits of a keyed hash. */
  readonly hash: number
  readonly count: number
  /** The text, only where it is public (identifier-like and not a value of a person). */
  readonly text: string | null
}
