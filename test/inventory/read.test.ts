import { Ajv2020 } from 'ajv/dist/2020.js'
import { describe, expect, it } from 'vitest'
import { inventorySchema } from '../../src/inventory/document_schema.ts'
import type { EndpointDocument, InventoryDocument } from '../../src/inventory/document.ts'
import { readInventory } from '../../src/inventory/read.ts'
import type { ReadOptions } from '../../src/inventory/read.ts'
import { InventoryState } from '../../src/inventory/state.ts'
import { toDocument } from '../../src/inventory/to_document.ts'
import { assess } from '../../src/finding/assess.ts'
import { compileRegistry } from '../../src/registry/compile_registry.ts'
import type { Batch } from '../../src/observation/observation.ts'
import type { Spec } from '../../src/registry/spec.ts'
import { operationsText, specOf } from '../registry/document_text.ts'
import { batch } from './build.ts'
import type { Row } from './build.ts'

const validate = new Ajv2020({ strict: false }).compile(inventorySchema())

function documentOf(own: Batch, options?: ReadOptions, specs: readonly Spec[] = []): InventoryDocument {
  const state = new InventoryState()
  state.fold(own)
  const inventory = readInventory(state, compileRegistry(specs), options)
  const document = toDocument(inventory, assess(inventory), state.counters(), '0.1.0')
  expect(validate(JSON.parse(JSON.stringify(document))), JSON.stringify(validate.errors)).toBe(true)
  return document
}

function endpointOf(rows: readonly Row[]): EndpointDocument {
  const [service] = documentOf(batch(rows)).services
  const [endpoint] = service?.endpoints ?? []
  if (!endpoint) throw new Error('no endpoint')
  return endpoint
}

describe('an operation below several base paths', () => {
  const spec = (url: string, variables: Record<string, unknown> = {}): Spec =>
    specOf(operationsText(['GET /pets', 'GET /pets/{petId}', 'GET /never'], { servers: [{ url, variables }, { url: 'https://api.example.com/old' }] }))
  const endpointsOf = (own: Spec, ...paths: string[]): string[] =>
    documentOf(batch(paths.map((path) => ({ path }))), undefined, [own]).services.flatMap(({ endpoints }) =>
      endpoints.map(({ template, exchanges }) => `${template} ${exchanges}`),
    )

  it('is listed once, below its default where nothing was seen', () => {
    const own = spec('https://{env}.example.com/{base}', { env: { default: 'api', enum: ['stage', 'api'] }, base: { default: 'v1' } })
    expect(endpointsOf(own, '/v1/pets')).toEqual(['/v1/never 0', '/v1/pets 1', '/v1/pets/{petId} 0'])
    expect(endpointsOf(own, '/other')).toEqual(['/other 1', '/v1/never 0', '/v1/pets 0', '/v1/pets/{petId} 0'])
  })

  it('is listed where traffic shows it', () => {
    const own = spec('https://api.example.com/{base}', { base: { default: 'v1' } })
    expect(endpointsOf(own, '/v2/pets')).toEqual(['/{base}/never 0', '/{base}/pets 1', '/{base}/pets/{petId} 0'])
    expect(endpointsOf(own, '/old/pets')).toEqual(['/old/never 0', '/old/pets 1', '/old/pets/{petId} 0'])
    expect(endpointsOf(own, '/old/pets', '/v1/pets/1')).toEqual(['/old/never 0', '/old/pets 1', '/v1/pets/{petId} 1'])
  })
})

describe('services', () => {
  it('of a packet source are internal where their servers are private', () => {
    const document = documentOf(
      batch([{ path: '/a' }, { path: '/a', service: 'pay.example.org', network: 'private-public' }, { path: '/a', service: 'log', source: 'logs' }]),
    )
    expect(document.services.map(({ name, direction }) => [name, direction])).toEqual([
      ['api.example.com', 'internal'],
      ['log', 'inbound'],
      ['pay.example.org', 'outbound'],
    ])
  })

  it('are joined by what the user says', () => {
    const services = [{ name: 'orders', hosts: ['a.example', '10.0.0.2:8080'], owner: 'team-orders', direction: null }]
    const document = documentOf(
      batch([
        { path: '/x', service: 'a.example' },
        { path: '/x', service: '10.0.0.2:8080' },
      ]),
      { services },
    )
    expect(document.services).toMatchObject([{ name: 'orders', hosts: ['10.0.0.2:8080', 'a.example'], owner: 'team-orders', exchanges: 2 }])
  })

  it('that only answered 4xx are counted and not listed', () => {
    const document = documentOf(
      batch([{ path: '/a' }, { path: '/', service: 'guess.example', status: 404 }, { path: '/', service: 'guess2.example', status: 421 }]),
    )
    expect(document.services.map(({ name }) => name)).toEqual(['api.example.com'])
    expect(document.visibility.http).toMatchObject({ exchanges: 3, inEndpoints: 1, quarantined: 2, quarantinedHosts: 2 })
  })

  it('of pages and files only are a web site, unknown types are an API', () => {
    const page: Row = { path: '/', responseType: 'text/html' }
    const document = documentOf(batch([page, { ...page, path: '/app.js', responseType: 'text/javascript' }, { path: '/x', service: 'log', source: 'logs' }]))
    expect(document.services.map(({ kinds }) => kinds)).toEqual([['web'], ['rest']])
    expect(document.services[0]?.endpoints.flatMap(({ labels }) => labels)).toEqual([])
  })

  it('say what was not seen of them', () => {
    const document = documentOf(batch([{ path: '/a', count: 100 }], { 'api.example.com': { flows: 10, oneWayFlows: 6, unpairedRequests: 10, tlsFlows: 2 } }))
    expect(document.services[0]?.visibility).toMatchObject({ coverage: 0.72, tlsBlindShare: 0.2, unpairedShare: 0.1, oneWay: true })
    expect(document.services[0]?.visibility.reasons).toHaveLength(3)
  })

  it('lack what the other direction acknowledged', () => {
    const seen = documentOf(batch([{ path: '/a', responseBytes: 300, requestBytes: 100 }], { 'api.example.com': { flows: 1, unseenBytes: 400 } }))
    expect(seen.services[0]?.visibility).toMatchObject({ coverage: 0.5, gapBytes: 0, reasons: ['400 bytes of its flows are missing from the capture'] })
  })

  it('lack their share of what the kernel dropped, and by their streams what was lost of these', () => {
    const counts = { flows: 1, seenBytes: 800, gapBytes: 200 }
    const seen = (read: number, dropped: number): number | undefined =>
      documentOf(
        batch(
          [{ path: '/a', count: 10, requestBytes: 10, responseBytes: 30 }],
          { 'api.example.com': counts },
          { 'packets.read': read, 'packets.kernelDropped': dropped },
        ),
      ).services[0]?.visibility.coverage
    expect([seen(100, 0), seen(90, 10), seen(50, 50)]).toEqual([0.8, 0.8, 0.5])
  })

  it('of requests alone are marked, and what was agreed to tells the kind', () => {
    const rows: readonly Row[] = [
      { path: '/a', status: 0, count: 3, facts: { 'fact.status_unknown': 1 } },
      { path: '/a', count: 2 },
      { path: '/b', status: 0, facts: { 'fact.status_unknown': 1 } },
      { path: '/chat', status: 400 },
      { path: '/chat', status: 101, kind: 'websocket' },
    ]
    const endpoints = documentOf(batch(rows)).services.flatMap((service) => service.endpoints)
    expect(endpoints).toMatchObject([
      { template: '/a', kind: 'rest', responseUnseen: 2, statusUnknown: 1, statuses: { '200': 2 } },
      { template: '/b', statusUnknown: 1, statuses: {} },
      { template: '/chat', kind: 'websocket' },
    ])
    expect(endpoints.slice(1).map(({ responseUnseen }) => responseUnseen)).toEqual([undefined, undefined])
    expect(endpoints[2]).not.toHaveProperty('statusUnknown')
  })

  it('have an endpoint for each operation where all go to one path, each with its own answers', () => {
    const post = (kind: string, responseBody: unknown): Row => ({ method: 'POST', path: '/graphql', kind, responseBody })
    const document = documentOf(
      batch([
        post('graphql query GetUser', { user: 1 }),
        post('graphql mutation AddUser', { added: true }),
        post('graphql', { other: 1 }),
        { method: 'POST', path: '/graphql', status: 400 },
        { method: 'POST', path: '/rpc/{int}', kind: 'json-rpc sum', hidden: { '1': [1] } },
      ]),
      undefined,
      [specOf(operationsText(['POST /graphql'], { servers: [{ url: 'https://api.example.com' }] }))],
    )
    const endpoints = document.services.flatMap((service) => service.endpoints)
    expect(endpoints).toMatchObject([
      { template: '/graphql', kind: 'graphql', operationId: null, exchanges: 2 },
      { template: '/graphql', kind: 'graphql', operationId: 'mutation AddUser', exchanges: 1, facts: { documented: true } },
      { template: '/graphql', kind: 'graphql', operationId: 'query GetUser', exchanges: 1 },
      { template: '/rpc/{id}', kind: 'json-rpc', operationId: 'sum' },
    ])
    expect(new Set(endpoints.map(({ id }) => id)).size).toBe(4)
    expect(endpoints[2]?.responses['200']?.mediaTypes['application/json']?.schema).toEqual({
      type: 'object',
      properties: { user: { 'type': 'integer', 'x-of': 1, 'x-seen': 1 } },
    })
    expect(document.services[0]?.kinds).toEqual(['graphql', 'json-rpc'])
  })

  it('may each have lost all that the kernel dropped', () => {
    const rows: readonly Row[] = [{ path: '/a' }, { path: '/b', service: 'log', source: 'logs' }]
    const dropsOf = (dropped: number): unknown =>
      documentOf(batch(rows, {}, { 'packets.kernelDropped': dropped })).services.map(({ visibility }) => [visibility.kernelDrops, visibility.reasons])
    expect(dropsOf(0)).toEqual([
      [0, []],
      [0, []],
    ])
    expect(dropsOf(7)).toEqual([
      [7, ['the kernel dropped 7 packets before they were read; nobody knows how many of them were of this service']],
      [0, []],
    ])
  })

  it('count responses without requests apart', () => {
    const document = documentOf(batch([{ path: '/a' }, { method: '', path: '', count: 3 }]))
    expect(document.services).toMatchObject([{ exchanges: 4, unread: 3, quarantined: 0 }])
  })
})

describe('quarantine', () => {
  it('takes a flood of random 404 paths', () => {
    const flood = Array.from({ length: 3000 }, (_, i): Row => ({ path: `/wp${i}.php`, status: 404, client: 'scanner' }))
    const document = documentOf(batch([{ path: '/users/{int}', hidden: { '1': [1] } }, ...flood]))
    expect(document.services).toMatchObject([{ quarantined: 3000, endpoints: [{ template: '/users/{userId}' }] }])
  })

  it('takes pages that answer for everything', () => {
    const caught = 'abcdefghij'.split('').map((letter): Row => ({ path: `/${letter}xy`, responseType: 'text/html', responseBytes: 700 }))
    const document = documentOf(batch([{ path: '/users', responseBody: [{ id: 1 }] }, ...caught]))
    expect(document.services).toMatchObject([{ quarantined: 10, endpoints: [{ template: '/users' }] }])
  })

  it('leaves a 404 below a known template where it belongs', () => {
    const document = documentOf(
      batch([
        { path: '/users/{int}', hidden: { '1': [1] }, count: 5 },
        { path: '/users/nobody', status: 404 },
      ]),
    )
    expect(document.services).toMatchObject([{ quarantined: 0, endpoints: [{ template: '/users/{userId}', statuses: { 200: 5, 404: 1 } }] }])
  })

  it('lists what three clients missed, and what is forbidden', () => {
    const missed = ['a', 'b', 'c'].map((client): Row => ({ path: '/gone', status: 404, client }))
    const document = documentOf(batch([{ path: '/x' }, ...missed, { path: '/admin-panel', status: 403 }]))
    expect(document.services[0]?.endpoints.map(({ template, labels }) => [template, labels])).toEqual([
      ['/admin-panel', ['blocked']],
      ['/gone', ['unconfirmed']],
      ['/x', ['shadow']],
    ])
  })
})

describe('endpoints', () => {
  it('count what packets and a log both saw once', () => {
    const endpoint = endpointOf([
      { path: '/x', count: 5 },
      { path: '/x', count: 7, source: 'logs' },
    ])
    expect(endpoint).toMatchObject({ exchanges: 7, sources: { packets: 5, logs: 7 }, statuses: { 200: 7 } })
  })

  it('have required, typed and counted parameters', () => {
    const endpoint = endpointOf([
      { path: '/users/{int}', count: 20, hidden: { '1': [3, 4, 5] }, query: { page: 1 } },
      { path: '/users/{int}', count: 5, status: 400, query: {} },
    ])
    expect(endpoint.parameters).toMatchObject([
      { in: 'path', name: 'userId', schema: { type: 'integer' }, seen: 25, of: 25, required: true, distinct: 3 },
      { in: 'query', name: 'page', schema: { type: 'integer' }, seen: 20, of: 25, required: true },
    ])
  })

  it('have schemas with counts by status and media type', () => {
    const endpoint = endpointOf([
      { path: '/x', count: 19, responseBody: { id: 1, state: 'open' } },
      { path: '/x', count: 6, responseBody: { id: 1, state: 'closed', note: null } },
      { path: '/x', status: 500, responseBody: { error: 'a b' } },
    ])
    expect(endpoint.responses).toEqual({
      200: {
        mediaTypes: {
          'application/json': {
            seen: 25,
            schema: {
              type: 'object',
              properties: {
                id: { 'type': 'integer', 'x-seen': 25, 'x-of': 25 },
                note: { 'type': 'null', 'x-seen': 6, 'x-of': 25 },
                state: { 'type': 'string', 'enum': ['closed', 'open'], 'x-seen': 25, 'x-of': 25 },
              },
              required: ['id', 'state'],
            },
          },
        },
      },
      500: { mediaTypes: { 'application/json': { seen: 1, schema: { type: 'object', properties: { error: { 'type': 'string', 'x-seen': 1, 'x-of': 1 } } } } } },
    })
  })

  it('read a map where keys are values', () => {
    const maps = Array.from({ length: 8 }, (_, i): Row => ({ path: '/m', responseBody: { byId: { [`{uuid}`]: { n: i } } } }))
    const schema = endpointOf(maps).responses['200']?.mediaTypes['application/json']?.schema
    expect(schema).toMatchObject({ properties: { byId: { type: 'object', additionalProperties: { 'type': 'object', 'x-seen': 8 } } } })
  })

  it('carry a data class where enough values passed', () => {
    const classes = { number: 'payment_card', email: 'email', note: 'phone' }
    const body = { card: { number: '4' }, items: [{ email: 'x', note: 'y' }] }
    const endpoint = endpointOf([{ path: '/x', count: 5, responseBody: body, classes }])
    expect(endpoint.dataClasses).toEqual([
      { class: 'payment_card', in: 'response', status: '200', mediaType: 'application/json', path: '$.card.number', seen: 5, of: 5, confidence: 0.99 },
      { class: 'email', in: 'response', status: '200', mediaType: 'application/json', path: '$.items[].email', seen: 5, of: 5, confidence: 0.97 },
    ])
  })

  it('tell credentials by kind of those of which one can tell', () => {
    const endpoint = endpointOf([
      { path: '/x', count: 3, auth: ['bearer-jwt', 'cookie'] },
      { path: '/x', count: 1 },
    ])
    expect(endpoint.auth).toEqual([
      { kind: 'bearer-jwt', seen: 3, of: 4 },
      { kind: 'cookie', seen: 3, of: 4 },
    ])
    expect(endpointOf([{ path: '/x', source: 'logs' }]).auth).toEqual([])
  })
})

describe('documents', () => {
  it('of nothing are valid', () => {
    expect(documentOf(batch([]))).toMatchObject({ window: { from: null, to: null }, services: [], findings: [] })
  })

  it('carry the counters of the engine by their names', () => {
    const document = documentOf(batch([], {}, { 'packets.read': 7, 'tcp.gapBytes': 9, 'logs.rejected.no_method': 2, 'limits.lawLost': 1, 'input.cut': 1 }))
    expect(document.visibility).toMatchObject({
      packets: { read: 7, decoded: 0 },
      tcp: { gapBytes: 9 },
      logs: { 'rejected.no_method': 2 },
      limits: { lawHolds: false, lawLost: 1 },
      input: { cut: 1 },
    })
  })
})
