import { Type } from 'typebox'

import { rfc3339 } from '../../base/clock.ts'
import { stableId } from '../../base/ids.ts'
import { nearestName } from '../../config/nearest.ts'
import { isOver, isSuppressedBy } from '../../finding/decided.ts'
import { decisionsOf, type Decision, type Suppression } from '../../finding/decision.ts'
import { findingKinds } from '../../finding/detectors/index.ts'
import type { InventoryDocument, JsonSchema } from '../../inventory/document.ts'
import { serviceId } from '../../inventory/endpoint.ts'
import { cursorOf, keyIn } from '../cursor.ts'
import { indexOf } from '../inventory_index.ts'
import { jsonBody, jsonTypes } from '../json_body.ts'
import { keepDecision } from '../keep_decision.ts'
import { pageOf } from '../keyset.ts'
import { listText } from '../list_text.ts'
import { ProblemError, wrongParameter } from '../problem.ts'
import { requesterOf } from '../requester.ts'
import { apiPath, jsonType, type Route } from '../route.ts'
import { closed, limitDefault, listOf, named, pageQuerySchema, type PageQuery } from '../schemas.ts'
import { momentMs, momentSchema } from '../since.ts'
import type { InventoryView } from '../view.ts'

/** Which findings are not shown as open, and why. */
export function suppressionRoutes(): readonly Route[] {
  return [
    {
      method: 'GET',
      path: `${apiPath}/suppressions`,
      operationId: 'listSuppressions',
      summary: 'What is suppressed, by id',
      access: 'read',
      isNarrowed: true,
      query: closed(pageQuerySchema),
      answers: { 200: { description: 'A page', content: { 'application/json': listOf('Suppression') } } },
      handle: (request, reply, { view }) => {
        const { limit = limitDefault, cursor } = request.query as PageQuery
        const rows = suppressionsIn(view).toSorted((one, other) => (one.id < other.id ? -1 : 1))
        const { texts, next } = pageOf(
          { rows, keyOf: ({ id }) => [id], isDescending: false },
          {
            after: cursor === undefined ? null : keyIn(cursor, 'suppressions', ['string']),
            limit,
            matches: () => true,
            textOf: (row) => textOf(row, view),
          },
        )
        return reply.type(jsonType).send(listText(texts, next && cursorOf('suppressions', next), request, reply))
      },
    },
    {
      method: 'POST',
      path: `${apiPath}/suppressions`,
      operationId: 'suppress',
      summary: 'Shows findings of a kind, a service or an endpoint as suppressed, those that come too; all that is given must hold',
      access: 'write',
      isNarrowed: true,
      takes: jsonTypes,
      body: draftSchema,
      answers: {
        201: { description: 'It holds; one of the same findings is replaced', content: { 'application/json': named('Suppression') } },
        400: { description: 'The body makes no sense; `errors` point to what' },
        422: { description: 'There is no such kind of findings; `errors` name those that are known' },
        503: { description: 'It could not be kept' },
      },
      handle: async (request, reply, asked) => {
        const { view } = asked
        const body = suppressionOf(await readDraft(request, reply))
        const id = stableId('sup_', body.finding ?? '', body.service ?? '', body.endpoint ?? '')
        const by = requesterOf(asked)
        keepDecision(view.decisions, {
          put: [{ id, by, body }],
          drop: [],
          events: [{ kind: 'finding', subject: id, what: 'suppressed', details: detailsOf(body, by) }],
        })
        return reply
          .code(201)
          .header('location', `${apiPath}/suppressions/${id}`)
          .type(jsonType)
          .send(textOf(found(view, id), view))
      },
    },
    {
      method: 'DELETE',
      path: `${apiPath}/suppressions/{id}`,
      operationId: 'deleteSuppression',
      summary: 'Takes a suppression back',
      access: 'write',
      isNarrowed: true,
      params: closed({ id: Type.String() }),
      answers: { 204: { description: 'It is gone' }, 404: { description: 'There is no such suppression' }, 503: { description: 'It could not be kept' } },
      handle: (request, reply, asked) => {
        const { view } = asked
        const { id, body } = found(view, (request.params as { readonly id: string }).id)
        keepDecision(view.decisions, {
          put: [],
          drop: [id],
          events: [{ kind: 'finding', subject: id, what: 'unsuppressed', details: detailsOf(body, requesterOf(asked)) }],
        })
        return reply.code(204).send()
      },
    },
  ]
}

interface SuppressionDraft {
  readonly kind?: string
  readonly service?: string
  readonly endpoint?: string
  readonly reason: string
  readonly until?: string
}

const draftFields = {
  service: Type.Optional(Type.String({ minLength: 1, maxLength: 1024, description: 'Id or name of the service.' })),
  endpoint: Type.Optional(Type.String({ pattern: '^ep_[0-9a-f]{16}$', description: 'Id of the endpoint.' })),
  reason: Type.String({ minLength: 1, maxLength: 2000 }),
  until: Type.Optional(momentSchema('When it ends: a date for its beginning in UTC, or RFC 3339. For good where absent.')),
}

const draftSchema = closed({ kind: Type.Optional(Type.Enum([...findingKinds], { description: 'Of findings.' })), ...draftFields })

/** A kind that there is not is told with those that are. */
const readDraft = jsonBody<SuppressionDraft>(closed({ kind: Type.Optional(Type.String({ maxLength: 100 })), ...draftFields }))

function suppressionOf({ kind, service, endpoint, reason, until }: SuppressionDraft): Suppression {
  if (kind === undefined && service === undefined && endpoint === undefined) {
    throw wrongParameter('/body', 'names neither kind, service nor endpoint: everything would be suppressed')
  }
  if (kind !== undefined && !findingKinds.includes(kind)) throw unknownKind(kind)
  const untilMs = until === undefined ? null : momentMs(until, '/body/until')
  if (untilMs !== null && untilMs <= Date.now()) throw wrongParameter('/body/until', 'has passed already')
  const id = service === undefined ? null : /^svc_[0-9a-f]{16}$/.test(service) ? service : serviceId(service.toLowerCase())
  return { kind: 'suppression', finding: kind ?? null, service: id, endpoint: endpoint ?? null, reason, untilMs }
}

function unknownKind(kind: string): ProblemError {
  const nearest = nearestName(kind, findingKinds)
  const detail = `is no kind of finding: ${nearest === null ? `${findingKinds.join(', ')} are known` : `did you mean ${nearest}?`}`
  return new ProblemError({ status: 422, detail: `kind: ${detail}`, errors: [{ pointer: '/body/kind', detail }] })
}

function detailsOf({ finding, service, endpoint, reason, untilMs }: Suppression, by: string): JsonSchema {
  return { by, kind: finding, service, endpoint, reason, until: untilMs === null ? null : rfc3339(untilMs) }
}

function suppressionsIn({ decisions }: InventoryView): ReadonlyArray<Decision<Suppression>> {
  return decisionsOf(decisions.all(), 'suppression')
}

function found(view: InventoryView, id: string): Decision<Suppression> {
  const decision = suppressionsIn(view).find((one) => one.id === id)
  if (decision === undefined) throw new ProblemError({ status: 404, detail: `no suppression has this id: ${apiPath}/suppressions lists them` })
  return decision
}

function textOf({ id, atMs, by, body }: Decision<Suppression>, { inventory }: InventoryView): string {
  const { by: _, ...what } = detailsOf(body, by)
  const over = isOver(body, Date.now())
  const findings = over ? 0 : inventory().findings.filter((finding) => finding.state === 'suppressed' && isSuppressedBy(body, finding)).length
  return JSON.stringify({ id, ...what, isSeen: isSeen(body, inventory()), isOver: over, findings, by, at: rfc3339(atMs) })
}

/** Also what comes later can be suppressed: who misspelt a name learns it here. */
function isSeen({ service, endpoint }: Suppression, inventory: InventoryDocument): boolean {
  return (service === null || inventory.services.some(({ id }) => id === service)) && (endpoint === null || indexOf(inventory).byId.has(endpoint))
}
