import { Type } from 'typebox'

import type { InventoryDocument, ServiceDocument } from '../../inventory/document.ts'
import { csvHead, csvLine } from '../../output/csv.ts'
import { openApiFileName, openApiText } from '../../output/openapi.ts'
import { endpointFilter, endpointFilterSchema, type EndpointFilter } from '../endpoint_filter.ts'
import { endpointKey } from '../endpoint_order.ts'
import { isUnchanged } from '../etag.ts'
import { exampleDocument } from '../example_bodies.ts'
import { indexOf } from '../inventory_index.ts'
import { ProblemError, wrongParameter } from '../problem.ts'
import { apiPath, jsonType, type Route } from '../route.ts'
import { rowStream } from '../row_stream.ts'
import { closed } from '../schemas.ts'

/** Documents for other programs. */
export function exportRoutes(): readonly Route[] {
  return [
    {
      method: 'GET',
      path: `${apiPath}/exports/openapi`,
      operationId: 'exportOpenApi',
      summary: 'What was observed of a service, as an OpenAPI 3.1 document',
      access: 'read',
      isNarrowed: true,
      isAudited: () => true,
      query: closed({
        service: Type.Optional(
          Type.String({ minLength: 1, maxLength: 1024, description: 'Id, name or host of the service; may be absent where only one can be described.' }),
        ),
      }),
      answers: {
        200: { description: 'The document', content: { 'application/json': Type.Object({ openapi: Type.String() }, { examples: [exampleDocument] }) } },
        304: { description: 'Nothing has changed' },
        404: { description: 'There is no such service' },
      },
      handle: (request, reply, { view }) => {
        const inventory = view.inventory()
        const service = serviceAsked(inventory, (request.query as { readonly service?: string }).service)
        if (isUnchanged(inventory, request, reply)) return reply.code(304).send()
        reply.header('content-disposition', `attachment; filename="${openApiFileName(service)}"`)
        return reply.type(jsonType).send(openApiText(service, inventory))
      },
    },
    {
      method: 'GET',
      path: `${apiPath}/exports/csv`,
      operationId: 'exportCsv',
      summary: 'All endpoints, or those that match, as CSV in the order of the inventory',
      access: 'read',
      isNarrowed: true,
      isAudited: () => true,
      query: closed(endpointFilterSchema),
      answers: { 200: { description: 'A row an endpoint', content: { 'text/csv; charset=utf-8': Type.String({ examples: [csvHead()] }) } } },
      handle: (request, reply, { view }) => {
        const matches = endpointFilter(request.query as EndpointFilter)
        reply.type('text/csv; charset=utf-8').header('content-disposition', 'attachment; filename="endpoints.csv"')
        if (request.method === 'HEAD') return reply.send('')
        return reply.send(
          rowStream(
            { type: 'text/csv', head: csvHead(), lineOf: ({ service, endpoint }) => csvLine(service, endpoint) },
            { rowsNow: () => indexOf(view.inventory()).inOrder('service'), keyOf: (row) => endpointKey(row, 'service'), isDescending: false },
            { after: null, limit: Infinity, matches },
          ),
        )
      },
    },
  ]
}

function serviceAsked({ services }: InventoryDocument, asked: string | undefined): ServiceDocument {
  if (asked === undefined) {
    const described = services.filter(({ endpoints, kinds }) => endpoints.some(({ exchanges }) => exchanges > 0) && !kinds.includes('web'))
    const [only] = described
    if (only !== undefined && described.length === 1) return only
    throw wrongParameter('/query/service', `is needed: ${described.length} services can be described, ${apiPath}/services lists them`)
  }
  const name = asked.toLowerCase()
  const service = services.find((one) => one.id === asked || one.name === name || one.hosts.includes(name))
  if (service === undefined) throw new ProblemError({ status: 404, detail: `no service has this id or name: ${apiPath}/services lists them` })
  return service
}
