import { createHash } from 'node:crypto'

import type { FindingLine } from '../output/finding_line.ts'

/**
 * The ETag of a finding: what was decided of it, then everything. `If-None-Match` compares both; `If-Match` the first alone, since counts rise with every
 * exchange and are no conflict between people.
 */
export function findingEtag(finding: FindingLine): string {
  return `"${decidedPart(finding)}-${hashOf(finding)}"`
}

/** Whether a request that names `ifMatch` may change the finding. */
export function mayChange(finding: FindingLine, ifMatch: string | undefined): boolean {
  if (ifMatch === undefined || ifMatch.trim() === '*') return true
  return ifMatch.split(',').some((tag) => tag.trim().startsWith(`"${decidedPart(finding)}-`))
}

function decidedPart({ state, owner, reason, due, decidedBy, decidedAt }: FindingLine): string {
  return hashOf([state, owner, reason, due, decidedBy, decidedAt])
}

function hashOf(value: unknown): string {
  return createHash('sha256').update(JSON.stringify(value)).digest('base64url').slice(0, 12)
}
