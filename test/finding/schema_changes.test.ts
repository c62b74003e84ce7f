import { expect, test } from 'vitest'

import { changesBetween } from '../../src/finding/changes.ts'
import { toldText, type Told } from '../../src/finding/told.ts'
import { toldContract } from '../../src/finding/contract.ts'
import { schemaChanges } from '../../src/finding/schema_changes.ts'
import type { EndpointDocument, JsonSchema } from '../../src/inventory/document.ts'
import { endpointPacker } from '../../src/inventory/packed_endpoint.ts'
import { sampleEndpoint, sampleReport, sampleService } from '../output/sample_report.ts'

const json = 'application/json'

/** A field that was seen so often in so many objects. */
const field = (type: string | readonly string[], seen = 500, more: JsonSchema = {}): JsonSchema => ({ type, 'x-seen': seen, 'x-of': 500, ...more })
const object = (properties: JsonSchema, required: readonly string[] = []): JsonSchema => ({ type: 'object', properties, required })

const answering = (schema: JsonSchema, seen = 500, more: Partial<EndpointDocument> = {}): EndpointDocument =>
  sampleEndpoint('POST', '/orders', {
    exchanges: 1000,
    statuses: { '200': 500, '404': 3 },
    sources: { packets: 1000, logs: 0 },
    responses: { '200': { mediaTypes: { [json]: { seen, schema } } } },
    ...more,
  })

const asking = (parameters: EndpointDocument['parameters'], more: Partial<EndpointDocument> = {}): EndpointDocument =>
  sampleEndpoint('GET', '/orders/{orderId}', { exchanges: 1000, sources: { packets: 0, logs: 1000 }, parameters, responses: {}, ...more })

const parameter = (name: string, more: Partial<EndpointDocument['parameters'][number]> = {}): EndpointDocument['parameters'][number] => ({
  in: 'query',
  name,
  schema: { type: 'integer' },
  seen: 500,
  of: 1000,
  required: false,
  distinct: 9,
  classes: [],
  ...more,
})

const id = field('integer')
const ok = { in: 'response', status: '200', mediaType: json }

const cases: ReadonlyArray<readonly [name: string, before: EndpointDocument, after: EndpointDocument, changes: readonly JsonSchema[]]> = [
  ['other numbers', answering(object({ id })), answering(object({ id: field('integer', 900, { minimum: 3, enum: [1, 2] }) }), 900), []],
  [
    'a field that appears, with its types alone',
    answering(object({ id })),
    answering(object({ id, card: field(['object', 'null'], 1, { properties: { number: field('string', 1, { enum: ['4111'] }) } }) })),
    [{ what: 'field_appeared', ...ok, path: '$.card', types: ['object', 'null'] }],
  ],
  [
    'a field that needs quotes, in an object in a list',
    answering(object({ rows: field('array', 500, { items: object({ id }) }) })),
    answering(object({ rows: field('array', 500, { items: object({ id, 'a b': field('string', 1), 'constructor': field('string', 1) }) }) })),
    [
      { what: 'field_appeared', ...ok, path: '$.rows[].constructor', types: ['string'] },
      { what: 'field_appeared', ...ok, path: '$.rows[]["a b"]', types: ['string'] },
    ],
  ],
  [
    'a list that has elements at last',
    answering(object({ rows: field('array') })),
    answering(object({ rows: field('array', 500, { items: object({ id }) }) })),
    [{ what: 'field_appeared', ...ok, path: '$.rows[]', types: ['object'] }],
  ],
  [
    'a value of a map',
    answering(object({ prices: field('object', 500, { additionalProperties: field('integer') }) })),
    answering(object({ prices: field('object', 500, { additionalProperties: field(['integer', 'string']) }) })),
    [{ what: 'type_widened', ...ok, path: '$.prices.*', from: ['integer'], to: ['integer', 'string'] }],
  ],
  ['a field that is gone', answering(object({ id, name: id }, ['name'])), answering(object({ id })), []],
  ['a field that became a map', answering(object({ id })), answering({ type: 'object', additionalProperties: field('integer') }), []],
  ['a type that is gone', answering(object({ id: field(['string', 'null']) })), answering(object({ id: field('string') })), []],
  [
    'a wider type, which may be null too',
    answering(object({ id })),
    answering(object({ id: field(['integer', 'string', 'null']) })),
    [
      { what: 'became_nullable', ...ok, path: '$.id' },
      { what: 'type_widened', ...ok, path: '$.id', from: ['integer'], to: ['integer', 'string'] },
    ],
  ],
  [
    'an integer that is a number',
    answering(object({ id })),
    answering(object({ id: field('number') })),
    [{ what: 'type_widened', ...ok, path: '$.id', from: ['integer'], to: ['number'] }],
  ],
  [
    'a type where only empty lists were',
    answering(object({ rows: field('array', 500, { items: {} }) })),
    answering(object({ rows: field('array', 500, { items: { type: 'string' } }) })),
    [],
  ],
  [
    'a field that is not always there any more',
    answering(object({ id }, ['id'])),
    answering(object({ id: field('integer', 499) })),
    [{ what: 'became_optional', ...ok, path: '$.id' }],
  ],
  ['a field of a body that was seen too seldom', answering(object({ id }), 99), answering(object({ id, name: field('string') }), 900), []],
  [
    'a field of an object that was seen too seldom',
    answering(object({ id, card: field('object', 99, { properties: { number: { 'type': 'string', 'x-seen': 99, 'x-of': 99 } } }) })),
    answering(object({ id, card: field('object', 900, { properties: { number: field('string'), cvc: field('string') } }) })),
    [],
  ],
  ['a type of a field that was seen too seldom', answering(object({ id: field('integer', 99) })), answering(object({ id: field('string', 900) })), []],
  ['anything of an endpoint that was seen too seldom', answering(object({ id }), 500, { exchanges: 99 }), answering(object({ id, name: field('string') })), []],
  [
    'anything of an endpoint of which most was removed',
    answering(object({ id })),
    answering(object({ id, name: field('string') }), 500, { exchanges: 99 }),
    [],
  ],
  [
    'media types of requests and of a known answer; those of one that is new or rare come with its status',
    answering(object({ id })),
    answering(object({ id }), 500, {
      statuses: { '200': 500, '404': 3, '500': 1 },
      request: { mediaTypes: { 'text/xml': { seen: 1, schema: {} } } },
      responses: {
        '200': { mediaTypes: { [json]: { seen: 500, schema: object({ id }) }, 'text/csv': { seen: 1, schema: {} } } },
        '404': { mediaTypes: { [json]: { seen: 1, schema: {} } } },
        '500': { mediaTypes: { [json]: { seen: 1, schema: {} } } },
      },
    }),
    [
      { what: 'media_type_appeared', in: 'request', mediaType: 'text/xml' },
      { what: 'media_type_appeared', in: 'response', status: '200', mediaType: 'text/csv' },
    ],
  ],
  [
    'bodies that appear since packets are read too, and no more logs alone',
    answering({}, 0, { responses: {}, sources: { packets: 0, logs: 1000 } }),
    answering(object({ id })),
    [],
  ],
  [
    'parameters: what appears, what is wider, and what is needed no more',
    asking([parameter('page'), parameter('sort', { required: true })]),
    asking([parameter('limit', { seen: 1 }), parameter('page', { schema: { type: ['integer', 'string'] } }), parameter('sort')]),
    [
      { what: 'parameter_appeared', in: 'query', path: '$.limit', types: ['integer'] },
      { what: 'type_widened', in: 'query', path: '$.page', from: ['integer'], to: ['integer', 'string'] },
      { what: 'became_optional', in: 'query', path: '$.sort' },
    ],
  ],
  [
    'a type of a parameter of the path, and no other one, whose name came with another template',
    asking([parameter('orderId', { in: 'path', seen: 1000 })]),
    asking([parameter('orderId', { in: 'path', seen: 1000, schema: { type: 'string' } }), parameter('other', { in: 'path' })]),
    [{ what: 'type_widened', in: 'path', path: '$.orderId', from: ['integer'], to: ['string'] }],
  ],
  ['a header field after logs, which do not show any', asking([]), asking([parameter('x-tenant', { in: 'header' })]), []],
  [
    'a header field where others were seen before',
    asking([parameter('x-trace', { in: 'header' })]),
    asking([parameter('x-tenant', { in: 'header' }), parameter('x-trace', { in: 'header' })]),
    [{ what: 'parameter_appeared', in: 'header', path: '$.x-tenant', types: ['integer'] }],
  ],
  [
    'the first header field, where header fields were seen',
    asking([], { withoutCredentials: { seen: 0, of: 100 } }),
    asking([parameter('x-tenant', { in: 'header' })], { withoutCredentials: { seen: 0, of: 101 } }),
    [{ what: 'parameter_appeared', in: 'header', path: '$.x-tenant', types: ['integer'] }],
  ],
  [
    'no more parameters of a place where clients choose their names, and one of another place',
    asking(
      Array.from({ length: 100 }, (_, at) => parameter(`q${at}`)),
      { sources: { packets: 100, logs: 0 } },
    ),
    asking([...Array.from({ length: 130 }, (_, at) => parameter(`q${at}`)), parameter('sid', { in: 'cookie' })]),
    [{ what: 'parameter_appeared', in: 'cookie', path: '$.sid', types: ['integer'] }],
  ],
  [
    'a cookie after packets',
    asking([], { sources: { packets: 100, logs: 0 } }),
    asking([parameter('sid', { in: 'cookie' })]),
    [{ what: 'parameter_appeared', in: 'cookie', path: '$.sid', types: ['integer'] }],
  ],
]

test.each(cases)('%s', (_, before, after, changes) => {
  expect(schemaChanges(before, after)).toEqual(changes)
})

test.each(cases)('%s: what was told says the same', (_, before, after, changes) => {
  expect(schemaChanges(toldContract(before), after)).toEqual(changes)
  expect(schemaChanges(toldContract(before), toldContract(after))).toEqual(changes)
})

test.each(cases)('%s: endpoints as they are published say the same', (_, before, after, changes) => {
  const pack = endpointPacker()
  expect(schemaChanges(pack(before), pack(after))).toEqual(changes)
  expect(toldOf(inventory(pack(after)))).toEqual(toldOf(inventory(after)))
})

const toldOf = (of: Told): Told => JSON.parse(toldText(of)) as Told

const inventory = (endpoint: EndpointDocument) => sampleReport([sampleService('shop.example.com', [endpoint])], []).inventory
const wide = (count: number): EndpointDocument =>
  answering(object(Object.fromEntries([['id', id], ...Array.from({ length: count }, (_, at) => [`f${1000 + at}`, field('string')] as const)])))

test('of one endpoint there is one change, with so many listed and the others counted', () => {
  const [change, ...others] = changesBetween(inventory(wide(0)), inventory(wide(64)))
  expect(others).toEqual([])
  expect(change).toMatchObject({
    kind: 'endpoint',
    what: 'schema_changed',
    details: { service: 'shop.example.com', method: 'POST', template: '/orders', more: 14 },
  })
  const listed = change?.details['changes'] as readonly { path: string }[]
  expect([listed.length, listed[0]?.path, listed.at(-1)?.path]).toEqual([50, '$.f1000', '$.f1049'])
  expect(changesBetween(inventory(wide(0)), inventory(wide(1)))[0]?.details).not.toHaveProperty('more')
})

test('what was told is names and types: no value, no count beyond whether there are enough', () => {
  const schema = object({ id: field('string', 700, { enum: ['planted'], minLength: 4711, format: 'uuid' }) })
  const text = JSON.stringify(toldOf(inventory(answering(schema, 4711, { statuses: { '200': 4711 } }))))
  expect(text).toContain('"type":"string"')
  expect(text).not.toMatch(/planted|4711|uuid|700/)
  // Of what has not settled there is nothing to compare.
  expect(JSON.stringify(toldOf(inventory(answering(schema, 500, { exchanges: 99 }))))).not.toContain('"type"')
})
