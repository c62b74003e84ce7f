import type { FastifyReply, FastifyRequest } from 'fastify'
import { Type } from 'typebox'

import { rfc3339 } from '../../base/clock.ts'
import { decisionsOf, type Decision, type SpecDecision } from '../../finding/decision.ts'
import { registering, unregistering, type RegisteredSpec } from '../../finding/documents.ts'
import type { InventoryDocument } from '../../inventory/document.ts'
import { cursorOf, keyIn } from '../cursor.ts'
import { exampleDocument, exampleDocuments } from '../example_bodies.ts'
import { keepDecision } from '../keep_decision.ts'
import { pageOf } from '../keyset.ts'
import { listText } from '../list_text.ts'
import { ProblemError } from '../problem.ts'
import { requesterOf } from '../requester.ts'
import { apiPath, jsonType, type Route } from '../route.ts'
import { closed, limitDefault, listOf, named, pageQuerySchema, type PageQuery } from '../schemas.ts'
import { specBody, specBytesMax, specTypes } from '../spec_body.ts'
import { refuseOverwriting, specEtag } from '../spec_etag.ts'
import type { InventoryView } from '../view.ts'

/** The registry: documents of the configuration, which are read here alone, and those that are kept in the store. */
export function specRoutes(): readonly Route[] {
  return [
    {
      method: 'GET',
      path: `${apiPath}/specs`,
      operationId: 'listSpecs',
      summary: 'The registered API documents, by id',
      access: 'read',
      isNarrowed: true,
      query: closed(pageQuerySchema),
      answers: { 200: { description: 'A page', content: { 'application/json': listOf('ListedSpec') } } },
      handle: (request, reply, { view }) => {
        const { limit = limitDefault, cursor } = request.query as PageQuery
        const rows = view.specs().toSorted((one, other) => (one.spec.id < other.spec.id ? -1 : 1))
        const inventory = view.inventory()
        const { texts, next } = pageOf(
          { rows, keyOf: ({ spec }) => [spec.id], isDescending: false },
          {
            after: cursor === undefined ? null : keyIn(cursor, 'specs', ['string']),
            limit,
            matches: () => true,
            textOf: (row) => JSON.stringify(listed(row, inventory)),
          },
        )
        return reply.type(jsonType).send(listText(texts, next && cursorOf('specs', next), request, reply))
      },
    },
    {
      method: 'POST',
      path: `${apiPath}/specs`,
      operationId: 'addSpec',
      summary: 'Registers an OpenAPI document (2.0, 3.0, 3.1, 3.2; JSON or YAML); it is compared with from now on',
      access: 'write',
      isNarrowed: false,
      query: closed(documentQuery),
      takes: specTypes,
      body: Type.Unsafe({ description: 'The document; it stands alone, other files are not followed.' }),
      examples: exampleDocuments(specTypes),
      answers: {
        201: { description: 'It is registered', content: { 'application/json': named('Spec') } },
        ...refusals,
        409: { description: 'It is registered already, or there is no room' },
      },
      handle: async (request, reply, asked) => {
        const { view } = asked
        const { name = nameDefault, service } = request.query as DocumentQuery
        const { text, spec } = await specBody(request, reply, name)
        const known = view.specs().find((one) => one.spec.id === spec.id)
        if (known !== undefined) throw alreadyThere(known)
        refuseCrowd(view, text)
        keepDecision(view.decisions, registering(spec, { kind: 'spec', text, name, services: servicesOf(service) }, requesterOf(asked), null))
        reply.code(201).header('location', `${apiPath}/specs/${spec.id}`)
        return answer(view, spec.id, reply)
      },
    },
    {
      method: 'GET',
      path: `${apiPath}/specs/{id}`,
      operationId: 'getSpec',
      summary: 'One document, with what is wrong with it by line',
      access: 'read',
      isNarrowed: true,
      params: idParams,
      query: closed({
        format: Type.Optional(Type.Enum(['json', 'document'], { description: '`document` for the text that was sent; of the configuration there is none.' })),
      }),
      answers: {
        200: {
          description: 'The document',
          content: { 'application/json': named('Spec'), 'text/plain': Type.String({ examples: [JSON.stringify(exampleDocument)] }) },
        },
        404: { description: 'There is no such document' },
      },
      handle: (request, reply, { view }) => {
        const { spec, decision } = registered(view, idOf(request))
        if ((request.query as { readonly format?: string }).format !== 'document') return answer(view, spec.id, reply)
        if (decision === null) throw new ProblemError({ status: 404, detail: `its text is in the file that the configuration names: ${spec.origin}` })
        return reply.header('etag', specEtag(decision)).type('text/plain; charset=utf-8').send(decision.body.text)
      },
    },
    {
      method: 'PUT',
      path: `${apiPath}/specs/{id}`,
      operationId: 'replaceSpec',
      summary: 'Replaces a stored document; one with another title, version, servers or operations has another id, which Content-Location names',
      access: 'write',
      isNarrowed: false,
      params: idParams,
      query: closed(documentQuery),
      headers: ifMatchHeaders,
      takes: specTypes,
      body: Type.Unsafe({ description: 'The document; it stands alone, other files are not followed.' }),
      examples: exampleDocuments(specTypes),
      answers: {
        200: { description: 'It is replaced', content: { 'application/json': named('Spec') } },
        ...refusals,
        404: { description: 'There is no such document' },
        409: { description: 'It is of the configuration, or the new one is registered already' },
        412: { description: 'It is not as If-Match says' },
      },
      handle: async (request, reply, asked) => {
        const { view } = asked
        const before = stored(view, idOf(request))
        const { name = before.body.name, service } = request.query as DocumentQuery
        const { text, spec } = await specBody(request, reply, name)
        // Others may have changed it while the body came.
        const now = stored(view, idOf(request))
        refuseOverwriting(now, request.headers['if-match'])
        const known = view.specs().find((one) => one.spec.id === spec.id)
        if (known !== undefined && spec.id !== now.id) throw alreadyThere(known)
        refuseCrowd(view, text)
        const services = service === undefined ? now.body.services : servicesOf(service)
        keepDecision(view.decisions, registering(spec, { kind: 'spec', text, name, services }, requesterOf(asked), now))
        reply.header('content-location', `${apiPath}/specs/${spec.id}`)
        return answer(view, spec.id, reply)
      },
    },
    {
      method: 'DELETE',
      path: `${apiPath}/specs/{id}`,
      operationId: 'removeSpec',
      summary: 'Removes a stored document',
      access: 'write',
      isNarrowed: false,
      params: idParams,
      headers: ifMatchHeaders,
      answers: {
        204: { description: 'It is gone' },
        404: { description: 'There is no such document' },
        409: { description: 'It is of the configuration' },
        412: { description: 'It is not as If-Match says' },
        503: { description: 'That could not be kept' },
      },
      handle: (request, reply, asked) => {
        const { view } = asked
        const decision = stored(view, idOf(request))
        refuseOverwriting(decision, request.headers['if-match'])
        keepDecision(view.decisions, unregistering(decision, requesterOf(asked)))
        return reply.code(204).send()
      },
    },
  ]
}

interface DocumentQuery {
  readonly name?: string
  readonly service?: string
}

const documentQuery = {
  name: Type.Optional(Type.String({ minLength: 1, maxLength: 200, description: 'What people know it by: the name of its file.' })),
  service: Type.Optional(
    Type.String({ minLength: 1, maxLength: 1024, description: 'The service that it describes, whatever its servers say; several with commas.' }),
  ),
}

const idParams = closed({ id: Type.String() })

const ifMatchHeaders = closed({
  'if-match': Type.Optional(Type.String({ description: 'The ETag that it had: where it was changed since, 412 is answered.' })),
})

const refusals = {
  413: { description: `The body has more than ${specBytesMax} bytes` },
  415: { description: 'The body is of another type, or coded' },
  422: { description: 'The body is no API document; `errors` point to each problem, with line and column' },
  503: { description: 'It could not be kept' },
}

const nameDefault = 'document'

/** Of all stored documents: they are held in memory, parsed. */
const textCharactersMax = 64 * 2 ** 20

function answer(view: InventoryView, id: string, reply: FastifyReply): unknown {
  const row = registered(view, id)
  if (row.decision !== null) reply.header('etag', specEtag(row.decision))
  const problems = row.problems.map(({ line, column, pointer, message }) => ({ line, column, pointer, message }))
  return reply.type(jsonType).send(JSON.stringify({ ...listed(row, view.inventory()), problems }))
}

function listed({ spec, services, problems, decision }: RegisteredSpec, inventory: InventoryDocument): object {
  const { id, title, version, openapi, origin, operations, servers } = spec
  return {
    id,
    title,
    version,
    openapi,
    name: origin,
    from: decision === null ? 'configuration' : 'api',
    operations: operations.length,
    servers: servers.map(({ url }) => url),
    boundTo: services,
    services: inventory.services.filter(({ specs }) => specs.includes(id)).map((service) => ({ id: service.id, name: service.name })),
    problemCount: problems.length,
    by: decision?.by ?? null,
    at: decision && rfc3339(decision.atMs),
  }
}

function registered(view: InventoryView, id: string): RegisteredSpec {
  const row = view.specs().find(({ spec }) => spec.id === id)
  if (row === undefined) throw new ProblemError({ status: 404, detail: `no document has this id: ${apiPath}/specs lists them` })
  return row
}

function stored(view: InventoryView, id: string): Decision<SpecDecision> {
  const decision = decisionsOf(view.decisions.all(), 'spec').find((one) => one.id === id)
  if (decision !== undefined) return decision
  const { spec } = registered(view, id)
  throw new ProblemError({ status: 409, detail: `it is of the configuration, which is read only here: change ${spec.origin}, and reload with SIGHUP` })
}

function alreadyThere({ spec: { id }, decision }: RegisteredSpec): ProblemError {
  return new ProblemError({
    status: 409,
    detail: decision === null ? `the configuration has this document already, as ${id}` : `it is registered already: PUT ${apiPath}/specs/${id} replaces it`,
    headers: { location: `${apiPath}/specs/${id}` },
  })
}

function refuseCrowd(view: InventoryView, text: string): void {
  const characters = decisionsOf(view.decisions.all(), 'spec').reduce((sum, { body }) => sum + body.text.length, text.length)
  if (characters > textCharactersMax) throw new ProblemError({ status: 409, detail: 'there is no room for more documents: remove some' })
}

function servicesOf(service: string | undefined): readonly string[] {
  return (service ?? '').split(',').flatMap((name) => (name.trim() === '' ? [] : [name.trim().toLowerCase()]))
}

function idOf({ params }: FastifyRequest): string {
  return (params as { readonly id: string }).id
}
