/** What orders a row: values compared one after another, the last of them an id, so that no two rows have the same. */
export type Key = ReadonlyArray<string | number>

/** Rows by ascending key, read in either direction. */
export interface Ordered<Row> {
  readonly rows: readonly Row[]
  readonly keyOf: (row: Row) => Key
  readonly isDescending: boolean
}

export function sortedByKey<Row>(rows: readonly Row[], keyOf: (row: Row) => Key): readonly Row[] {
  return rows
    .map((row) => ({ row, key: keyOf(row) }))
    .toSorted((one, other) => compareKeys(one.key, other.key))
    .map(({ row }) => row)
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
export function pageOf<Row>({ rows, keyOf, isDescending }: Ordered<Row>, { after, limit, matches, textOf }: PageOptions<Row>): Page {
  const texts: string[] = []
  let characters = 0
  let last: Row | null = null
  const step = isDescending ? -1 : 1
  for (let at = startOf(rows, keyOf, after, isDescending); at >= 0 && at < rows.length; at += step) {
    const row = rows[at]
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
