import type { Range } from '../../observation/shape.ts'

/** What is known of one path shape of a service, for the choice of templates. Methods are told apart, parameters are not. */
export interface PathEvidence {
  /** `/users/{int}/cards`. */
  readonly path: string
  readonly leaves: ReadonlyMap<string, LeafEvidence>
  /** By index of the segments that are shown as a class. */
  readonly hidden: ReadonlyMap<number, HiddenValues>
}

/** One method of one path. */
export interface LeafEvidence {
  readonly count: number
  /** Answered 2xx or 3xx. */
  readonly accepted: number
  /** Top-level keys of accepted response bodies, `[]key` for those of an array's items. */
  readonly keys: ReadonlySet<string>
}

/** Values of a segment that is shown as a class. */
export interface HiddenValues {
  readonly count: number
  readonly distinct: number
  /** Smallest and largest where they are integers. */
  readonly range: Range | null
}

/** Evidence of two paths, or of two places that became one. */
export function mergeLeaf(a: LeafEvidence, b: LeafEvidence): LeafEvidence {
  return { count: a.count + b.count, accepted: a.accepted + b.accepted, keys: new Set([...a.keys, ...b.keys]) }
}

/** Distinct values add: different shapes have different values, and an upper bound is enough here. */
export function mergeHidden(a: HiddenValues, b: HiddenValues): HiddenValues {
  const range = a.range && b.range ? { min: Math.min(a.range.min, b.range.min), max: Math.max(a.range.max, b.range.max) } : (a.range ?? b.range)
  return { count: a.count + b.count, distinct: a.distinct + b.distinct, range }
}

/** How many of the keys both have. */
export function commonKeys(a: ReadonlySet<string>, b: ReadonlySet<string>): number {
  let both = 0
  for (const key of a) if (b.has(key)) both += 1
  return both
}
