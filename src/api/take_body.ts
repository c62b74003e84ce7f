import { isUtf8 } from 'node:buffer'
import type { IncomingHttpHeaders } from 'node:http'

import type { FastifyReply, FastifyRequest } from 'fastify'

import { TapistryError } from '../base/errors.ts'
import { ingestBody, tooLarge } from './ingest_body.ts'
import { ProblemError } from './problem.ts'

/** Who takes bodies. Throws where nobody does (404), and where there is no room now (429). */
export function taker<T extends { isFull(): boolean }>(ingest: T | null): T {
  if (ingest === null) throw new ProblemError({ status: 404, detail: 'no source of type http is configured: add `- { type: http }` to sources' })
  if (ingest.isFull()) throw new ProblemError({ status: 429, detail: 'there is no room now: send it again later', headers: comeAgain })
  return ingest
}

/** The media type of a body, in lower case; empty for none. */
export function mediaTypeOf({ 'content-type': contentType = '' }: IncomingHttpHeaders): string {
  const [type = ''] = contentType.split(';', 1)
  return type.trim().toLowerCase()
}

/** How a body is coded. Throws (415) where that is not among `known`. */
export function encodingOf<T extends string>(headers: IncomingHttpHeaders, known: readonly T[]): T | 'identity' {
  const written = (headers['content-encoding'] ?? 'identity').trim().toLowerCase()
  if (written === 'identity') return written
  const encoding = known.find((name) => name === (written === 'x-gzip' ? 'gzip' : written))
  if (encoding !== undefined) return encoding
  throw new ProblemError({
    status: 415,
    detail: known.length === 0 ? 'there is no Content-Encoding: send the body as it is' : `the Content-Encoding is ${known.join(', ')} or none`,
    errors: [{ pointer: '/header/content-encoding', detail: 'is not understood' }],
    headers: { 'accept-encoding': known.length === 0 ? 'identity' : known.join(', ') },
  })
}

/** Hands the body of a request on, and resolves to what became of it. Throws `ProblemError` where it is too large (413), cannot be read (400) or kept (503). */
export async function takeBody<T>(
  { raw, headers }: FastifyRequest,
  reply: FastifyReply,
  bytesMax: number,
  take: (chunks: AsyncIterable<Uint8Array>) => Promise<T>,
): Promise<T> {
  if (Number(headers['content-length'] ?? 0) > bytesMax) throw tooLarge(bytesMax)
  // Whoever asks before sending a large body hears now that it is wanted.
  if (headers.expect !== undefined) reply.raw.writeContinue()
  const body = ingestBody(raw, bytesMax)
  try {
    return await take(body.chunks)
  } catch (thrown) {
    throw body.problem() ?? problemOf(thrown)
  }
}

/** The body of a request as text. Throws `ProblemError` where it is too large (413), coded (415), no UTF-8 or cannot be read (400). */
export async function textBody(request: FastifyRequest, reply: FastifyReply, bytesMax: number): Promise<string> {
  encodingOf(request.headers, [])
  return takeBody(request, reply, bytesMax, async (chunks) => {
    const pieces: Uint8Array[] = []
    for await (const chunk of chunks) pieces.push(chunk)
    const bytes = Buffer.concat(pieces)
    if (!isUtf8(bytes)) throw new ProblemError({ status: 400, detail: 'body: is no UTF-8', errors: [{ pointer: '/body', detail: 'is no UTF-8' }] })
    return bytes.toString()
  })
}

const comeAgain = { 'retry-after': '1' } as const

/** What `take` rejected with, as the client hears it. */
function problemOf(thrown: unknown): unknown {
  if (!(thrown instanceof TapistryError)) return thrown
  if (thrown.code === 'INPUT') return new ProblemError({ status: 400, detail: thrown.message })
  if (thrown.code === 'USAGE') return new ProblemError({ status: 422, detail: thrown.message })
  return new ProblemError({ status: 503, detail: thrown.message, headers: comeAgain })
}
