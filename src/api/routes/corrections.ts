import type { FastifyReply, FastifyRequest } from 'fastify'
import { Type, type TObject } from 'typebox'

import { placeOf } from '../../inventory/template/corrections.ts'
import { segmentOf, segmentsOf } from '../../inventory/template/segment.ts'
import { apart, correctionId, correctionText, correctionsIn, removing, saying, type Draft } from '../correction.ts'
import { cursorOf, keyIn } from '../cursor.ts'
import type { EndpointRow } from '../endpoint_row.ts'
import { indexOf } from '../inventory_index.ts'
import { jsonBody, jsonTypes } from '../json_body.ts'
import { keepDecision } from '../keep_decision.ts'
import { pageOf } from '../keyset.ts'
import { listText } from '../list_text.ts'
import { mergeDraft } from '../merge_draft.ts'
import { ProblemError, wrongParameter } from '../problem.ts'
import { requesterOf } from '../requester.ts'
import { apiPath, jsonType, type Asked, type Route } from '../route.ts'
import { closed, limitDefault, listOf, named, pageQuerySchema, type PageQuery } from '../schemas.ts'
import type { InventoryView } from '../view.ts'

/** What people decide of templates. Each is a place of the tree of paths, so it holds for all methods there. */
export function correctionRoutes(): readonly Route[] {
  const kept = {
    200: { description: 'It holds', content: { 'application/json': named('Correction') } },
    404: { description: 'There is no such endpoint' },
    503: { description: 'It could not be kept' },
  }
  return [
    {
      method: 'POST',
      path: `${apiPath}/endpoints/{id}/pin`,
      operationId: 'pinEndpoint',
      summary: 'Keeps the template of an endpoint and its names, whatever traffic shows later',
      access: 'write',
      isNarrowed: true,
      params: idParams,
      answers: kept,
      handle: (request, reply, asked) =>
        correct(request, reply, asked, ({ service, endpoint }) => {
          const { id, template } = endpoint
          return {
            id: correctionId('pin', service.name, [template]),
            what: 'pinned',
            endpoint: id,
            correction: { kind: 'pin', service: service.name, template, apart: apart(template, service.endpoints) },
          }
        }),
    },
    {
      method: 'DELETE',
      path: `${apiPath}/endpoints/{id}/pin`,
      operationId: 'unpinEndpoint',
      summary: 'Lets the template of an endpoint follow traffic again',
      access: 'write',
      isNarrowed: true,
      params: idParams,
      answers: { 204: { description: 'It is no longer pinned' }, 404: { description: 'There is no such endpoint, or it is not pinned' }, 503: kept[503] },
      handle: (request, reply, asked) => {
        const { view } = asked
        const { service, endpoint } = rowAsked(view, request)
        const id = correctionId('pin', service.name, [endpoint.template])
        const decision = correctionsIn(view).find((one) => one.id === id)
        if (decision === undefined) throw new ProblemError({ status: 404, detail: 'the endpoint is not pinned' })
        keepDecision(view.decisions, removing(decision, requesterOf(asked)))
        return reply.code(204).send()
      },
    },
    {
      method: 'POST',
      path: `${apiPath}/endpoints/{id}/split`,
      operationId: 'splitEndpoint',
      summary: 'Makes endpoints of their own of words that are taken for values of a parameter',
      access: 'write',
      isNarrowed: true,
      params: idParams,
      takes: jsonTypes,
      body: splitSchema,
      answers: { ...kept, 400: { description: 'The body makes no sense; `errors` point to what' } },
      handle: async (request, reply, asked) => {
        const body = await readSplit(request, reply)
        return correct(request, reply, asked, ({ service, endpoint }) => {
          const place = placeOf(segmentsOf(endpoint.template).slice(0, parameterAt(endpoint.template, body.parameter)))
          const words = body.words.toSorted()
          return {
            id: correctionId('split', service.name, [place, ...words]),
            what: 'split',
            endpoint: endpoint.id,
            correction: { kind: 'split', service: service.name, place, words },
          }
        })
      },
    },
    {
      method: 'POST',
      path: `${apiPath}/endpoints/{id}/merge`,
      operationId: 'mergeEndpoints',
      summary: 'Makes one endpoint of siblings that differ in one segment; their ids lead to it by 308',
      access: 'write',
      isNarrowed: true,
      params: idParams,
      takes: jsonTypes,
      body: mergeSchema,
      answers: { ...kept, 400: { description: 'The body makes no sense, or these are no siblings; `errors` point to what' } },
      handle: async (request, reply, asked) => {
        const { endpoints } = await readMerge(request, reply)
        return correct(request, reply, asked, (row) =>
          mergeDraft(
            row,
            endpoints.map((id, at) => siblingOf(asked.view, row, id, at)),
          ),
        )
      },
    },
    {
      method: 'POST',
      path: `${apiPath}/endpoints/{id}/rename`,
      operationId: 'renameParameter',
      summary: 'Names a path parameter; ids stay',
      access: 'write',
      isNarrowed: true,
      params: idParams,
      takes: jsonTypes,
      body: renameSchema,
      answers: {
        ...kept,
        400: { description: 'The body makes no sense; `errors` point to what' },
        409: { description: 'The name is that of a spec, or of another parameter' },
      },
      handle: async (request, reply, asked) => {
        const { parameter, name } = await readRename(request, reply)
        return correct(request, reply, asked, ({ service, endpoint }) => {
          const { template, templateInfo } = endpoint
          const at = parameterAt(template, parameter)
          const { decisions } = templateInfo
          if (decisions.some(({ segment, rule }) => segment === at && rule === 'spec')) {
            throw new ProblemError({ status: 409, detail: 'a registered document names this parameter: change it there' })
          }
          if (decisions.some((decision) => decision.segment !== at && decision.name === name)) {
            throw new ProblemError({
              status: 409,
              detail: 'another parameter of the template has this name',
              errors: [{ pointer: '/body/name', detail: 'is taken' }],
            })
          }
          const place = placeOf(segmentsOf(template).slice(0, at + 1))
          return {
            id: correctionId('rename', service.name, [place]),
            what: 'renamed',
            endpoint: endpoint.id,
            correction: { kind: 'rename', service: service.name, place, name },
          }
        })
      },
    },
    {
      method: 'GET',
      path: `${apiPath}/corrections`,
      operationId: 'listCorrections',
      summary: 'What people decided of templates, by id',
      access: 'read',
      isNarrowed: true,
      query: closed(pageQuerySchema),
      answers: { 200: { description: 'A page', content: { 'application/json': listOf('Correction') } } },
      handle: (request, reply, { view }) => {
        const { limit = limitDefault, cursor } = request.query as PageQuery
        const rows = correctionsIn(view).toSorted((one, other) => (one.id < other.id ? -1 : 1))
        const { texts, next } = pageOf(
          { rows, keyOf: ({ id }) => [id], isDescending: false },
          { after: cursor === undefined ? null : keyIn(cursor, 'corrections', ['string']), limit, matches: () => true, textOf: correctionText },
        )
        return reply.type(jsonType).send(listText(texts, next && cursorOf('corrections', next), request, reply))
      },
    },
    {
      method: 'DELETE',
      path: `${apiPath}/corrections/{id}`,
      operationId: 'deleteCorrection',
      summary: 'Takes a correction back: templates are again what they were without it',
      access: 'write',
      isNarrowed: true,
      params: idParams,
      answers: { 204: { description: 'It is gone' }, 404: { description: 'There is no such correction' }, 503: kept[503] },
      handle: (request, reply, asked) => {
        const { view } = asked
        keepDecision(view.decisions, removing(found(view, (request.params as { readonly id: string }).id), requesterOf(asked)))
        return reply.code(204).send()
      },
    },
  ]
}

const idParams: TObject = closed({ id: Type.String() })

const parameterSchema = Type.Optional(
  Type.String({ minLength: 1, maxLength: 100, description: 'The name of a path parameter; may be absent where the template has one only.' }),
)

const splitSchema = closed({
  parameter: parameterSchema,
  words: Type.Array(Type.String({ pattern: '^[^/{}]{1,256}$' }), { minItems: 1, maxItems: 100, description: 'Whole segments, as they stand in paths.' }),
})
const readSplit = jsonBody<{ readonly parameter?: string; readonly words: readonly string[] }>(splitSchema)

const mergeSchema = closed({
  endpoints: Type.Array(Type.String({ pattern: '^ep_[0-9a-f]{16}$' }), {
    minItems: 1,
    maxItems: 100,
    description: 'Ids of the siblings that become one with it.',
  }),
})
const readMerge = jsonBody<{ readonly endpoints: readonly string[] }>(mergeSchema)

const renameSchema = closed({
  parameter: parameterSchema,
  name: Type.String({ pattern: '^[A-Za-z_][A-Za-z0-9_.-]{0,63}$', description: 'What it is called from now on.' }),
})
const readRename = jsonBody<{ readonly parameter?: string; readonly name: string }>(renameSchema)

/** Keeps what was drafted of the endpoint that is asked for. */
function correct(request: FastifyRequest, reply: FastifyReply, asked: Asked, draft: (row: EndpointRow) => Draft): unknown {
  const { view } = asked
  const change = saying(draft(rowAsked(view, request)), requesterOf(asked))
  keepDecision(view.decisions, change)
  return reply.type(jsonType).send(correctionText(found(view, change.put[0]?.id ?? '')))
}

function rowAsked(view: InventoryView, { params }: FastifyRequest): EndpointRow {
  const row = rowOf(view, (params as { readonly id: string }).id)
  if (row === undefined) throw new ProblemError({ status: 404, detail: `no endpoint has this id: ${apiPath}/endpoints lists them` })
  return row
}

function rowOf({ inventory }: InventoryView, id: string): EndpointRow | undefined {
  const { byId, aliases } = indexOf(inventory())
  return byId.get(id) ?? byId.get(aliases.get(id) ?? '')
}

function found(view: InventoryView, id: string): ReturnType<typeof correctionsIn>[number] {
  const decision = correctionsIn(view).find((one) => one.id === id)
  if (decision === undefined) throw new ProblemError({ status: 404, detail: `no correction has this id: ${apiPath}/corrections lists them` })
  return decision
}

/** The index of the segment that a parameter of a template stands in. */
function parameterAt(template: string, name: string | undefined): number {
  const all = [...segmentsOf(template).entries()].flatMap(([at, segment]) => segmentOf(segment).classes.map((own) => ({ at, name: own.replace(/\+$/, '') })))
  const meant = name === undefined ? all : all.filter((one) => one.name === name)
  const [only] = meant
  if (only !== undefined && meant.length === 1) return only.at
  const known = all.length === 0 ? 'the template has none' : `the template has ${all.map((one) => one.name).join(', ')}`
  throw wrongParameter('/body/parameter', name === undefined && all.length > 1 ? `is needed: ${known}` : `names no parameter: ${known}`)
}

function siblingOf(view: InventoryView, { service }: EndpointRow, id: string, at: number): EndpointRow {
  const row = rowOf(view, id)
  if (row?.service.id === service.id) return row
  throw wrongParameter(`/body/endpoints/${at}`, row === undefined ? 'is no endpoint' : 'is an endpoint of another service')
}
