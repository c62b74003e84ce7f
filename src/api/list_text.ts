import type { FastifyReply, FastifyRequest } from 'fastify'

/** The JSON of a page, `{"items":[...],"nextCursor":null}`; where there is a next one the answer also gets its Link (RFC 8288). */
export function listText(texts: readonly string[], nextCursor: string | null, request: FastifyRequest, reply: FastifyReply): string {
  if (nextCursor !== null) {
    const next = new URL(request.url, 'http://localhost')
    next.searchParams.set('cursor', nextCursor)
    reply.header('link', `<${next.pathname}${next.search}>; rel="next"`)
  }
  return `{"items":[${texts.join(',')}],"nextCursor":${JSON.stringify(nextCursor)}}`
}
