import type { Body, Endpoint } from '../../inventory/inventory.ts'
import type { Operation } from '../../registry/spec.ts'
import type { Drift } from '../drift_record.ts'
import { bodyDrift } from './body.ts'
import type { Budget } from './budget.ts'
import { cutShortOf, documentedFor, listOf, typingOf } from './media.ts'

/** Media types and bodies of requests. */
export function requestDrift(endpoint: Endpoint, operation: Operation, budget: Budget): Drift[] {
  return [...endpoint.request].flatMap(([mediaType, body]) => {
    // Many clients name a media type on requests without a body.
    const isCertain = body.shape.seen > 0 || bodyMethods.has(endpoint.method)
    return mediaType === '' || !isCertain ? [] : mediaDrift(endpoint, operation, mediaType, body, budget)
  })
}

const bodyMethods: ReadonlySet<string> = new Set(['POST', 'PUT', 'PATCH'])

function mediaDrift(endpoint: Endpoint, operation: Operation, mediaType: string, body: Body, budget: Budget): Drift[] {
  const { requestBody } = operation
  const common = { in: 'request', location: mediaType, observed: mediaType, seen: body.messages, of: body.messages } as const
  if (requestBody === null) {
    const severity = body.shape.seen > 0 ? 'warning' : 'info'
    return [
      { ...common, kind: 'request-body-undocumented', severity, documented: 'no body', message: `Requests carry ${mediaType}; the spec documents no body.` },
    ]
  }
  if (requestBody.content.size === 0) return []
  const schema = documentedFor(requestBody.content, mediaType)
  if (schema === undefined) {
    const documented = listOf(requestBody.content.keys())
    return [
      {
        ...common,
        kind: 'request-media-type-undocumented',
        severity: 'warning',
        documented,
        message: `Requests carry ${mediaType}; the spec has ${documented}.`,
      },
    ]
  }
  const typing = typingOf(mediaType)
  return typing === null ? [] : bodyDrift(schema, body.shape, { in: 'request', label: mediaType, typing, cutShort: cutShortOf(endpoint) }, budget)
}
