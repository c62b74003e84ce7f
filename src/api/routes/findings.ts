import type { FastifyRequest } from 'fastify'
import { Type } from 'typebox'

import type { FindingDecision } from '../../finding/decision.ts'
import { findingCsvHead, findingCsvLine } from '../../output/finding_csv.ts'
import type { FindingLine } from '../../output/finding_line.ts'
import { findingEtag, mayChange } from '../finding_etag.ts'
import { findingFilter, findingFilterSchema, type FindingFilter } from '../finding_filter.ts'
import { findingIndexOf } from '../finding_index.ts'
import { findingKey, findingKeyKinds, findingOrders, type FindingOrder } from '../finding_order.ts'
import { jsonBody, patchTypes } from '../json_body.ts'
import { keepDecision } from '../keep_decision.ts'
import { answerListing, isStream, listingAnswers, listingQuerySchema, type Listing } from '../listing.ts'
import { ProblemError, wrongParameter } from '../problem.ts'
import { requesterOf } from '../requester.ts'
import { apiPath, jsonType, type Route } from '../route.ts'
import { closed, named, orNull } from '../schemas.ts'
import { momentMs, momentSchema } from '../since.ts'
import type { InventoryView } from '../view.ts'

/** Findings: lists, streams, each by its id, and what people decide of it. */
export function findingRoutes(): readonly Route[] {
  const params = closed({ id: Type.String() })
  return [
    {
      method: 'GET',
      path: `${apiPath}/findings`,
      operationId: 'listFindings',
      summary: 'The findings, filtered and sorted',
      access: 'read',
      isNarrowed: true,
      query: closed({ ...findingFilterSchema, ...listingQuerySchema(listing) }),
      answers: listingAnswers(listing),
      isAudited: (request) => isStream(listing, request),
      handle: (request, reply, { view }) => {
        const listed = { inventory: () => view.inventory(), rowsInOrder: (order: FindingOrder) => findingIndexOf(view).inOrder(order) }
        return answerListing(listing, listed, findingFilter(request.query as FindingFilter), request, reply)
      },
    },
    {
      method: 'GET',
      path: `${apiPath}/findings/{id}`,
      operationId: 'getFinding',
      summary: 'One finding',
      access: 'read',
      isNarrowed: true,
      params,
      answers: {
        200: { description: 'The finding', content: { 'application/json': named('Finding') } },
        304: { description: 'Nothing has changed' },
        404: { description: 'There is no such finding, or no longer' },
      },
      handle: (request, reply, { view }) => {
        const finding = findingAsked(view, request)
        const etag = findingEtag(finding)
        reply.headers({ etag, 'cache-control': 'private, no-cache' })
        const held = request.headers['if-none-match']
        if (held !== undefined && (held.trim() === '*' || held.includes(etag))) return reply.code(304).send()
        return reply.type(jsonType).send(JSON.stringify(finding))
      },
    },
    {
      method: 'PATCH',
      path: `${apiPath}/findings/{id}`,
      operationId: 'decideFinding',
      summary: 'Decides of a finding; what is not named stays, null takes back. What was resolved and is seen again is reopened',
      access: 'write',
      isNarrowed: true,
      params,
      headers: closed({
        'if-match': Type.Optional(Type.String({ description: 'The ETag that the finding had: where others have decided since, 412 is answered.' })),
      }),
      takes: patchTypes,
      body: patchSchema,
      answers: {
        200: { description: 'The finding as it is now', content: { 'application/json': named('Finding') } },
        400: { description: 'The body makes no sense; `errors` point to what' },
        404: { description: 'There is no such finding, or no longer' },
        412: { description: 'It is not as If-Match says' },
        503: { description: 'It could not be kept' },
      },
      handle: async (request, reply, asked) => {
        const { view } = asked
        const patch = await readPatch(request, reply)
        const finding = findingAsked(view, request)
        if (!mayChange(finding, request.headers['if-match'])) {
          throw new ProblemError({ status: 412, detail: 'others have decided since: read it again', headers: { etag: findingEtag(finding) } })
        }
        const { id, kind, severity, service, endpoint, title } = finding
        const by = requesterOf(asked)
        const body = decisionOf(patch, finding, findingIndexOf(view).decisionOn(id)?.body ?? null)
        const details = { by, state: body.state, owner: body.owner, reason: body.reason, due: body.due, kind, severity, service, endpoint, title }
        keepDecision(view.decisions, { put: [{ id, by, body }], drop: [], events: [{ kind: 'finding', subject: id, what: 'decided', details }] })
        const now = findingAsked(view, request)
        reply.headers({ 'etag': findingEtag(now), 'cache-control': 'private, no-cache' })
        return reply.type(jsonType).send(JSON.stringify(now))
      },
    },
  ]
}

const listing: Listing<FindingLine, FindingOrder> = {
  item: 'Finding',
  orders: findingOrders,
  sort: '-severity',
  formats: new Map([
    ['csv', { type: 'text/csv; charset=utf-8', head: findingCsvHead(), lineOf: findingCsvLine }],
    ['ndjson', { type: 'application/x-ndjson', head: '', lineOf: (finding: FindingLine) => `${JSON.stringify(finding)}\n` }],
  ]),
  keyOf: findingKey,
  keyKinds: findingKeyKinds,
  textOf: (finding) => JSON.stringify(finding),
}

interface FindingPatch {
  readonly state?: NonNullable<FindingDecision['state']> | null
  readonly owner?: string | null
  readonly reason?: string | null
  readonly due?: string | null
}

const patchSchema = closed(
  {
    state: Type.Optional(orNull(Type.Enum(['open', 'acknowledged', 'resolved', 'suppressed']))),
    owner: Type.Optional(orNull(Type.String({ minLength: 1, maxLength: 200 }))),
    reason: Type.Optional(orNull(Type.String({ minLength: 1, maxLength: 2000, description: 'Needed with `suppressed`.' }))),
    due: Type.Optional(orNull(momentSchema('Until when it is to be fixed: a date, or RFC 3339.'))),
  },
  { minProperties: 1 },
)

const readPatch = jsonBody<FindingPatch>(patchSchema, patchTypes)

function decisionOf(patch: FindingPatch, { lastSeen, count }: FindingLine, before: FindingDecision | null): FindingDecision {
  if (typeof patch.due === 'string') momentMs(patch.due, '/body/due')
  const { state = before?.state ?? null, owner = before?.owner ?? null, reason = before?.reason ?? null, due = before?.due ?? null } = patch
  if (state === 'suppressed' && reason === null) throw wrongParameter('/body/reason', 'is needed: why is it not to be shown?')
  const seen = patch.state === undefined && before !== null ? before.seen : { lastSeen, count }
  return { kind: 'finding', state, owner, reason, due, seen }
}

function findingAsked(view: InventoryView, { params }: FastifyRequest): FindingLine {
  const finding = findingIndexOf(view).byId.get((params as { readonly id: string }).id)
  if (finding === undefined) throw new ProblemError({ status: 404, detail: `no finding has this id: ${apiPath}/findings lists them` })
  return finding
}
