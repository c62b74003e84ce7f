import { Type } from 'typebox'

import { apiPath, jsonType, type Route } from '../route.ts'

/** The description of all routes. `textOf` gives it. */
export function openApiRoutes(textOf: () => string): readonly Route[] {
  return [
    {
      method: 'GET',
      path: `${apiPath}/openapi.json`,
      operationId: 'getOpenApi',
      summary: 'This document',
      access: 'read',
      isNarrowed: true,
      answers: { 200: { description: 'OpenAPI 3.1', content: { 'application/json': Type.Object({ openapi: Type.String() }) } } },
      handle: (_request, reply) => reply.type(jsonType).send(textOf()),
    },
  ]
}
