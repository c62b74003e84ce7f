import { Type } from 'typebox'

import { endpointLine } from '../../output/ndjson.ts'
import { asOfSchema, pastInventory } from '../as_of.ts'
import { cursorOf, keyIn } from '../cursor.ts'
import { endpointFilter, endpointFilterSchema, type EndpointFilter } from '../endpoint_filter.ts'
import { endpointKey, endpointKeyKinds, endpointOrders, type EndpointOrder } from '../endpoint_order.ts'
import type { EndpointRow } from '../endpoint_row.ts'
import { endpointStream, streamFormats, type StreamFormat } from '../endpoint_stream.ts'
import { isUnchanged } from '../etag.ts'
import { indexOf } from '../inventory_index.ts'
import { pageOf } from '../keyset.ts'
import { listText } from '../list_text.ts'
import { ProblemError } from '../problem.ts'
import { apiPath, jsonType, type Route } from '../route.ts'
import { closed, limitDefault, listOf, named, pageQuerySchema, type PageQuery } from '../schemas.ts'

/** Endpoints over all services: pages, streams, and each by its id. */
export function endpointRoutes(): readonly Route[] {
  return [
    {
      method: 'GET',
      path: `${apiPath}/endpoints`,
      operationId: 'listEndpoints',
      summary: 'The endpoints of all services, filtered and sorted',
      access: 'read',
      isNarrowed: true,
      query: closed({
        ...endpointFilterSchema,
        asOf: asOfSchema,
        sort: Type.Optional(
          Type.Enum(
            endpointOrders.flatMap((order) => [order, `-${order}`]),
            { description: 'What to sort by, `-` for descending; `service` (then template and method) if absent.' },
          ),
        ),
        format: Type.Optional(
          Type.Enum(['json', ...streamFormats.keys()], {
            description: 'A page of JSON, or all of them as a stream: `limit` has no default there, and what changes meanwhile may be in it or not.',
          }),
        ),
        ...pageQuerySchema,
      }),
      answers: {
        200: {
          description: 'A page, or all',
          content: { 'application/json': listOf('Endpoint'), ...Object.fromEntries([...streamFormats.values()].map(({ type }) => [type, Type.String()])) },
        },
        304: { description: 'Nothing has changed' },
        404: { description: 'Nothing is kept of such a day' },
      },
      isAudited: ({ query }) => streamFormats.has((query as EndpointQuery).format ?? ''),
      handle: (request, reply, { view }) => {
        const query = request.query as EndpointQuery
        const sort = query.sort ?? 'service'
        const order = sort.replace(/^-/, '') as EndpointOrder
        const past = pastInventory(view, query.asOf, 'asOf')
        const inOrder = {
          rowsNow: () => indexOf(past ?? view.inventory()).inOrder(order),
          keyOf: (row: EndpointRow) => endpointKey(row, order),
          isDescending: sort.startsWith('-'),
        }
        const after = query.cursor === undefined ? null : keyIn(query.cursor, sort, endpointKeyKinds(order))
        const matches = endpointFilter(query)
        const format = streamFormats.get(query.format ?? 'json')
        if (format !== undefined) {
          reply.type(format.type)
          // What a client would only look at the head of is not made.
          return reply.send(request.method === 'HEAD' ? '' : endpointStream(format, inOrder, { after, limit: query.limit ?? Infinity, matches }))
        }
        if (isUnchanged(past ?? view.inventory(), request, reply)) return reply.code(304).send()
        const { texts, next } = pageOf({ ...inOrder, rows: inOrder.rowsNow() }, { after, limit: query.limit ?? limitDefault, matches, textOf: rowText })
        return reply.type(jsonType).send(listText(texts, next && cursorOf(sort, next), request, reply))
      },
    },
    {
      method: 'GET',
      path: `${apiPath}/endpoints/{id}`,
      operationId: 'getEndpoint',
      summary: 'One endpoint',
      access: 'read',
      isNarrowed: true,
      params: closed({ id: Type.String() }),
      answers: {
        200: { description: 'The endpoint', content: { 'application/json': named('Endpoint') } },
        304: { description: 'Nothing has changed' },
        308: { description: 'It is shown under another template now: Location has its id of today' },
        404: { description: 'There is no such endpoint' },
      },
      handle: (request, reply, { view }) => {
        const inventory = view.inventory()
        const { byId, aliases } = indexOf(inventory)
        const { id } = request.params as { readonly id: string }
        const row = byId.get(id)
        if (row === undefined) {
          const today = aliases.get(id)
          if (today === undefined) throw new ProblemError({ status: 404, detail: `no endpoint has this id: ${apiPath}/endpoints lists them` })
          return reply.redirect(`${apiPath}/endpoints/${today}`, 308)
        }
        if (isUnchanged(inventory, request, reply)) return reply.code(304).send()
        return reply.type(jsonType).send(rowText(row))
      },
    },
  ]
}

interface EndpointQuery extends EndpointFilter, PageQuery {
  readonly sort?: EndpointOrder | `-${EndpointOrder}`
  readonly format?: 'json' | StreamFormat
  readonly asOf?: string
}

function rowText({ service, endpoint }: EndpointRow): string {
  return JSON.stringify(endpointLine(service, endpoint))
}
