import type { IncomingHttpHeaders } from 'node:http'

import { Type } from 'typebox'

import { TapistryError } from '../../base/errors.ts'
import { ingestBody, tooLarge } from '../ingest_body.ts'
import { ProblemError, wrongParameter } from '../problem.ts'
import { apiPath, jsonType, type Route } from '../route.ts'
import { closed, named } from '../schemas.ts'
import type { BodyEncoding, InventoryView } from '../view.ts'

/** Where exchanges are pushed to. The body goes to the engine as bytes: nothing here decodes, parses or logs it. */
export function ingestRoutes(view: InventoryView, bytesMax: number): readonly Route[] {
  return [
    {
      method: 'POST',
      path: `${apiPath}/ingest/exchanges`,
      operationId: 'ingestExchanges',
      summary: 'Takes exchanges, one JSON object a line; answers when they are kept',
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
      answers: {
        200: { description: 'They are kept', content: { 'application/json': named('IngestAnswer') } },
        404: { description: 'No source of type http is configured' },
        413: { description: `The body has more than ${bytesMax} bytes` },
        415: { description: 'The body is of another type, or coded otherwise' },
        429: { description: 'There is no room now: come again after Retry-After' },
        503: { description: 'They could not be kept' },
      },
      handle: async (request, reply) => {
        const { raw } = request
        const ingest = view.ingest
        if (ingest === null) throw new ProblemError({ status: 404, detail: 'no source of type http is configured: add `- { type: http }` to sources' })
        if (ingest.isFull()) throw new ProblemError({ status: 429, detail: 'there is no room now: send it again later', headers: comeAgain })
        const encoding = encodingOf(request.headers)
        const key = keyOf(request.headers)
        if (Number(request.headers['content-length'] ?? 0) > bytesMax) throw tooLarge(bytesMax)
        // Whoever asks before sending a large body hears now that it is wanted.
        if (request.headers.expect !== undefined) reply.raw.writeContinue()
        const body = ingestBody(raw, bytesMax)
        try {
          return reply.type(jsonType).send(JSON.stringify(await ingest.take(body.chunks, encoding, key)))
        } catch (thrown) {
          throw body.problem() ?? problemOf(thrown)
        }
      },
    },
  ]
}

const mediaTypes: ReadonlySet<string> = new Set(['application/x-ndjson', 'application/ndjson', 'application/jsonl'])

const keyCharactersMax = 255

const comeAgain = { 'retry-after': '1' } as const

/** Throws where the body is none that the engine reads. */
function encodingOf(headers: IncomingHttpHeaders): BodyEncoding {
  const [type = ''] = (headers['content-type'] ?? '').split(';', 1)
  if (!mediaTypes.has(type.trim().toLowerCase())) {
    const headersOf = { 'accept-post': [...mediaTypes].join(', ') }
    throw new ProblemError({ status: 415, detail: 'the Content-Type is application/x-ndjson: one exchange a line', headers: headersOf })
  }
  const encoding = (headers['content-encoding'] ?? 'identity').trim().toLowerCase()
  if (encoding === 'identity' || encoding === 'gzip' || encoding === 'zstd') return encoding
  if (encoding === 'x-gzip') return 'gzip'
  throw new ProblemError({
    status: 415,
    detail: 'the Content-Encoding is gzip, zstd or none',
    errors: [{ pointer: '/header/content-encoding', detail: 'is not understood' }],
    headers: { 'accept-encoding': 'gzip, zstd' },
  })
}

function keyOf(headers: IncomingHttpHeaders): string | null {
  const key = headers['idempotency-key']
  if (key === undefined) return null
  if (typeof key === 'string' && key.length <= keyCharactersMax && /^[\x21-\x7e]+$/.test(key)) return key
  throw wrongParameter('/header/idempotency-key', `is 1 to ${keyCharactersMax} visible characters of ASCII`)
}

/** What `take` rejected with, as the client hears it. */
function problemOf(thrown: unknown): unknown {
  if (!(thrown instanceof TapistryError)) return thrown
  if (thrown.code === 'INPUT') return new ProblemError({ status: 400, detail: thrown.message })
  return new ProblemError({ status: 503, detail: thrown.message, headers: comeAgain })
}
