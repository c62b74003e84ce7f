import { Type } from 'typebox'

import { scopes } from '../../access/scope.ts'
import { apiPath, jsonType, type Route } from '../route.ts'
import { closed } from '../schemas.ts'

/** Who asks. */
export function meRoutes(): readonly Route[] {
  return [
    {
      method: 'GET',
      path: `${apiPath}/me`,
      operationId: 'getMe',
      summary: 'Who asks, and what they may',
      access: 'somebody',
      isNarrowed: true,
      answers: {
        200: {
          description: 'A token, a login, or `local` where none is needed',
          content: {
            'application/json': closed({
              kind: Type.Enum(['local', 'token', 'login']),
              id: Type.String({ examples: ['tok_0123456789abcdef'] }),
              name: Type.String({ examples: ['ci'] }),
              scopes: Type.Array(Type.Enum([...scopes])),
              services: Type.Union([Type.Array(Type.String()), Type.Null()], { description: 'What they are limited to; null for all.' }),
            }),
          },
        },
      },
      handle: (_request, reply, { principal }) => reply.type(jsonType).send(JSON.stringify(principal)),
    },
  ]
}
