import { Readable } from 'node:stream'
import { setImmediate } from 'node:timers/promises'

import type { Soon } from './inventory_index.ts'
import { pageOf, type Key, type Ordered, type PageOptions } from './keyset.ts'

/** How rows are written one after another. */
export interface LineFormat<Row> {
  readonly type: string
  /** What stands before the first line. */
  readonly head: string
  lineOf(row: Row): string
}

/**
 * All rows as text, a page at a time when the client has taken the one before. Each page is of the inventory as it is then, so that a slow client holds
 * no old inventory in memory.
 */
export function rowStream<Row>(
  { head, lineOf }: LineFormat<Row>,
  { rowsNow, ...order }: Omit<Ordered<Row>, 'rows'> & { readonly rowsNow: () => Soon<readonly Row[]> },
  { after, limit, matches }: Omit<PageOptions<Row>, 'textOf'>,
): Readable {
  async function* chunks(): AsyncGenerator<string> {
    if (head !== '') yield head
    let left = limit
    for (let key: Key | null = after; left > 0;) {
      const { texts, next } = pageOf({ ...order, rows: await rowsNow() }, { after: key, limit: Math.min(left, rowsPerPage), matches, textOf: lineOf })
      if (texts.length > 0) yield texts.join('')
      if (next === null) return
      key = next
      left -= texts.length
      // Others have their turn, also where the client takes faster than we give.
      await setImmediate()
    }
  }
  return Readable.from(chunks())
}

const rowsPerPage = 100
