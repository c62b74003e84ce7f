import { runThrough } from '../base/run_through.ts'

/** What orders a row: values compared one after another, the last of them an id, so that no two rows have the same. */
export type Key = ReadonlyArray<string | number>

/** Rows by ascending key, read in either direction. */
export interface Ordered<Row> {
  readonly rows: readonly Row[]
  readonly keyOf: (row: Row) => Key
  readonly isDescending: boolean
}

export function sortedByKey<Row>(rows: readonly Row[], keyOf: (row: Row) => Key): readonly Row[] {
  return runThrough(sortingByKey(rows, keyOf))
}

/** Sorts in pieces: runs of rows first, which are merged two by two then. */
export function* sortingByKey<Row>(rows: readonly Row[], keyOf: (row: Row) => Key): Generator<void, readonly Row[]> {
  let runs: Array<ReadonlyArray<Keyed<Row>>> = []
  for (let at = 0; at < rows.length; at += rowsPerPiece) {
    const run = rows.slice(at, at + rowsPerPiece).map((row): Keyed<Row> => ({ row, key: keyOf(row) }))
    runs.push(run.toSorted((one, other) => compareKeys(one.key, other.key)))
    yield
  }
  while (runs.length > 1) {
    const merged: typeof runs = []
    for (let at = 0; at < runs.length; at += 2) merged.push(yield* merging(runs[at] ?? [], runs[at + 1] ?? []))
    runs = merged
  }
  return (runs[0] ?? []).map(({ row }) => row)
}

interface Keyed<Row> {
  readonly row: Row
  readonly key: Key
}

const rowsPerPiece = 500

function* merging<Row>(one: ReadonlyArray<Keyed<Row>>, other: ReadonlyArray<Keyed<Row>>): Generator<void, ReadonlyArray<Keyed<Row>>> {
  const merged: Array<Keyed<Row>> = []
  let [at, place] = [0, 0]
  for (;;) {
    const [left, right] = [one[at], other[place]]
    const next = left === undefined || (right !== undefined && compareKeys(right.key, left.key) < 0) ? right : left
    if (next === undefined) return merged
    merged.push(next)
    if (next === left) at += 1
    else place += 1
    if (merged.length % rowsPerPiece === 0) yield
  }
}

/** A run of rows as texts. */
export interface Page {
  readonly texts: readonly string[]
  /** The key of the last row where more follow, else null. */
  readonly next: Key | null
}

export interface PageOptions<Row> {
  /** The page begins behind this key, whether or not a row has it: rows that come and go between two pages move no others. */
  readonly after: Key | null
  readonly limit: number
  matches(row: Row): boolean
  textOf(row: Row): string
}

/** At most `limit` rows that match, fewer where their texts are long: a page is about `charactersMax`, whatever the rows hold. */
export function pageOf<Row>(ordered: Ordered<Row>, options: PageOptions<Row>): Page {
  return pageAmong(ordered, options, Infinity) ?? { texts: [], next: null }
}

/** The same where it is known after a look at `looksMax` rows, else null. */
export function pageAmong<Row>(
  { rows, keyOf, isDescending }: Ordered<Row>,
  { after, limit, matches, textOf }: PageOptions<Row>,
  looksMax: number,
): Page | null {
  const texts: string[] = []
  let characters = 0
  let last: Row | null = null
  let looks = 0
  const step = isDescending ? -1 : 1
  for (let at = startOf(rows, keyOf, after, isDescending); at >= 0 && at < rows.length; at += step) {
    const row = rows[at]
    if (looks >= looksMax) return null
    looks += 1
    if (row === undefined || !matches(row)) continue
    if (last !== null && (texts.length >= limit || characters >= charactersMax)) return { texts, next: keyOf(last) }
    const text = textOf(row)
    texts.push(text)
    characters += text.length
    last = row
  }
  return { texts, next: null }
}

/** 500 usual endpoints fit. */
const charactersMax = 2 * 1024 * 1024

function startOf<Row>(rows: readonly Row[], keyOf: (row: Row) => Key, after: Key | null, isDescending: boolean): number {
  if (after === null) return isDescending ? rows.length - 1 : 0
  let low = 0
  let high = rows.length
  while (low < high) {
    const middle = (low + high) >>> 1
    const row = rows[middle]
    const order = row === undefined ? 0 : compareKeys(keyOf(row), after)
    if (order < 0 || (order === 0 && !isDescending)) low = middle + 1
    else high = middle
  }
  return isDescending ? low - 1 : low
}

function compareKeys(one: Key, other: Key): number {
  for (let at = 0; at < one.length; at += 1) {
    const a = one[at] ?? ''
    const b = other[at] ?? ''
    if (a !== b) return a < b ? -1 : 1
  }
  return 0
}
