import type { AuditRecords } from '../../access/audit.ts'
import { rfc3339 } from '../../base/clock.ts'
import { cursorOf, keyIn } from '../cursor.ts'
import { listText } from '../list_text.ts'
import { apiPath, jsonType, type Route } from '../route.ts'
import { closed, limitDefault, listOf, pageQuerySchema, type PageQuery } from '../schemas.ts'

/** Who changed something, or took something out. */
export function auditRoutes(audit: AuditRecords): readonly Route[] {
  return [
    {
      method: 'GET',
      path: `${apiPath}/audit`,
      operationId: 'listAudit',
      summary: 'Changes and exports, done or refused, newest first',
      access: 'admin',
      isNarrowed: false,
      query: closed(pageQuerySchema),
      answers: { 200: { description: 'A page', content: { 'application/json': listOf('AuditRow') } } },
      handle: (request, reply) => {
        const { limit = limitDefault, cursor } = request.query as PageQuery
        const [before] = cursor === undefined ? [null] : keyIn(cursor, 'audit', ['number'])
        // One more tells whether there is a next page.
        const rows = audit.audits(before === null ? null : Number(before), limit + 1)
        const page = rows.slice(0, limit)
        const last = rows.length > limit ? page.at(-1) : undefined
        const texts = page.map(({ id, atMs, actor, action, target, outcome, status }) =>
          JSON.stringify({ id, at: rfc3339(atMs), actor, action, target, outcome, status }),
        )
        return reply.type(jsonType).send(listText(texts, last === undefined ? null : cursorOf('audit', [last.id]), request, reply))
      },
    },
  ]
}
