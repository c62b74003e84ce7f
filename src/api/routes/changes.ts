import { Type } from 'typebox'

import { changesBetween, type Change } from '../../finding/changes.ts'
import { daySchema, pastInventory } from '../as_of.ts'
import { cursorOf, keyIn } from '../cursor.ts'
import { pageOf } from '../keyset.ts'
import { listText } from '../list_text.ts'
import { apiPath, jsonType, type Route } from '../route.ts'
import { closed, limitDefault, listOf, pageQuerySchema, type PageQuery } from '../schemas.ts'

/** What differs between two days: one difference, whatever came and went between them. */
export function changeRoutes(): readonly Route[] {
  return [
    {
      method: 'GET',
      path: `${apiPath}/changes`,
      operationId: 'listChanges',
      summary: 'What differs between the inventory of a day and that of another one or of now, by kind',
      access: 'read',
      isNarrowed: true,
      query: closed({
        since: daySchema('The inventory at the end of this day in UTC, `2026-11-20`, is compared.'),
        until: Type.Optional(daySchema('With that at the end of this day; with that of now if absent.')),
        kind: Type.Optional(Type.Enum(['endpoint', 'finding', 'service', 'spec'], { description: 'What has changed.' })),
        ...pageQuerySchema,
      }),
      answers: {
        200: { description: 'A page of them', content: { 'application/json': listOf('Change') } },
        404: { description: 'Nothing is kept of such a day' },
      },
      handle: (request, reply, { view }) => {
        const { since, until, kind, limit = limitDefault, cursor } = request.query as ChangeQuery
        const after = cursor === undefined ? null : keyIn(cursor, 'changes', ['string', 'string', 'string'])
        const [before, then] = [pastInventory(view, since, 'since'), pastInventory(view, until, 'until')]
        const rows = changesBetween(before ?? view.inventory(), then ?? view.inventory())
        const { texts, next } = pageOf(
          { rows, keyOf, isDescending: false },
          { after, limit, matches: (change) => kind === undefined || change.kind === kind, textOf: (change) => JSON.stringify(change) },
        )
        return reply.type(jsonType).send(listText(texts, next && cursorOf('changes', next), request, reply))
      },
    },
  ]
}

interface ChangeQuery extends PageQuery {
  readonly since: string
  readonly until?: string
  readonly kind?: Change['kind']
}

function keyOf({ kind, subject, what }: Change): readonly [string, string, string] {
  return [kind, subject, what]
}
