import type { TObject, TSchema } from 'typebox'

import type { Route, RouteAnswer } from './route.ts'
import { answerSchemas, named } from './schemas.ts'
import { problemType } from './problem.ts'

/** The OpenAPI 3.1 document of the routes: its schemas are those that requests are checked by and answers are tested with. */
export function apiDocument(routes: readonly Route[], version: string): object {
  const paths: Record<string, Record<string, object>> = {}
  for (const route of routes) (paths[route.path] ??= {})[route.method.toLowerCase()] = operationOf(route)
  return {
    openapi: '3.1.0',
    info: {
      title: 'Tapistry',
      version,
      description: 'What Tapistry has discovered. Answers are for this machine alone: the Host of a request is localhost, 127.0.0.1 or [::1].',
      license: { name: 'Apache-2.0', identifier: 'Apache-2.0' },
    },
    jsonSchemaDialect: 'https://json-schema.org/draft/2020-12/schema',
    servers: [{ url: '/' }],
    security: [],
    paths,
    components: { schemas: answerSchemas() },
  }
}

function operationOf({ operationId, summary, query, params, headers, takes, body, answers }: Route): object {
  const parameters = [...parametersOf('path', params), ...parametersOf('query', query), ...parametersOf('header', headers)]
  return {
    operationId,
    summary,
    ...(parameters.length === 0 ? {} : { parameters }),
    ...(takes === undefined
      ? {}
      : {
          requestBody: {
            required: true,
            content: Object.fromEntries(takes.map((type) => [type, { schema: body ?? { type: type === 'application/json' ? 'object' : 'string' } }])),
          },
        }),
    responses: {
      ...Object.fromEntries(Object.entries(answers).map(([status, answer]) => [status, responseOf(Number(status), answer)])),
      default: responseOf(400, { description: 'What was wrong, and what to do' }),
    },
  }
}

function parametersOf(place: 'path' | 'query' | 'header', schema: TObject | undefined): object[] {
  return Object.entries(schema?.properties ?? {}).map(([name, own]) => {
    const { description, ...rest } = own as TSchema & { readonly description?: string }
    return { name, in: place, required: schema?.required?.includes(name) ?? false, description, schema: rest }
  })
}

function responseOf(status: number, { description, content }: RouteAnswer): object {
  const schemas = content ?? (status >= 400 ? { [problemType]: named('Problem') } : {})
  return { description, content: Object.fromEntries(Object.entries(schemas).map(([type, schema]) => [type, { schema }])) }
}
