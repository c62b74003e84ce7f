import type { FastifyReply } from 'fastify'

import type { Taken } from '../access/rate_limit.ts'
import { ProblemError } from './problem.ts'

/** Tells how many requests are left (draft-ietf-httpapi-ratelimit-headers, up to 06). Throws `ProblemError` (429) where there was none. */
export function countRequest(taken: Taken | null, reply: FastifyReply): void {
  if (taken === null) return
  const { isTaken, limit, remaining, resetSeconds, retrySeconds } = taken
  const headers = { 'ratelimit-limit': String(limit), 'ratelimit-remaining': String(remaining), 'ratelimit-reset': String(resetSeconds) }
  reply.headers(headers)
  if (isTaken) return
  const detail = `there were too many requests: ${limit} a minute are served, come again in ${retrySeconds} s`
  throw new ProblemError({ status: 429, detail, headers: { 'retry-after': String(retrySeconds) } })
}
