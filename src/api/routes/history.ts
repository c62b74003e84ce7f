import { Type } from 'typebox'

import { rfc3339 } from '../../base/clock.ts'
import { cursorOf, keyIn } from '../cursor.ts'
import { indexOf } from '../inventory_index.ts'
import { listText } from '../list_text.ts'
import { ProblemError } from '../problem.ts'
import { apiPath, jsonType, type Route } from '../route.ts'
import { closed, limitDefault, listOf, pageQuerySchema, type PageQuery } from '../schemas.ts'

/** What happened to an endpoint. */
export function historyRoutes(): readonly Route[] {
  return [
    {
      method: 'GET',
      path: `${apiPath}/endpoints/{id}/history`,
      operationId: 'getEndpointHistory',
      summary: 'What has changed of an endpoint, oldest first',
      access: 'read',
      isNarrowed: true,
      params: closed({ id: Type.String() }),
      query: closed(pageQuerySchema),
      answers: {
        200: { description: 'A page', content: { 'application/json': listOf('HistoryEvent') } },
        404: { description: 'There is no such endpoint, and never was' },
      },
      handle: (request, reply, { view }) => {
        const { id } = request.params as { readonly id: string }
        const { limit = limitDefault, cursor } = request.query as PageQuery
        const [after] = cursor === undefined ? [0] : keyIn(cursor, 'history', ['number'])
        // One more tells whether there is a next page.
        const events = view.history(id, Number(after), limit + 1)
        if (events.length === 0 && !indexOf(view.inventory()).byId.has(id)) {
          throw new ProblemError({ status: 404, detail: `no endpoint has this id: ${apiPath}/endpoints lists them` })
        }
        const page = events.slice(0, limit)
        const last = events.length > limit ? page.at(-1) : undefined
        const texts = page.map(({ id: number, atMs, kind, what, details }) => JSON.stringify({ id: number, at: rfc3339(atMs), kind, what, details }))
        return reply.type(jsonType).send(listText(texts, last === undefined ? null : cursorOf('history', [last.id]), request, reply))
      },
    },
  ]
}
