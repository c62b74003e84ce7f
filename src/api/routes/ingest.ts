import type { IncomingHttpHeaders } from 'node:http'

import { Type } from 'typebox'

import { ProblemError, wrongParameter } from '../problem.ts'
import { apiPath, jsonType, type Route } from '../route.ts'
import { closed, named } from '../schemas.ts'
import { encodingOf, mediaTypeOf, takeBody, taker } from '../take_body.ts'
import type { BodyEncoding } from '../view.ts'

/** Where exchanges are pushed to. The body goes to the engine as bytes: nothing here decodes, parses or logs it. */
export function ingestRoutes(bytesMax: number): readonly Route[] {
  return [
    {
      method: 'POST',
      path: `${apiPath}/ingest/exchanges`,
      operationId: 'ingestExchanges',
      summary: 'Takes exchanges, one JSON object a line; answers when they are kept',
      access: 'ingest',
      isNarrowed: false,
      headers: closed({
        'content-encoding': Type.Optional(Type.Enum(['identity', 'gzip', 'zstd'])),
        'idempotency-key': Type.Optional(
          Type.String({
            pattern: String.raw`^[\x21-\x7e]{1,${keyCharactersMax}}$`,
            description: 'Names this body, so that it counts once however often it is sent.',
          }),
        ),
      }),
      takes: [...mediaTypes],
      body: Type.Array(Type.Object({ method: Type.String(), path: Type.String() }), {
        description: 'One item a line, with more keys beside these.',
        examples: [exampleLines],
      }),
      answers: {
        200: { description: 'They are kept', content: { 'application/json': named('IngestAnswer') } },
        404: { description: 'No source of type http is configured' },
        413: { description: `The body has more than ${bytesMax} bytes` },
        415: { description: 'The body is of another type, or coded otherwise' },
        422: { description: 'Another body was kept under the Idempotency-Key' },
        429: { description: 'There is no room now: come again after Retry-After' },
        503: { description: 'They could not be kept' },
      },
      handle: async (request, reply, { view }) => {
        const ingest = taker(view.ingest)
        const encoding = bodyEncodingOf(request.headers)
        const key = keyOf(request.headers)
        const answer = await takeBody(request, reply, bytesMax, (chunks) => ingest.take(chunks, encoding, key))
        return reply.type(jsonType).send(JSON.stringify(answer))
      },
    },
  ]
}

const exampleLines = [
  {
    ts: '2026-11-20T09:14:00.000Z',
    method: 'GET',
    host: 'shop.example.com',
    path: '/users/42',
    status: 200,
    resHeaders: { 'content-type': 'application/json' },
  },
  { ts: '2026-11-20T09:14:01.000Z', method: 'POST', host: 'shop.example.com', path: '/orders', reqBody: { items: [{ sku: 'A-1' }] }, status: 201 },
]

const mediaTypes: ReadonlySet<string> = new Set(['application/x-ndjson', 'application/ndjson', 'application/jsonl'])

const keyCharactersMax = 255

/** Throws where the body is none that the engine reads. */
function bodyEncodingOf(headers: IncomingHttpHeaders): BodyEncoding {
  if (!mediaTypes.has(mediaTypeOf(headers))) {
    const headersOf = { 'accept-post': [...mediaTypes].join(', ') }
    throw new ProblemError({ status: 415, detail: 'the Content-Type is application/x-ndjson: one exchange a line', headers: headersOf })
  }
  return encodingOf(headers, ['gzip', 'zstd'])
}

function keyOf(headers: IncomingHttpHeaders): string | null {
  const key = headers['idempotency-key']
  if (key === undefined) return null
  if (typeof key === 'string' && key.length <= keyCharactersMax && /^[\x21-\x7e]+$/.test(key)) return key
  throw wrongParameter('/header/idempotency-key', `is 1 to ${keyCharactersMax} visible characters of ASCII`)
}
