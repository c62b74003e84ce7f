import { isUnchanged } from '../etag.ts'
import { apiPath, jsonType, type Route } from '../route.ts'
import { named } from '../schemas.ts'

/** What was seen and what was not, over all sources. */
export function visibilityRoutes(): readonly Route[] {
  return [
    {
      method: 'GET',
      path: `${apiPath}/visibility`,
      operationId: 'getVisibility',
      summary: 'What was seen and what was not, over all sources; for who is limited to services the counts of these, and 0 for what belongs to none',
      access: 'read',
      isNarrowed: true,
      answers: { 200: { description: 'Counters by group', content: { 'application/json': named('Visibility') } }, 304: { description: 'Nothing has changed' } },
      handle: (request, reply, { view }) => {
        const inventory = view.inventory()
        if (isUnchanged(inventory, request, reply)) return reply.code(304).send()
        return reply.type(jsonType).send(JSON.stringify(inventory.visibility))
      },
    },
  ]
}
