import type { Body, Endpoint } from '../../inventory/inventory.ts'
import type { Operation, Response } from '../../registry/spec.ts'
import type { Drift, DriftSeverity } from '../drift_record.ts'
import { bodyDrift } from './body.ts'
import type { Budget } from './budget.ts'
import { cutShortOf, documentedFor, listOf, typingOf } from './media.ts'

/** Statuses, media types and bodies of responses. */
export function responseDrift(endpoint: Endpoint, operation: Operation, budget: Budget): Drift[] {
  // An operation that documents no response says nothing that could be departed from.
  if (operation.responses.size === 0) return []
  const answered = [...endpoint.statuses].reduce((sum, [status, count]) => sum + (status > 0 ? count : 0), 0)
  const found: Drift[] = []
  for (const [status, count] of endpoint.statuses) {
    if (status === 0 || status < 200 || status === 304) continue
    const response = responseFor(operation, status)
    if (response === undefined) found.push(undocumentedStatus(operation, status, count, answered))
    else for (const [mediaType, body] of endpoint.responses.get(status) ?? []) found.push(...mediaDrift(endpoint, response, status, mediaType, body, budget))
  }
  return found
}

function responseFor(operation: Operation, status: number): Response | undefined {
  const { responses } = operation
  return responses.get(String(status)) ?? responses.get(`${Math.trunc(status / 100)}XX`) ?? responses.get('default')
}

/** What gateways, limiters and log-ins answer in front of any API; documents rarely speak of it. */
const statusesInFront: ReadonlySet<number> = new Set([401, 403, 405, 408, 413, 414, 429, 431])

function undocumentedStatus(operation: Operation, status: number, count: number, answered: number): Drift {
  const severity: DriftSeverity = status < 300 ? 'error' : status >= 500 || statusesInFront.has(status) ? 'info' : 'warning'
  const documented = listOf(operation.responses.keys())
  return {
    kind: 'response-status-undocumented',
    severity,
    in: 'response',
    location: String(status),
    documented,
    observed: String(status),
    seen: count,
    of: answered,
    message: `Response status ${status} is not documented (${count} of ${answered} responses); the spec has ${documented}.`,
  }
}

function mediaDrift(endpoint: Endpoint, response: Response, status: number, mediaType: string, body: Body, budget: Budget): Drift[] {
  if (mediaType === '' || !hasBody(status, body)) return []
  const location = `${status} ${mediaType}`
  const common = { in: 'response', location, observed: mediaType, seen: body.messages, of: body.messages } as const
  if (response.content.size === 0) {
    const message = `Responses with status ${status} carry ${mediaType}; the spec documents no body.`
    return [{ ...common, kind: 'response-body-undocumented', severity: 'info', documented: 'no body', message }]
  }
  const schema = documentedFor(response.content, mediaType)
  if (schema === undefined) {
    const documented = listOf(response.content.keys())
    const message = `Responses with status ${status} carry ${mediaType}; the spec has ${documented}.`
    return [{ ...common, kind: 'response-media-type-undocumented', severity: status >= 500 ? 'info' : 'warning', documented, message }]
  }
  const typing = typingOf(mediaType)
  return typing === null ? [] : bodyDrift(schema, body.shape, { in: 'response', label: location, typing, cutShort: cutShortOf(endpoint) }, budget)
}

/** A Content-Type on 204 or 205 announces nothing. */
function hasBody(status: number, body: Body): boolean {
  return body.shape.seen > 0 || (status !== 204 && status !== 205)
}
