import { Type } from 'typebox'

import type { InventoryDocument, ServiceDocument } from '../../inventory/document.ts'
import { asOfSchema, pastInventory } from '../as_of.ts'
import { cursorOf, keyIn } from '../cursor.ts'
import { isUnchanged } from '../etag.ts'
import { pageOf } from '../keyset.ts'
import { listText } from '../list_text.ts'
import { ProblemError } from '../problem.ts'
import { apiPath, jsonType, type Route } from '../route.ts'
import { closed, limitDefault, listOf, named, pageQuerySchema, type PageQuery } from '../schemas.ts'

/** Services with how well they were seen; their endpoints are a list of their own. */
export function serviceRoutes(): readonly Route[] {
  return [
    {
      method: 'GET',
      path: `${apiPath}/services`,
      operationId: 'listServices',
      summary: 'The services, by name',
      access: 'read',
      isNarrowed: true,
      query: closed({ asOf: asOfSchema, ...pageQuerySchema }),
      answers: {
        200: { description: 'A page of them', content: { 'application/json': listOf('Service') } },
        304: { description: 'Nothing has changed' },
        404: { description: 'Nothing is kept of such a day' },
      },
      handle: (request, reply, { view }) => {
        const { asOf, limit = limitDefault, cursor } = request.query as ServiceQuery
        const inventory = pastInventory(view, asOf, 'asOf') ?? view.inventory()
        const after = cursor === undefined ? null : keyIn(cursor, 'services', ['string', 'string'])
        if (isUnchanged(inventory, request, reply)) return reply.code(304).send()
        const { texts, next } = pageOf(
          { rows: inventory.services, keyOf: ({ name, id }) => [name, id], isDescending: false },
          { after, limit, matches: () => true, textOf: serviceText },
        )
        return reply.type(jsonType).send(listText(texts, next && cursorOf('services', next), request, reply))
      },
    },
    {
      method: 'GET',
      path: `${apiPath}/services/{id}`,
      operationId: 'getService',
      summary: 'One service',
      access: 'read',
      isNarrowed: true,
      params: closed({ id: Type.String({ description: 'Id or name of the service.' }) }),
      answers: {
        200: { description: 'The service', content: { 'application/json': named('Service') } },
        304: { description: 'Nothing has changed' },
        404: { description: 'There is no such service' },
      },
      handle: (request, reply, { view }) => {
        const inventory = view.inventory()
        const service = serviceIn(inventory, (request.params as { readonly id: string }).id)
        if (isUnchanged(inventory, request, reply)) return reply.code(304).send()
        return reply.type(jsonType).send(serviceText(service))
      },
    },
  ]
}

interface ServiceQuery extends PageQuery {
  readonly asOf?: string
}

function serviceIn({ services }: InventoryDocument, idOrName: string): ServiceDocument {
  const name = idOrName.toLowerCase()
  const service = services.find((one) => one.id === idOrName || one.name === name)
  if (!service) throw new ProblemError({ status: 404, detail: `no service has this id or name: ${apiPath}/services lists them` })
  return service
}

function serviceText({ endpoints, ...service }: ServiceDocument): string {
  return JSON.stringify({ ...service, endpointCount: endpoints.length })
}
