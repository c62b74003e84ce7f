import { Type } from 'typebox'

import { rfc3339 } from '../../base/clock.ts'
import type { ParkedRecord } from '../../source/kafka/parked.ts'
import { cursorOf, keyIn } from '../cursor.ts'
import { pageOf, sortedByKey, type Key } from '../keyset.ts'
import { listText } from '../list_text.ts'
import { ProblemError } from '../problem.ts'
import { apiPath, jsonType, type Route } from '../route.ts'
import { closed, limitDefault, listOf, pageQuerySchema, type PageQuery } from '../schemas.ts'

/** What a source has passed over. */
export function parkedRoutes(): readonly Route[] {
  return [
    {
      method: 'GET',
      path: `${apiPath}/sources/{id}/parked`,
      operationId: 'listParkedRecords',
      summary: 'Records of a topic that a source has passed over, oldest first: where they are and why, never what is in them',
      access: 'read',
      isNarrowed: false,
      params: closed({ id: Type.String({ description: 'Id of the source, percent-encoded.' }) }),
      query: closed(pageQuerySchema),
      answers: {
        200: { description: 'A page of the latest thousand; none of a source that has no records', content: { 'application/json': listOf('ParkedRecord') } },
        404: { description: 'There is no such source' },
      },
      handle: (request, reply, { view }) => {
        const { id } = request.params as { readonly id: string }
        const { limit = limitDefault, cursor } = request.query as PageQuery
        const after = cursor === undefined ? null : keyIn(cursor, 'parked', ['number', 'string', 'number', 'string'])
        const records = view.parked(id)
        if (records === null) throw new ProblemError({ status: 404, detail: `no source has this id: ${apiPath}/sources lists them` })
        const { texts, next } = pageOf({ rows: sortedByKey(records, keyOf), keyOf, isDescending: false }, { after, limit, matches: () => true, textOf })
        return reply.type(jsonType).send(listText(texts, next && cursorOf('parked', next), request, reply))
      },
    },
  ]
}

/** Offsets are compared as texts of one length, as they may be larger than a number holds. */
function keyOf({ atMs, topic, partition, offset }: ParkedRecord): Key {
  return [atMs, topic, partition, offset.padStart(20, '0')]
}

function textOf({ topic, partition, offset, through = offset, reason, atMs }: ParkedRecord): string {
  return JSON.stringify({ topic, partition, offset, through, reason, at: rfc3339(atMs) })
}
