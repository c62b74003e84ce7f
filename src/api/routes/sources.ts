import { cursorOf, keyIn } from '../cursor.ts'
import { pageOf } from '../keyset.ts'
import { listText } from '../list_text.ts'
import { apiPath, jsonType, type Route } from '../route.ts'
import { closed, limitDefault, listOf, pageQuerySchema, type PageQuery } from '../schemas.ts'

/** How the configured sources are doing. */
export function sourceRoutes(): readonly Route[] {
  return [
    {
      method: 'GET',
      path: `${apiPath}/sources`,
      operationId: 'listSources',
      summary: 'The configured sources and how they are doing, by id',
      access: 'read',
      isNarrowed: false,
      query: closed(pageQuerySchema),
      answers: { 200: { description: 'A page of them', content: { 'application/json': listOf('Source') } } },
      handle: (request, reply, { view }) => {
        const { limit = limitDefault, cursor } = request.query as PageQuery
        const rows = view.sources().toSorted((one, other) => (one.id < other.id ? -1 : 1))
        const { texts, next } = pageOf(
          { rows, keyOf: ({ id }) => [id], isDescending: false },
          { after: cursor === undefined ? null : keyIn(cursor, 'sources', ['string']), limit, matches: () => true, textOf: (source) => JSON.stringify(source) },
        )
        return reply.type(jsonType).send(listText(texts, next && cursorOf('sources', next), request, reply))
      },
    },
  ]
}
