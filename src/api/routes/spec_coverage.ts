import { Type } from 'typebox'

import { specCoverage } from '../../finding/spec_coverage.ts'
import { cursorOf, keyIn } from '../cursor.ts'
import { isUnchanged } from '../etag.ts'
import { pageOf } from '../keyset.ts'
import { listText } from '../list_text.ts'
import { ProblemError } from '../problem.ts'
import { apiPath, jsonType, type Route } from '../route.ts'
import { closed, limitDefault, named, pageQuerySchema, type PageQuery } from '../schemas.ts'

/** How far traffic uses what a document describes. */
export function specCoverageRoutes(): readonly Route[] {
  return [
    {
      method: 'GET',
      path: `${apiPath}/specs/{id}/coverage`,
      operationId: 'getSpecCoverage',
      summary: 'Which operations of a document traffic uses, by template and method; the counts are of all of them',
      access: 'read',
      isNarrowed: true,
      params: closed({ id: Type.String() }),
      query: closed(pageQuerySchema),
      answers: {
        200: { description: 'A page of operations', content: { 'application/json': named('SpecCoverage') } },
        304: { description: 'Nothing has changed' },
        404: { description: 'There is no such document' },
      },
      handle: (request, reply, { view }) => {
        const { id } = request.params as { readonly id: string }
        const { limit = limitDefault, cursor } = request.query as PageQuery
        const row = view.specs().find(({ spec }) => spec.id === id)
        if (row === undefined) throw new ProblemError({ status: 404, detail: `no document has this id: ${apiPath}/specs lists them` })
        const after = cursor === undefined ? null : keyIn(cursor, 'coverage', ['string', 'string'])
        const inventory = view.inventory()
        if (isUnchanged(inventory, request, reply)) return reply.code(304).send()
        const { services, seen, undocumented, operations } = specCoverage(row.spec, inventory)
        const { texts, next } = pageOf(
          { rows: operations, keyOf: ({ template, method }) => [template, method], isDescending: false },
          { after, limit, matches: () => true, textOf: (operation) => JSON.stringify(operation) },
        )
        const head = JSON.stringify({ spec: id, services, operations: operations.length, seen, undocumented })
        const list = listText(texts, next && cursorOf('coverage', next), request, reply)
        return reply.type(jsonType).send(`${head.slice(0, -1)},${list.slice(1)}`)
      },
    },
  ]
}
