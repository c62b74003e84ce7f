import { rfc3339 } from '../base/clock.ts'
import type { Decision, FindingDecision } from '../finding/decision.ts'
import type { EndpointDocument, FindingDocument } from '../inventory/document.ts'

/** A finding on its own: with the names of what it is of, and with what was decided of it. */
export interface FindingLine extends FindingDocument {
  readonly serviceName: string
  readonly method: string | null
  readonly template: string | null
  readonly reason: string | null
  readonly due: string | null
  readonly decidedBy: string | null
  readonly decidedAt: string | null
}

export function findingLine(
  finding: FindingDocument,
  serviceName: string,
  endpoint: Pick<EndpointDocument, 'method' | 'template'> | null,
  decision: Decision<FindingDecision> | null,
): FindingLine {
  return {
    ...finding,
    serviceName,
    method: endpoint?.method ?? null,
    template: endpoint?.template ?? null,
    reason: decision?.body.reason ?? null,
    due: decision?.body.due ?? null,
    decidedBy: decision?.by ?? null,
    decidedAt: decision && rfc3339(decision.atMs),
  }
}
