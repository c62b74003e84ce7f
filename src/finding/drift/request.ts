import type { Body, Endpoint } from '../../inventory/inventory.ts'
import type { Operation } from '../../registry/spec.ts'
import type { Drift } from '../drift_record.ts'
import { bodyDrift } from './body.ts'
import type { Budget } from './budget.ts'
import { cutShortOf, documentedFor, listOf, typingOf } from './media.ts'

/** Media types and bodies of requests. */
export function requestDrift(endpoint: Endpoint, operation: Operation, budget: Budget): Drift[] {
  const ofMedia = [...endpoint.request].flatMap(([mediaType, body]) => {
    // Many clients name a media type on requests without a body.
    const isCertain = body.shape.seen > 0 || bodyMethods.has(endpoint.method)
    return mediaType === '' || !isCertain ? [] : mediaDrift(endpoint, operation, mediaType, body, budget)
  })
  return [...ofMedia, ...missingBody(endpoint, operation)]
}

function missingBody({ emptyRequests: seen, statuses }: Endpoint, { requestBody }: Operation): Drift[] {
  if (requestBody?.required !== true || seen === 0) return []
  const of = [...statuses].reduce((sum, [status, count]) => sum + (status >= 200 && status < 300 ? count : 0), 0)
  const message = `The spec requires a body, ${seen} of ${of} accepted requests had none.`
  return [
    {
      kind: 'request-body-missing',
      severity: 'warning',
      in: 'request',
      location: '',
      documented: 'required',
      observed: 'absent from accepted requests',
      seen,
      of,
      message,
    },
  ]
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
