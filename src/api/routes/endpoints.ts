import { Type } from 'typebox'

import { csvHead, csvLine } from '../../output/csv.ts'
import { endpointLine } from '../../output/ndjson.ts'
import { endpointFilter, endpointFilterSchema, type EndpointFilter } from '../endpoint_filter.ts'
import { endpointKey, endpointKeyKinds, endpointOrders, type EndpointOrder } from '../endpoint_order.ts'
import type { EndpointRow } from '../endpoint_row.ts'
import { isUnchanged } from '../etag.ts'
import { indexOf } from '../inventory_index.ts'
import { answerListing, listingAnswers, listingQuerySchema, type Listing } from '../listing.ts'
import { ProblemError } from '../problem.ts'
import { apiPath, jsonType, type Route } from '../route.ts'
import { closed, named } from '../schemas.ts'
import type { InventoryView } from '../view.ts'

/** Endpoints over all services: pages, streams, and each by its id. */
export function endpointRoutes(view: InventoryView): readonly Route[] {
  const listing: Listing<EndpointRow, EndpointOrder> = {
    item: 'Endpoint',
    orders: endpointOrders,
    sort: 'service',
    formats: new Map([
      ['csv', { type: 'text/csv; charset=utf-8', head: csvHead(), lineOf: ({ service, endpoint }: EndpointRow) => csvLine(service, endpoint) }],
      ['ndjson', { type: 'application/x-ndjson', head: '', lineOf: (row: EndpointRow) => `${rowText(row)}\n` }],
    ]),
    rowsInOrder: (order) => indexOf(view.inventory()).inOrder(order),
    keyOf: endpointKey,
    keyKinds: endpointKeyKinds,
    textOf: rowText,
  }
  return [
    {
      method: 'GET',
      path: `${apiPath}/endpoints`,
      operationId: 'listEndpoints',
      summary: 'The endpoints of all services, filtered and sorted',
      query: closed({ ...endpointFilterSchema, ...listingQuerySchema(listing) }),
      answers: listingAnswers(listing),
      handle: (request, reply) => answerListing(listing, view, endpointFilter(request.query as EndpointFilter), request, reply),
    },
    {
      method: 'GET',
      path: `${apiPath}/endpoints/{id}`,
      operationId: 'getEndpoint',
      summary: 'One endpoint',
      params: closed({ id: Type.String() }),
      answers: {
        200: { description: 'The endpoint', content: { 'application/json': named('Endpoint') } },
        304: { description: 'Nothing has changed' },
        308: { description: 'It is shown under another template now: Location has its id of today' },
        404: { description: 'There is no such endpoint' },
      },
      handle: (request, reply) => {
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

function rowText({ service, endpoint }: EndpointRow): string {
  return JSON.stringify(endpointLine(service, endpoint))
}
