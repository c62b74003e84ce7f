import { Type } from 'typebox'

import { allows } from '../../access/scope.ts'
import { ProblemError } from '../problem.ts'
import { jsonType, type Route } from '../route.ts'
import { closed } from '../schemas.ts'

/** For whoever watches over the process. */
export function healthRoutes(): readonly Route[] {
  return [
    {
      method: 'GET',
      path: '/healthz',
      operationId: 'getHealth',
      summary: 'Whether the process lives: an answer says so',
      access: 'anybody',
      isNarrowed: true,
      answers: { 200: { description: 'It does', content: { 'application/json': closed({ alive: Type.Literal(true) }) } } },
      handle: (_request, reply) => reply.type(jsonType).send('{"alive":true}'),
    },
    {
      method: 'GET',
      path: '/readyz',
      operationId: 'getReadiness',
      summary: 'Whether it does what it is configured to',
      access: 'anybody',
      isNarrowed: true,
      answers: {
        200: { description: 'It does', content: { 'application/json': closed({ ready: Type.Literal(true) }) } },
        503: { description: 'It does not; `reasons` says why, to who has the scope read' },
      },
      handle: (_request, reply, { view, principal }) => {
        const reasons = view.unready()
        // They name sources, files and hosts.
        const mayRead = principal !== null && principal.services === null && allows(principal.scopes, 'read')
        if (reasons.length > 0 && !mayRead) throw new ProblemError({ status: 503, detail: 'not ready: who asks with the scope read hears why' })
        if (reasons.length > 0) throw new ProblemError({ status: 503, detail: `not ready: ${reasons.join('; ')}`, reasons })
        return reply.type(jsonType).send('{"ready":true}')
      },
    },
  ]
}
