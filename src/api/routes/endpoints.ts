import { Type } from 'typebox'

import type { InventoryDocument } from '../../inventory/document.ts'
import { csvHead, csvLine } from '../../output/csv.ts'
import { endpointLineText } from '../../output/ndjson.ts'
import { asOfSchema, pastInventory } from '../as_of.ts'
import { askedOf, endpointFilter, endpointFilterSchema, type EndpointFilter } from '../endpoint_filter.ts'
import { endpointKey, endpointKeyKinds, endpointOrders, type EndpointOrder } from '../endpoint_order.ts'
import type { EndpointRow } from '../endpoint_row.ts'
import { isUnchanged } from '../etag.ts'
import { indexOf } from '../inventory_index.ts'
import { answerListing, isStream, listingAnswers, listingQuerySchema, type Listing } from '../listing.ts'
import { ProblemError } from '../problem.ts'
import { apiPath, jsonType, type Route } from '../route.ts'
import { closed, named } from '../schemas.ts'

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
      query: closed({ ...endpointFilterSchema, asOf: asOfSchema, ...listingQuerySchema(listing) }),
      answers: { ...listingAnswers(listing), 404: { description: 'Nothing is kept of such a day' } },
      isAudited: (request) => isStream(listing, request),
      handle: (request, reply, { view }) => {
        const query = request.query as EndpointFilter & { readonly asOf?: string }
        const past = pastInventory(view, query.asOf, 'asOf')
        const inventory = (): InventoryDocument => past ?? view.inventory()
        const [asked, matches] = [askedOf(query), endpointFilter(query)]
        const listed = {
          inventory,
          rowsInOrder: (order: EndpointOrder) => indexOf(inventory()).matching(order, asked, matches),
          unfoundInOrder: (order: EndpointOrder) => indexOf(inventory()).unfound(order, asked),
        }
        return answerListing(listing, listed, matches, request, reply)
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

const listing: Listing<EndpointRow, EndpointOrder> = {
  item: 'Endpoint',
  orders: endpointOrders,
  sort: 'service',
  formats: new Map([
    ['csv', { type: 'text/csv; charset=utf-8', head: csvHead(), lineOf: ({ service, endpoint }: EndpointRow) => csvLine(service, endpoint) }],
    ['ndjson', { type: 'application/x-ndjson', head: '', lineOf: (row: EndpointRow) => `${rowText(row)}\n` }],
  ]),
  keyOf: endpointKey,
  keyKinds: endpointKeyKinds,
  textOf: rowText,
}

function rowText({ service, endpoint }: EndpointRow): string {
  return endpointLineText(service, endpoint)
}
