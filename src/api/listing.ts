import type { FastifyReply, FastifyRequest } from 'fastify'
import { Type, type TSchema } from 'typebox'

import type { InventoryDocument } from '../inventory/document.ts'
import { cursorOf, keyIn, type KeyKind } from './cursor.ts'
import { isUnchanged } from './etag.ts'
import type { Soon } from './inventory_index.ts'
import { pageAmong, pageOf, type Key } from './keyset.ts'
import { listText } from './list_text.ts'
import { jsonType, type RouteAnswer } from './route.ts'
import { rowStream, type LineFormat } from './row_stream.ts'
import { limitDefault, listOf, named, pageQuerySchema, type PageQuery } from './schemas.ts'

/** A list of what the inventory holds: in several orders, as pages of JSON and as streams. */
export interface Listing<Row, Order extends string> {
  /** The name of the schema of an item. */
  readonly item: string
  readonly orders: readonly Order[]
  /** Where the client names none. */
  readonly sort: Order | `-${Order}`
  readonly formats: ReadonlyMap<string, LineFormat<Row>>
  keyOf(row: Row, order: Order): Key
  keyKinds(order: Order): readonly KeyKind[]
  textOf(row: Row): string
}

/** What a listing lists for one request. */
interface Listed<Row, Order extends string> {
  inventory(): InventoryDocument
  /** All rows of it that match, others may be among them. */
  rowsInOrder(order: Order): Soon<readonly Row[]>
  /** All rows, where those that match would have to be found first: most pages show at a glance. */
  unfoundInOrder?(order: Order): Soon<readonly Row[]> | null
}

/** What every listing takes, beside its filters. */
interface ListingQuery extends PageQuery {
  readonly sort?: string
  readonly format?: string
}

export function listingQuerySchema<Row, Order extends string>({ orders, sort, formats }: Listing<Row, Order>): Readonly<Record<keyof ListingQuery, TSchema>> {
  return {
    sort: Type.Optional(
      Type.Enum(
        orders.flatMap((order) => [order, `-${order}`]),
        { description: `What to sort by, \`-\` for descending; \`${sort}\` if absent.` },
      ),
    ),
    format: Type.Optional(
      Type.Enum(['json', ...formats.keys()], {
        description: 'A page of JSON, or all of them as a stream: `limit` has no default there, and what changes meanwhile may be in it or not.',
      }),
    ),
    ...pageQuerySchema,
  }
}

export function listingAnswers<Row, Order extends string>({ item, formats }: Listing<Row, Order>): Readonly<Record<number, RouteAnswer>> {
  return {
    200: {
      description: 'A page, or all',
      content: {
        'application/json': listOf(item),
        ...Object.fromEntries([...formats.values()].map((format) => [format.type, formatSchema(format, item)])),
      },
    },
    304: { description: 'Nothing has changed' },
  }
}

/** Of lines the schema is that of all of them, as a list (OpenAPI 3.2, sequential media types). */
function formatSchema({ type, head }: Pick<LineFormat<never>, 'type' | 'head'>, item: string): TSchema {
  return type.startsWith('text/') ? Type.String({ examples: [head] }) : Type.Array(named(item))
}

/** Whether a request takes out all at once. */
export function isStream<Row, Order extends string>({ formats }: Listing<Row, Order>, { query }: FastifyRequest): boolean {
  return formats.has((query as ListingQuery).format ?? '')
}

/** Answers a request for those that match. */
export async function answerListing<Row, Order extends string>(
  listing: Listing<Row, Order>,
  { inventory, rowsInOrder, unfoundInOrder }: Listed<Row, Order>,
  matches: (row: Row) => boolean,
  request: FastifyRequest,
  reply: FastifyReply,
): Promise<unknown> {
  const query = request.query as ListingQuery
  const sort = query.sort ?? listing.sort
  const order = sort.replace(/^-/, '') as Order
  const inOrder = {
    rowsNow: () => rowsInOrder(order),
    keyOf: (row: Row) => listing.keyOf(row, order),
    isDescending: sort.startsWith('-'),
  }
  const after = query.cursor === undefined ? null : keyIn(query.cursor, sort, listing.keyKinds(order))
  const format = listing.formats.get(query.format ?? 'json')
  if (format !== undefined) {
    reply.type(format.type)
    // What a client would only look at the head of is not made.
    return reply.send(request.method === 'HEAD' ? '' : rowStream(format, inOrder, { after, limit: query.limit ?? Infinity, matches }))
  }
  if (isUnchanged(inventory(), request, reply)) return reply.code(304).send()
  const asked = { after, limit: query.limit ?? limitDefault, matches, textOf: (row: Row) => listing.textOf(row) }
  const unfound = unfoundInOrder?.(order) ?? null
  const atAGlance = unfound === null ? null : pageAmong({ ...inOrder, rows: await unfound }, asked, glanceRows)
  const { texts, next } = atAGlance ?? pageOf({ ...inOrder, rows: await rowsInOrder(order) }, asked)
  return reply.type(jsonType).send(listText(texts, next && cursorOf(sort, next), request, reply))
}

/** A look at so many rows takes less than a millisecond, and at all of them some fifty. */
const glanceRows = 2000
