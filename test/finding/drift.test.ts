import { describe, expect, test } from 'vitest'
import { driftOf, isDrifting } from '../../src/finding/drift.ts'
import type { Drift } from '../../src/finding/drift_record.ts'
import { endpointOf } from '../../src/inventory/endpoint.ts'
import { compileRegistry } from '../../src/registry/compile_registry.ts'
import { observation, type Row } from '../inventory/build.ts'
import { specOf } from '../registry/document_text.ts'

/** Rows without a path; it is `/v1/things/{int}`. */
type Seen = Omit<Row, 'path'>

/** Compares rows with the operation `GET /things/{id}` (or the method of the first row). */
function driftFor(operation: unknown, rows: readonly Seen[], more: Record<string, unknown> = {}): readonly Drift[] {
  const method = rows[0]?.method ?? 'GET'
  const spec = specOf(
    JSON.stringify({
      openapi: '3.1.0',
      info: { title: 'Things', version: '1' },
      servers: [{ url: 'https://api.example.com/v1' }],
      paths: { '/things/{id}': { parameters: [{ in: 'path', name: 'id', schema: { type: 'integer' } }], [method.toLowerCase()]: operation } },
      ...more,
    }),
  )
  const match = compileRegistry([spec]).match('api.example.com', method, '/v1/things/{int}')
  if (match === null) throw new Error('the operation does not match')
  const decision = { segment: 2, name: 'id', rule: 'spec', distinct: 1, confidence: 1 } as const
  const template = { text: '/v1/things/{id}', decisions: [decision], settled: [], aliases: [] }
  const observations = rows.map((row) => observation({ ...row, method, path: '/v1/things/{int}', hidden: { 2: [7] } }))
  return driftOf(
    endpointOf('api.example.com', method, template, observations, {
      spec,
      operation: match.operation,
      template: match.template,
      via: match.via,
      removedInNewerSpec: false,
    }),
  )
}

function lines(drifts: readonly Drift[]): string[] {
  return drifts.map(
    ({ severity, kind, in: place, location, documented, observed, seen, of }) =>
      `${severity} ${kind} ${place} ${location}: ${documented} / ${observed} (${seen} of ${of})`,
  )
}

type Case = readonly [name: string, schema: unknown, bodies: readonly (readonly [count: number, body: unknown])[], drift: readonly string[]]

const where = 'response 200 application/json'

/** Schema of the response, bodies with their counts, and what departs. `#/components/schemas` has Node, Cat and Dog. */
const bodies: readonly Case[] = [
  ['what is documented', { type: 'object', required: ['id'], properties: { id: { type: 'integer' } } }, [[30, { id: 1 }]], []],
  [
    'another type',
    { properties: { id: { type: 'integer' } } },
    [
      [30, { id: 1 }],
      [2, { id: 'x' }],
    ],
    [`error response-property-type-changed ${where} $.id: integer / string (2 of 32)`],
  ],
  [
    'two other types',
    { properties: { id: { type: ['integer', 'boolean'] } } },
    [
      [3, { id: 'x' }],
      [2, { id: [1] }],
    ],
    [`error response-property-type-changed ${where} $.id: boolean or integer / string or array (5 of 5)`],
  ],
  [
    'an integer is a number',
    { properties: { price: { type: 'number' } } },
    [
      [5, { price: 1 }],
      [5, { price: 1.5 }],
    ],
    [],
  ],
  [
    'a number is no integer',
    { properties: { price: { type: 'integer' } } },
    [
      [5, { price: 1 }],
      [4, { price: 1.5 }],
    ],
    [`error response-property-type-changed ${where} $.price: integer / number (4 of 9)`],
  ],
  [
    'the body itself',
    { type: 'array', items: { type: 'string' } },
    [[4, { a: 1 }]],
    [`error response-property-type-changed ${where} $: array / object (4 of 4)`],
  ],
  ['items', { type: 'array', items: { type: 'string' } }, [[4, ['a', 7]]], [`error response-property-type-changed ${where} $[*]: string / integer (4 of 8)`]],
  ['a tuple', { type: 'array', prefixItems: [{ type: 'string' }, { type: 'integer' }] }, [[4, ['a', 7]]], []],
  ['null in 3.0 style', { properties: { a: { type: 'string', nullable: true } } }, [[4, { a: null }]], []],
  ['null in 3.1 style', { properties: { a: { type: ['string', 'null'] } } }, [[4, { a: null }]], []],
  ['null by branch', { properties: { a: { oneOf: [{ type: 'string' }, { type: 'null' }] } } }, [[4, { a: null }]], []],
  ['null beside a reference', { properties: { a: { $ref: '#/components/schemas/Cat', nullable: true } } }, [[4, { a: null }]], []],
  [
    'null in an enum',
    { properties: { a: { enum: ['x', null] } } },
    [
      [4, { a: null }],
      [4, { a: 'x' }],
    ],
    [],
  ],
  ['null where nothing is said of types', { properties: { a: { description: 'any' } } }, [[4, { a: null }]], []],
  [
    'null that is not allowed',
    { properties: { a: { type: 'string' } } },
    [
      [4, { a: null }],
      [16, { a: 'x' }],
    ],
    [`warning response-property-became-nullable ${where} $.a: never null / null (4 of 20)`],
  ],
  [
    'a required property that is absent',
    { required: ['id', 'name'], properties: { id: {}, name: {} } },
    [
      [20, { id: 1 }],
      [5, { id: 1, name: 'x' }],
    ],
    [`error response-required-property-missing ${where} $.name: required / present in 5 of 25 (20 of 25)`],
  ],
  [
    'the same with few bodies',
    { required: ['id'], properties: { id: {} } },
    [[3, {}]],
    [`warning response-required-property-missing ${where} $.id: required / present in 0 of 3 (3 of 3)`],
  ],
  ['a required property that travels the other way', { required: ['secret'], properties: { secret: { type: 'string', writeOnly: true } } }, [[30, {}]], []],
  [
    'a property that travels the other way',
    { properties: { secret: { type: 'string', writeOnly: true } } },
    [[3, { secret: 'x' }]],
    [`warning response-write-only-property-sent ${where} $.secret: only in requests / in responses (3 of 3)`],
  ],
  [
    'a property too many, closed',
    { properties: { id: {} }, additionalProperties: false },
    [
      [3, { id: 1 }],
      [2, { id: 1, extra: 1 }],
    ],
    [`warning response-property-undocumented ${where} $.extra: no further properties / present (2 of 5)`],
  ],
  [
    'a property too many, open',
    { properties: { id: {} } },
    [[3, { id: 1, extra: 1 }]],
    [`info response-property-undocumented ${where} $.extra: not named / present (3 of 3)`],
  ],
  ['an object of which nothing is said', { type: 'object' }, [[3, { id: 1, extra: 1 }]], []],
  [
    'a map',
    { type: 'object', additionalProperties: { type: 'integer' } },
    [[3, { a: 1, b: 'x' }]],
    [`error response-property-type-changed ${where} $.b: integer / string (3 of 3)`],
  ],
  [
    'names by pattern',
    { properties: { id: {} }, patternProperties: { '^(a+)+$': {} }, additionalProperties: false },
    [[3, { id: 1, aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaab: 1 }]],
    [`info response-property-undocumented ${where} $.aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaab: not named / present (3 of 3)`],
  ],
  [
    'an enum',
    { properties: { state: { enum: ['open', 'closed'] } } },
    [
      [3, { state: 'open' }],
      [2, { state: 'lost' }],
    ],
    [`warning response-property-enum-value-added ${where} $.state: open, closed / lost (2 of 5)`],
  ],
  [
    'a constant',
    { properties: { kind: { const: 'thing' } } },
    [
      [3, { kind: 'thing' }],
      [2, { kind: 'other' }],
    ],
    [`warning response-property-enum-value-added ${where} $.kind: thing / other (2 of 5)`],
  ],
  [
    'an enum against very many values',
    { properties: { state: { enum: ['open', 'closed'] } } },
    Array.from({ length: 40 }, (_, at): [number, unknown] => [1, { state: `s${at}` }]),
    [`warning response-property-enum-value-added ${where} $.state: open, closed / 32 or more different values (30 of 40)`],
  ],
  ['an enum of any branch', { properties: { state: { anyOf: [{ enum: ['open'] }, { enum: ['lost'] }] } } }, [[2, { state: 'lost' }]], []],
  ['an enum whose values may not be shown', { properties: { state: { enum: ['1 a'] } } }, [[3, { state: '2 b' }]], []],
  [
    'a format',
    { properties: { at: { type: 'string', format: 'date-time' } } },
    [
      [30, { at: '2026-01-01T00:00:00Z' }],
      [2, { at: 'never' }],
    ],
    [],
  ],
  [
    'another format',
    { properties: { at: { type: 'string', format: 'date-time' } } },
    [[30, { at: 'never' }]],
    [`warning response-property-format-changed ${where} $.at: date-time / text of no known format (30 of 30)`],
  ],
  [
    'another format among few',
    { properties: { at: { type: 'string', format: 'date-time' } } },
    [[2, { at: 'never' }]],
    [`info response-property-format-changed ${where} $.at: date-time / text of no known format (2 of 2)`],
  ],
  ['a format that cannot be told', { properties: { at: { type: 'string', format: 'password' } } }, [[30, { at: 'never' }]], []],
  [
    '32 bits',
    { properties: { n: { type: 'integer', format: 'int32' } } },
    [
      [3, { n: 5 }],
      [3, { n: 3_000_000_000 }],
    ],
    [`error response-property-format-changed ${where} $.n: int32 / integers beyond 32 bits (1 of 6)`],
  ],
  [
    'allOf',
    {
      allOf: [
        { required: ['a'], properties: { a: { type: 'string' } } },
        { properties: { b: { type: 'integer' } }, additionalProperties: false },
      ],
    },
    [[20, { a: 'x', b: 'y' }]],
    [`error response-property-type-changed ${where} $.b: integer / string (20 of 20)`],
  ],
  [
    'oneOf, each in turn',
    { oneOf: [{ $ref: '#/components/schemas/Cat' }, { $ref: '#/components/schemas/Dog' }] },
    [
      [20, { name: 'a', meow: true }],
      [20, { name: 'a', bark: 1 }],
    ],
    [],
  ],
  [
    'oneOf, what all demand',
    { oneOf: [{ $ref: '#/components/schemas/Cat' }, { $ref: '#/components/schemas/Dog' }] },
    [
      [20, { meow: true }],
      [20, { name: 'a', bark: 1 }],
    ],
    [`error response-required-property-missing ${where} $.name: required / present in 20 of 40 (20 of 40)`],
  ],
  [
    'oneOf, what none allows',
    { oneOf: [{ $ref: '#/components/schemas/Cat' }, { $ref: '#/components/schemas/Dog' }] },
    [
      [20, { name: 'a', bark: true }],
      [5, { name: 'a', moo: true }],
    ],
    [
      `error response-matches-no-branch ${where} $: one of 2 forms / none of them (5 of 25)`,
      `error response-property-type-changed ${where} $.bark: integer / boolean (20 of 20)`,
      `warning response-property-undocumented ${where} $.moo: no further properties / present (5 of 25)`,
    ],
  ],
  [
    'oneOf, no branch matches what is there',
    { oneOf: [{ $ref: '#/components/schemas/Cat' }, { type: 'string' }, { required: ['a'] }], properties: { a: {}, c: {} } },
    [
      [3, { c: 1 }],
      [2, { a: 1 }],
    ],
    [`warning response-matches-no-branch ${where} $: one of 3 forms / none of them (3 of 5)`],
  ],
  ['anyOf, a branch that requires nothing takes the rest', { anyOf: [{ required: ['a'] }, { properties: { b: {} } }] }, [[9, { b: 1 }]], []],
  [
    'oneOf below, by array',
    { type: 'array', items: { oneOf: [{ required: ['a'] }, { required: ['b'] }] } },
    [[20, [{ a: 1 }, { b: 1 }, { c: 1 }]]],
    [`error response-matches-no-branch ${where} $[*]: one of 2 forms / none of them (20 of 60)`],
  ],
  [
    'recursion',
    { $ref: '#/components/schemas/Node' },
    [[3, { next: { next: { next: { value: 'x' } } } }]],
    [`error response-property-type-changed ${where} $.next.next.next.value: integer / string (3 of 3)`],
  ],
  ['a schema of its own making', { $ref: '#/components/schemas/Circle' }, [[3, { a: 1 }]], []],
  ['false and true', { properties: { a: true } }, [[3, { a: 1 }]], []],
  ['keywords of any kind', { type: 7, required: 'id', properties: [], enum: {}, allOf: [7], items: 7 }, [[3, { a: 1 }]], []],
  [
    'names of prototypes',
    { type: 'object', required: ['constructor', 'toString'], properties: { valueOf: { type: 'string' } } },
    [[3, { valueOf: 7 }]],
    [
      `error response-property-type-changed ${where} $.valueOf: string / integer (3 of 3)`,
      `warning response-required-property-missing ${where} $.constructor: required / present in 0 of 3 (3 of 3)`,
      `warning response-required-property-missing ${where} $.toString: required / present in 0 of 3 (3 of 3)`,
    ],
  ],
]

const components = {
  schemas: {
    Node: { type: 'object', properties: { next: { $ref: '#/components/schemas/Node' }, value: { type: 'integer' } } },
    Cat: { type: 'object', required: ['name', 'meow'], properties: { name: { type: 'string' }, meow: { type: 'boolean' } }, additionalProperties: false },
    Dog: { type: 'object', required: ['name', 'bark'], properties: { name: { type: 'string' }, bark: { type: 'integer' } }, additionalProperties: false },
    Circle: { allOf: [{ $ref: '#/components/schemas/Circle' }, { $ref: '#/components/schemas/Circle' }] },
  },
  securitySchemes: { key: { type: 'apiKey', in: 'header', name: 'X-Things-Key' }, token: { type: 'http', scheme: 'bearer' }, cert: { type: 'mutualTLS' } },
}

describe('a response body departs from its schema', () => {
  test.each(bodies)('%s', (_name, schema, seen, expected) => {
    const operation = { responses: { 200: { content: { 'application/json': { schema } } } } }
    expect(
      lines(
        driftFor(
          operation,
          seen.map(([count, responseBody]) => ({ count, responseBody })),
          { components },
        ),
      ),
    ).toEqual(expected)
  })

  test('bodies that were cut short excuse what they lack', () => {
    const operation = { responses: { 200: { content: { 'application/json': { schema: { required: ['id'] } } } } } }
    expect(
      lines(
        driftFor(operation, [
          { count: 30, responseBody: { id: 1 } },
          { count: 2, responseBody: {}, facts: { 'fact.incomplete_response': 2 } },
        ]),
      ),
    ).toEqual([])
  })

  test('a schema without end is cut short, and says so', () => {
    const levels = Object.fromEntries(
      Array.from({ length: 40 }, (_, index) => [
        `L${index}`,
        { allOf: [{ $ref: `#/components/schemas/L${index + 1}` }, { $ref: `#/components/schemas/L${index + 1}` }] },
      ]),
    )
    const operation = { responses: { 200: { content: { 'application/json': { schema: { $ref: '#/components/schemas/L0' } } } } } }
    expect(driftFor(operation, [{ responseBody: { a: 1 } }], { components: { schemas: levels } }).map(({ kind }) => kind)).toEqual(['comparison-cut-short'])
  })
})

/** The operation, rows, and what departs. */
const others: readonly (readonly [name: string, operation: unknown, rows: readonly Seen[], drift: readonly string[]])[] = [
  ['statuses that are documented', { responses: { 200: {}, '4XX': {}, 503: {} } }, [{}, { status: 404 }, { status: 422 }, { status: 503 }], []],
  ['statuses by default', { responses: { 200: {}, default: {} } }, [{}, { status: 404 }, { status: 201 }], []],
  [
    'statuses that are not',
    { responses: { 200: {} } },
    [{ count: 5 }, { status: 201 }, { status: 404 }, { status: 403 }, { status: 500 }, { status: 302 }, { status: 304 }, { status: 0 }],
    [
      'error response-status-undocumented response 201: 200 / 201 (1 of 11)',
      'warning response-status-undocumented response 302: 200 / 302 (1 of 11)',
      'warning response-status-undocumented response 404: 200 / 404 (1 of 11)',
      'info response-status-undocumented response 403: 200 / 403 (1 of 11)',
      'info response-status-undocumented response 500: 200 / 500 (1 of 11)',
    ],
  ],
  ['no responses at all', {}, [{ status: 201 }], []],
  [
    'another media type',
    { responses: { 200: { content: { 'application/json': {} } } } },
    [{ responseType: 'text/csv' }],
    ['warning response-media-type-undocumented response 200 text/csv: application/json / text/csv (1 of 1)'],
  ],
  ['a range of media types', { responses: { 200: { content: { 'image/*': {} } } } }, [{ responseType: 'image/png' }], []],
  [
    'a body where none is documented',
    { responses: { 200: {} } },
    [{ responseBody: { a: 1 } }],
    ['info response-body-undocumented response 200 application/json: no body / application/json (1 of 1)'],
  ],
  [
    'a request body',
    { requestBody: { content: { 'application/json': { schema: { required: ['a'], properties: { a: { type: 'string' }, b: { readOnly: true } } } } } } },
    [{ method: 'POST', count: 20, requestBody: { a: 7 } }],
    ['error request-property-type-changed request application/json $.a: string / integer (20 of 20)'],
  ],
  [
    'a form',
    { requestBody: { content: { 'application/x-www-form-urlencoded': { schema: { properties: { a: { type: 'string' }, n: { type: 'integer' } } } } } } },
    [{ method: 'POST', requestType: 'application/x-www-form-urlencoded', requestBody: { a: 7, n: 'x' } }],
    ['error request-property-type-changed request application/x-www-form-urlencoded $.n: integer / string (1 of 1)'],
  ],
  [
    'another media type of requests',
    { requestBody: { content: { 'application/json': {} } } },
    [{ method: 'POST', requestType: 'text/xml' }],
    ['warning request-media-type-undocumented request text/xml: application/json / text/xml (1 of 1)'],
  ],
  [
    'a required request body that is absent',
    { requestBody: { required: true, content: { 'application/json': {} } } },
    [
      { method: 'POST', count: 8, requestBytes: 0 },
      { method: 'POST', count: 2, requestBody: { a: 1 } },
      { method: 'POST', count: 5, requestBytes: 0, status: 400 },
      { method: 'POST', count: 3, requestBytes: 0, facts: { 'fact.incomplete_request': 3 } },
    ],
    ['warning request-body-missing request : required / absent from accepted requests (8 of 13)'],
  ],
  ['an optional request body that is absent', { requestBody: { content: { 'application/json': {} } } }, [{ method: 'POST', count: 8, requestBytes: 0 }], []],
  [
    'a request body where none is documented',
    {},
    [{ method: 'POST', requestBody: { a: 1 } }],
    ['warning request-body-undocumented request application/json: no body / application/json (1 of 1)'],
  ],
  ['a media type without a body', {}, [{ requestType: 'application/json' }], []],
  [
    'an undocumented query parameter',
    { parameters: [] },
    [{ query: { page: 1 } }, {}],
    ['warning request-parameter-undocumented query page: not named / present (1 of 2)'],
  ],
  [
    'a rare one',
    { parameters: [] },
    [{ query: { page: 1 } }, { count: 200 }],
    ['info request-parameter-undocumented query page: not named / present (1 of 201)'],
  ],
  ['a hidden one', { parameters: [] }, [{ query: { '{hex}': 1 } }], []],
  [
    'an undocumented header field',
    { parameters: [] },
    [{ headers: { 'x-shop': 'a', 'x-request-id': 'b', 'traceparent': 'c' } }],
    ['info request-parameter-undocumented header x-shop: not named / present (1 of 1)'],
  ],
  [
    'a header field in other case',
    { parameters: [{ in: 'header', name: 'X-Shop', schema: { type: 'integer' } }] },
    [{ headers: { 'x-shop': 'a' } }],
    ['error request-parameter-type-changed header x-shop: integer / string (1 of 1)'],
  ],
  [
    'a query parameter of another type',
    {
      parameters: [
        { in: 'query', name: 'page', schema: { type: 'integer' } },
        { in: 'query', name: 'q', schema: { type: 'string' } },
      ],
    },
    [{ query: { page: 'first', q: 7 } }, { query: { page: 2 } }],
    ['error request-parameter-type-changed query page: integer / string (1 of 2)'],
  ],
  [
    'a query parameter beyond its enum',
    { parameters: [{ in: 'query', name: 'sort', schema: { enum: ['up', 'down'] } }] },
    [{ query: { sort: 'sideways' } }],
    ['warning request-parameter-enum-value-added query sort: up, down / sideways (1 of 1)'],
  ],
  [
    'arrays and objects in a query',
    {
      parameters: [
        { in: 'query', name: 'ids', schema: { type: 'array', items: { type: 'integer' } } },
        { in: 'query', name: 'filter', style: 'deepObject', schema: { type: 'object' } },
        { in: 'query', name: 'page', schema: { type: 'object', properties: { size: { type: 'integer' } } } },
      ],
    },
    [{ query: { 'ids': 'x', 'ids[]': 1, 'filter[a]': 'b', 'size': 'big', 'other': 1 } }],
    [
      'error request-parameter-type-changed query ids: integer / string (1 of 1)',
      'error request-parameter-type-changed query size: integer / string (1 of 1)',
      'warning request-parameter-undocumented query other: not named / present (1 of 1)',
    ],
  ],
  [
    'a required query parameter that is absent',
    { parameters: [{ in: 'query', name: 'tenant', required: true, schema: {} }] },
    [{ count: 25 }, { count: 5, query: { tenant: 'a' } }, { count: 9, status: 400 }],
    ['warning request-required-parameter-missing query tenant: required / absent from accepted requests (25 of 30)'],
  ],
  [
    'a required query parameter whose absence is refused',
    { parameters: [{ in: 'query', name: 'tenant', required: true, schema: {} }] },
    [
      { count: 30, query: { tenant: 'a' } },
      { count: 9, status: 400 },
    ],
    [],
  ],
  ['a required header field that is never recorded', { parameters: [{ in: 'header', name: 'If-Match', required: true, schema: {} }] }, [{ count: 30 }], []],
  ['a required header field in logs', { parameters: [{ in: 'header', name: 'X-Shop', required: true, schema: {} }] }, [{ count: 30, source: 'logs' }], []],
  [
    'a required header field that is absent',
    { parameters: [{ in: 'header', name: 'X-Shop', required: true, schema: {} }] },
    [{ count: 30 }],
    ['warning request-required-parameter-missing header X-Shop: required / absent from accepted requests (30 of 30)'],
  ],
  ['credentials that are demanded', { security: [{ token: [] }] }, [{ auth: ['bearer-jwt'] }, { status: 401 }], []],
  [
    'credentials that are demanded and not needed',
    { security: [{ token: [] }] },
    [{ count: 5, auth: ['bearer-jwt'] }, { count: 3 }],
    ['error security-not-enforced security security: token / accepted without credentials (3 of 8)'],
  ],
  ['credentials that are optional', { security: [{ token: [] }, {}] }, [{ count: 3 }], []],
  [
    'credentials of another kind',
    { security: [{ token: [] }] },
    [
      { count: 5, auth: ['basic'] },
      { count: 3, auth: ['bearer-jwt'] },
      { status: 401, auth: ['basic'] },
      { count: 9, auth: ['other'] },
    ],
    ['warning security-scheme-undocumented security security: token / basic (5 of 18)'],
  ],
  ['two kinds of credentials, one of them documented', { security: [{ token: [] }] }, [{ count: 5, auth: ['bearer', 'cookie'] }], []],
  ['credentials of another kind where a key will do', { security: [{ token: [] }, { key: [] }] }, [{ count: 5, auth: ['basic'] }], []],
  ['a redirect to the log-in', { security: [{ token: [] }] }, [{ count: 3, status: 302 }], []],
  ['a key of a name that only the spec knows', { security: [{ key: [] }] }, [{ count: 3, headers: { 'x-things-key': 'a' } }], []],
  ['a client certificate', { security: [{ cert: [] }] }, [{ count: 3 }], []],
  ['credentials in logs', { security: [{ token: [] }] }, [{ count: 3, source: 'logs' }], []],
]

describe('an endpoint departs from its operation', () => {
  test.each(others)('%s', (_name, operation, rows, expected) => {
    expect(lines(driftFor(operation, rows, { components }))).toEqual(expected)
  })

  test('what is only worth knowing is no drift', () => {
    expect(isDrifting(driftFor({ responses: { 200: {} } }, [{ status: 500 }]))).toBe(false)
    expect(isDrifting(driftFor({ responses: { 200: {} } }, [{ status: 404 }]))).toBe(true)
  })

  test('HEAD and preflights say nothing', () => {
    const spec = specOf(JSON.stringify({ openapi: '3.1.0', info: { title: 't', version: '1' }, paths: { '/a': { get: { responses: { 200: {} } } } } }))
    const operation = spec.operations[0]
    if (operation === undefined) throw new Error('no operation')
    const head = endpointOf('s', 'HEAD', { text: '/a', decisions: [], settled: [], aliases: [] }, [observation({ method: 'HEAD', path: '/a', status: 404 })], {
      spec,
      operation,
      template: '/a',
      via: 'head',
      removedInNewerSpec: false,
    })
    expect(driftOf(head)).toEqual([])
    expect(driftOf({ ...head, documented: null })).toEqual([])
  })

  test('the order in which a schema is written changes nothing', () => {
    const row: Seen = { count: 30, responseBody: { a: 'x', b: 1, c: null } }
    const parts = [{ properties: { a: { type: 'integer' } } }, { properties: { b: { type: 'string' }, c: { type: 'string' } } }]
    const drift = (allOf: unknown[]): string[] => lines(driftFor({ responses: { 200: { content: { 'application/json': { schema: { allOf } } } } } }, [row]))
    expect(drift(parts)).toEqual(drift(parts.toReversed()))
    expect(drift(parts)).toHaveLength(3)
  })
})
