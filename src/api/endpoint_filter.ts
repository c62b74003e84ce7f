import { Type, type TSchema } from 'typebox'

import type { Label } from '../inventory/document.ts'
import type { EndpointRow } from './endpoint_row.ts'
import { momentMs, sinceSchema } from './since.ts'

/** What endpoints are filtered by; one is listed where all that are given hold. */
export interface EndpointFilter {
  readonly service?: string
  readonly method?: string
  readonly label?: Label
  readonly kind?: string
  readonly auth?: string
  readonly dataClass?: string
  readonly minRisk?: number
  readonly owner?: string
  readonly source?: 'packets' | 'logs'
  readonly since?: string
  readonly q?: string
}

export const endpointFilterSchema: Readonly<Record<keyof EndpointFilter, TSchema>> = {
  service: text('Id or name of the service.'),
  method: text('`GET`, in any case.'),
  label: Type.Optional(Type.Enum(['documented', 'undocumented', 'shadow', 'zombie', 'orphan', 'unseen', 'drift', 'blocked', 'unconfirmed'])),
  kind: text('`rest` and its like.'),
  auth: text('A kind of credential that requests carried; `none` for endpoints whose requests were seen on the wire and carried none.'),
  dataClass: text('A data class that was found in it, such as `email`.'),
  minRisk: Type.Optional(Type.Integer({ minimum: 0, maximum: 100, description: 'The least score of risk.' })),
  owner: text('Owner of the service.'),
  source: Type.Optional(Type.Enum(['packets', 'logs'], { description: 'What it was seen by.' })),
  since: sinceSchema(),
  q: text('Part of the path template, of the operation of GraphQL, SOAP, JSON-RPC and their like, or of the name of the service, in any case.'),
}

/** Whether an endpoint passes. Throws `ProblemError` (400) for a time that does not exist. */
export function endpointFilter(given: EndpointFilter): (row: EndpointRow) => boolean {
  const { service, label, kind, auth, dataClass, minRisk, owner, source } = given
  const method = given.method?.toUpperCase()
  const sinceMs = given.since === undefined ? null : momentMs(given.since, '/query/since')
  const q = given.q?.toLowerCase()
  const tests: Array<((row: EndpointRow) => boolean) | null> = [
    service === undefined ? null : (row) => row.service.id === service || row.service.name === service.toLowerCase(),
    method === undefined ? null : (row) => row.endpoint.method.toUpperCase() === method,
    label === undefined ? null : (row) => row.endpoint.labels.includes(label),
    kind === undefined ? null : (row) => row.endpoint.kind === kind,
    auth === undefined ? null : auth === 'none' ? carriesNone : (row) => row.endpoint.auth.some((seen) => seen.kind === auth),
    dataClass === undefined ? null : (row) => row.endpoint.dataClasses.some((found) => found.class === dataClass),
    minRisk === undefined ? null : (row) => row.endpoint.risk.score >= minRisk,
    owner === undefined ? null : (row) => row.service.owner === owner,
    source === undefined ? null : (row) => row.endpoint.sources[source] > 0,
    sinceMs === null ? null : (row) => row.endpoint.lastSeen !== null && Date.parse(row.endpoint.lastSeen) >= sinceMs,
    q === undefined ? null : (row) => row.text().includes(q),
  ]
  const asked = tests.filter((test) => test !== null)
  return (row) => asked.every((test) => test(row))
}

/** What is asked, as one text: the same for the same filter; empty where nothing is left out. */
export function askedOf(given: EndpointFilter): string {
  const asked = Object.keys(endpointFilterSchema).flatMap((name) => {
    const value = given[name as keyof EndpointFilter]
    return value === undefined ? [] : [[name, value]]
  })
  return asked.length === 0 ? '' : JSON.stringify(asked)
}

/** An access log does not show credentials, so what only a log has seen may carry any. */
function carriesNone({ endpoint }: EndpointRow): boolean {
  return endpoint.sources.packets > 0 && endpoint.auth.every(({ kind, seen }) => kind === 'none' || seen === 0)
}

export function text(description: string): TSchema {
  return Type.Optional(Type.String({ minLength: 1, maxLength: 1024, description }))
}
