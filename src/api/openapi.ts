import { Type, type TObject, type TSchema } from 'typebox'

import { exampleOf } from './example.ts'
import type { Route, RouteAnswer } from './route.ts'
import { answerSchemas, named } from './schemas.ts'
import { problemType } from './problem.ts'
import { sessionCookie } from './session_cookie.ts'

/** The OpenAPI 3.1 document of the routes: its schemas are those that requests are checked by and answers are tested with. */
export function apiDocument(routes: readonly Route[], version: string, hasLogins: boolean): object {
  const paths: Record<string, Record<string, object>> = {}
  for (const route of routes) (paths[route.path] ??= {})[route.method.toLowerCase()] = operationOf(route, hasLogins)
  return {
    openapi: '3.1.0',
    info: {
      title: 'Tapistry',
      version,
      description:
        'What Tapistry has discovered. Over a loopback address no token is needed as long as none was made; else each operation needs one with the scope that its ' +
        '`security` names. A token that is limited to services sees these alone, and is refused (403) where an operation is about all of them. The Host of a ' +
        'request is localhost, an address, or a name that is configured.',
      license: { name: 'Apache-2.0', identifier: 'Apache-2.0' },
    },
    jsonSchemaDialect: 'https://json-schema.org/draft/2020-12/schema',
    servers: [{ url: '/' }],
    security: [],
    paths,
    components: {
      securitySchemes: {
        bearer: { type: 'http', scheme: 'bearer', description: 'A token of `tapistry token create`, or a JWT of the issuer that is configured.' },
        ...(hasLogins ? { session: { type: 'apiKey', in: 'cookie', name: sessionCookie, description: 'A login at /auth/login.' } } : {}),
      },
      schemas: answerSchemas(),
    },
  }
}

function operationOf({ operationId, summary, access, query, params, headers, takes, body, examples, answers }: Route, hasLogins: boolean): object {
  const scopes = access === 'somebody' ? [] : [access]
  const parameters = [...parametersOf('path', params), ...parametersOf('query', query), ...parametersOf('header', headers)]
  return {
    operationId,
    summary,
    ...(access === 'anybody' ? {} : { security: [{ bearer: scopes }, ...(hasLogins ? [{ session: scopes }] : [])] }),
    ...(parameters.length === 0 ? {} : { parameters }),
    ...(takes === undefined
      ? {}
      : {
          requestBody: {
            required: true,
            content: Object.fromEntries(takes.map((type) => [type, contentOf(type, body ?? bodyOf(type), examples?.[type])])),
          },
        }),
    responses: {
      ...refusals,
      ...(access === 'anybody' ? {} : { 401: unknown }),
      ...(takes === undefined ? {} : bodyRefusals),
      ...Object.fromEntries(Object.entries(answers).map(([status, answer]) => [status, responseOf(Number(status), answer)])),
      default: responseOf(400, { description: 'What was wrong, and what to do' }),
    },
  }
}

/** What any operation may answer. */
const refusals = problemsOf({
  400: 'A parameter or a field of the body is wrong, or is none of this operation: `errors` points to each',
  403: 'Who asks lacks the scope, or is limited to services and this is about all; or a page of another origin asks',
  408: 'The request did not arrive in time',
  414: 'A part of the path is too long',
  421: 'The Host is none of this server',
  429: 'Too many requests: come again after Retry-After',
  431: 'The request line and the header fields are too long',
  503: 'Too many are served at a time, or who asks cannot be looked up now: come again after Retry-After',
})

const bodyRefusals = problemsOf({ 413: 'The body is too long', 415: 'The body is of another type, or coded otherwise' })
const unknown = responseOf(401, { description: 'Nobody that is known asks' })

function problemsOf(descriptions: Readonly<Record<number, string>>): Readonly<Record<string, object>> {
  return Object.fromEntries(Object.entries(descriptions).map(([status, description]) => [status, responseOf(Number(status), { description })]))
}

function parametersOf(place: 'path' | 'query' | 'header', schema: TObject | undefined): object[] {
  return Object.entries(schema?.properties ?? {}).map(([name, own]) => {
    const { description, ...rest } = own as TSchema & { readonly description?: string }
    return { name, in: place, required: schema?.required?.includes(name) ?? false, description, schema: rest }
  })
}

function responseOf(status: number, { description, content }: RouteAnswer): object {
  const schemas = content ?? (status >= 400 ? { [problemType]: named('Problem') } : {})
  const isShown = status < 300
  return { description, content: Object.fromEntries(Object.entries(schemas).map(([type, schema]) => [type, isShown ? contentOf(type, schema) : { schema }])) }
}

/** What a media type has, with an example: bytes have none. */
function contentOf(type: string, schema: TSchema, example: unknown = exampleOf(schema)): object {
  return type === 'application/x-protobuf' ? { schema } : { schema, example }
}

function bodyOf(type: string): TSchema {
  return type === 'application/json' ? Type.Object({}) : Type.String()
}
