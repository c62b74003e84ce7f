import { rfc3339 } from '../base/clock.ts'
import type { Decision, FindingDecision } from '../finding/decision.ts'
import type { EndpointDocument, FindingDocument } from '../inventory/document.ts'
import { operationAt } from '../observation/operation.ts'

/** A finding on its own: with the names of what it is of, and with what was decided of it. */
export interface FindingLine extends FindingDocument {
  readonly serviceName: string
  readonly method: string | null
  readonly template: string | null
  /** Of GraphQL, SOAP, JSON-RPC and their like. */
  readonly operation: string | null
  readonly reason: string | null
  readonly due: string | null
  readonly decidedBy: string | null
  readonly decidedAt: string | null
}

export function findingLine(
  finding: FindingDocument,
  serviceName: string,
  endpoint: Pick<EndpointDocument, 'method' | 'template' | 'kind' | 'operationId'> | null,
  decision: Decision<FindingDecision> | null,
): FindingLine {
  return {
    ...finding,
    serviceName,
    method: endpoint?.method ?? null,
    template: endpoint?.template ?? null,
    operation: endpoint && operationAt(endpoint),
    reason: decision?.body.reason ?? null,
    due: decision?.body.due ?? null,
    decidedBy: decision?.by ?? null,
    decidedAt: decision && rfc3339(decision.atMs),
  }
}
