import { createHash } from 'node:crypto'

import type { Decision, SpecDecision } from '../finding/decision.ts'
import { ProblemError } from './problem.ts'

/** The ETag of a stored document: of its text and the services it is for. */
export function specEtag({ body }: Decision<SpecDecision>): string {
  return `"${createHash('sha256').update(JSON.stringify(body)).digest('base64url').slice(0, 16)}"`
}

/** Throws (412) where a request is for another text than the one that is kept. */
export function refuseOverwriting(decision: Decision<SpecDecision>, ifMatch: string | undefined): void {
  const etag = specEtag(decision)
  if (ifMatch === undefined || ifMatch.trim() === '*' || ifMatch.split(',').some((tag) => tag.trim() === etag)) return
  throw new ProblemError({ status: 412, detail: 'the document was changed since: read it again', headers: { etag } })
}
