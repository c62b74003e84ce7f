import type { IncomingHttpHeaders } from 'node:http'

import { Type } from 'typebox'

import { serviceId } from '../../inventory/endpoint.ts'
import { eventText, type EventFeed } from '../event_feed.ts'
import { serviceOfEvent } from '../event_service.ts'
import { eventStream } from '../event_stream.ts'
import { wrongParameter } from '../problem.ts'
import { apiPath, type Route } from '../route.ts'
import { closed } from '../schemas.ts'
import type { ChangeEvent } from '../view.ts'

/** Changes as they happen. */
export function eventRoutes(feed: EventFeed): readonly Route[] {
  return [
    {
      method: 'GET',
      path: `${apiPath}/events`,
      operationId: 'streamEvents',
      summary:
        'Changes as server-sent events, from now on or behind Last-Event-ID; `data` is a ChangeEvent, of the event `lost` the ids that are no longer kept',
      access: 'read',
      isNarrowed: true,
      isEndless: true,
      query: closed({
        kind: Type.Optional(Type.Enum(['endpoint', 'service', 'finding', 'spec', 'source'])),
        service: Type.Optional(
          Type.String({ minLength: 1, maxLength: 1024, description: 'Id or name of the service: it, its endpoints and its findings, no specs or sources.' }),
        ),
      }),
      headers: closed({
        'last-event-id': Type.Optional(Type.String({ pattern: idForm, description: 'The `id` that was read last; 0 for all that are kept.' })),
      }),
      answers: {
        200: { description: 'Events, until the daemon stops', content: { 'text/event-stream': Type.String({ examples: [exampleEvent] }) } },
        503: { description: 'There are too many streams' },
      },
      handle: (request, reply, asked) => {
        const after = lastEventId(request.headers) ?? feed.lastId()
        reply.type('text/event-stream').header('x-accel-buffering', 'no')
        if (request.method === 'HEAD') return reply.send('')
        const gone = new AbortController()
        reply.raw.once('close', () => gone.abort())
        const isMeant = matcherOf(request.query as EventFilter)
        const matches = (event: ChangeEvent): boolean => isMeant(event) && asked.view.tells(event)
        return reply.send(eventStream(feed, { after, matches, gone: gone.signal, mayStay: async () => asked.stays() }))
      },
    },
  ]
}

interface EventFilter {
  readonly kind?: string
  readonly service?: string
}

const exampleEvent = eventText({
  id: 42,
  atMs: Date.UTC(2026, 10, 20),
  kind: 'endpoint',
  subject: 'ep_0123456789abcdef',
  what: 'appeared',
  details: { service: 'shop.example.com', method: 'GET', template: '/users/{userId}', labels: ['undocumented'] },
})

const idForm = String.raw`^\d{1,15}$`

function lastEventId({ 'last-event-id': written }: IncomingHttpHeaders): number | null {
  if (written === undefined) return null
  if (typeof written === 'string' && new RegExp(idForm).test(written)) return Number(written)
  throw wrongParameter('/header/last-event-id', 'is no id of an event: send the last one that was read')
}

function matcherOf({ kind, service }: EventFilter): (event: ChangeEvent) => boolean {
  const wanted = service === undefined ? null : /^svc_[0-9a-f]{16}$/.test(service) ? service : serviceId(service.toLowerCase())
  return (event) => (kind === undefined || event.kind === kind) && (wanted === null || serviceOfEvent(event) === wanted)
}
