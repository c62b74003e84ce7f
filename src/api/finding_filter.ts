import { Type, type TSchema } from 'typebox'

import { findingKinds } from '../finding/detectors/index.ts'
import type { FindingDocument } from '../inventory/document.ts'
import type { FindingLine } from '../output/finding_line.ts'
import { text } from './endpoint_filter.ts'
import { severities } from './finding_order.ts'
import { momentMs, sinceSchema } from './since.ts'

/** What findings are filtered by; one is listed where all that are given hold. */
export interface FindingFilter {
  readonly kind?: string
  readonly severity?: FindingDocument['severity']
  readonly state?: FindingDocument['state']
  readonly service?: string
  readonly endpoint?: string
  readonly owner?: string
  readonly since?: string
  readonly q?: string
}

export const findingFilterSchema: Readonly<Record<keyof FindingFilter, TSchema>> = {
  kind: Type.Optional(Type.Enum([...findingKinds])),
  severity: Type.Optional(Type.Enum([...severities])),
  state: Type.Optional(Type.Enum(['open', 'acknowledged', 'resolved', 'suppressed', 'reopened'])),
  service: text('Id or name of the service.'),
  endpoint: text('Id of the endpoint.'),
  owner: text('Who is to look after it: as was decided, or the owner of the service.'),
  since: sinceSchema(),
  q: text('Part of the title, in any case.'),
}

/** Whether a finding passes. Throws `ProblemError` (400) for a time that does not exist. */
export function findingFilter({ kind, severity, state, service, endpoint, owner, since, q }: FindingFilter): (finding: FindingLine) => boolean {
  const sinceMs = since === undefined ? null : momentMs(since, '/query/since')
  const part = q?.toLowerCase()
  return (finding) =>
    (kind === undefined || finding.kind === kind) &&
    (severity === undefined || finding.severity === severity) &&
    (state === undefined || finding.state === state) &&
    (service === undefined || finding.service === service || finding.serviceName === service.toLowerCase()) &&
    (endpoint === undefined || finding.endpoint === endpoint) &&
    (owner === undefined || finding.owner === owner) &&
    (sinceMs === null || (finding.lastSeen !== null && Date.parse(finding.lastSeen) >= sinceMs)) &&
    (part === undefined || finding.title.toLowerCase().includes(part))
}
