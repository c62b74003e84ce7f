import { Readable } from 'node:stream'
import { setImmediate } from 'node:timers/promises'

import { csvHead, csvLine } from '../output/csv.ts'
import { endpointLine } from '../output/ndjson.ts'
import type { EndpointRow } from './endpoint_row.ts'
import { pageOf, type Key, type Ordered, type PageOptions } from './keyset.ts'

export type StreamFormat = 'csv' | 'ndjson'

/** How endpoints are written one after another, by the name of the format. */
export const streamFormats: ReadonlyMap<string, LineFormat> = new Map<StreamFormat, LineFormat>([
  ['csv', { type: 'text/csv; charset=utf-8', head: csvHead(), lineOf: ({ service, endpoint }) => csvLine(service, endpoint) }],
  ['ndjson', { type: 'application/x-ndjson', head: '', lineOf: ({ service, endpoint }) => `${JSON.stringify(endpointLine(service, endpoint))}\n` }],
])

export interface LineFormat {
  readonly type: string
  /** What stands before the first line. */
  readonly head: string
  lineOf(row: EndpointRow): string
}

/**
 * All endpoints as text, a page at a time when the client has taken the one before. Each page is of the inventory as it is then, so that a slow client holds
 * no old inventory in memory.
 */
export function endpointStream(
  { head, lineOf }: LineFormat,
  { rowsNow, ...order }: Omit<Ordered<EndpointRow>, 'rows'> & { readonly rowsNow: () => readonly EndpointRow[] },
  { after, limit, matches }: Omit<PageOptions<EndpointRow>, 'textOf'>,
): Readable {
  async function* chunks(): AsyncGenerator<string> {
    if (head !== '') yield head
    let left = limit
    for (let key: Key | null = after; left > 0;) {
      const { texts, next } = pageOf({ ...order, rows: rowsNow() }, { after: key, limit: Math.min(left, rowsPerPage), matches, textOf: lineOf })
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
