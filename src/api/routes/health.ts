import { Type } from 'typebox'

import { ProblemError } from '../problem.ts'
import { jsonType, type Route } from '../route.ts'
import { closed } from '../schemas.ts'
import type { InventoryView } from '../view.ts'

/** For whoever watches over the process. */
export function healthRoutes(view: InventoryView): readonly Route[] {
  return [
    {
      method: 'GET',
      path: '/healthz',
      operationId: 'getHealth',
      summary: 'Whether the process lives: an answer says so',
      answers: { 200: { description: 'It does', content: { 'application/json': closed({ alive: Type.Literal(true) }) } } },
      handle: (_request, reply) => reply.type(jsonType).send('{"alive":true}'),
    },
    {
      method: 'GET',
      path: '/readyz',
      operationId: 'getReadiness',
      summary: 'Whether it does what it is configured to',
      answers: {
        200: { description: 'It does', content: { 'application/json': closed({ ready: Type.Literal(true) }) } },
        503: { description: 'It does not; `reasons` says why' },
      },
      handle: (_request, reply) => {
        const reasons = view.unready()
        if (reasons.length > 0) throw new ProblemError({ status: 503, detail: `not ready: ${reasons.join('; ')}`, reasons })
        return reply.type(jsonType).send('{"ready":true}')
      },
    },
  ]
}
