import { describe, expect, test } from 'vitest'
import { parseSpec } from '../../src/registry/parse_spec.ts'
import type { Spec } from '../../src/registry/spec.ts'
import { documentText, operationsText, parse, specOf } from './document_text.ts'

const yaml = `openapi: 3.0
info: { title: Orders, version: 1.10 }
servers:
  - url: https://api.example.com/v1
paths:
  /orders:
    parameters:
      - { name: tenant, in: header, required: true, schema: { type: string } }
    get:
      operationId: listOrders
      deprecated: true
      x-sunset: 2026-03-01
      tags: [orders]
      parameters:
        - $ref: '#/components/parameters/Limit'
        - { name: TENANT, in: header, schema: { type: integer } }
      responses:
        200:
          description: ok
          headers: { X-Total: { schema: { type: integer } } }
          content: { 'Application/JSON; charset=utf-8': { schema: { $ref: '#/components/schemas/Orders' } } }
        4xx: { $ref: '#/components/responses/Problem' }
        default: { description: other }
    post:
      security: []
      requestBody: { required: true, content: { application/json: { schema: { $ref: '#/components/schemas/Order' } } } }
      responses: { '201': { description: made } }
security:
  - key: []
  - {}
components:
  securitySchemes: { key: { type: apiKey, in: header, name: X-Key } }
  parameters: { Limit: { name: limit, in: query, schema: { type: integer } } }
  responses: { Problem: { description: bad, content: { application/problem+json: {} } } }
  schemas:
    Order: { type: object, properties: { parent: { $ref: '#/components/schemas/Order' } } }
    Orders: { type: array, items: { $ref: '#/components/schemas/Order' } }
`

describe('a document is read', () => {
  const spec = specOf(yaml)
  const [get, post] = spec.operations

  test('without problems', () => expect(parse(yaml).problems).toEqual([]))

  test('its identity', () => {
    expect([spec.title, spec.version, spec.openapi, spec.origin]).toEqual(['Orders', '1.10', '3.0', 'api.yaml'])
    expect(spec.id).toMatch(/^spec_[0-9a-f]{16}$/)
    expect(specOf(`# a comment\n${yaml}`).id).toBe(spec.id)
    expect(specOf(yaml.replace('1.10', '1.11')).id).not.toBe(spec.id)
  })

  test('its operations', () => {
    expect([get?.method, get?.template, get?.operationId, get?.deprecated, get?.tags, get?.pointer, get?.line]).toEqual([
      'GET',
      '/orders',
      'listOrders',
      true,
      ['orders'],
      '/paths/~1orders/get',
      10,
    ])
    expect(get?.sunsetMs).toBe(Date.UTC(2026, 2, 1))
    expect(
      get?.parameters.map((parameter) => [parameter.in, parameter.name, parameter.required, parameter.schema, parameter.style, parameter.explode]),
    ).toEqual([
      ['query', 'limit', false, { type: 'integer' }, 'form', true],
      ['header', 'TENANT', false, { type: 'integer' }, 'simple', false],
    ])
    expect([...(get?.responses.keys() ?? [])].toSorted()).toEqual(['200', '4XX', 'default'])
    expect([...(get?.responses.get('200')?.content.keys() ?? [])]).toEqual(['application/json'])
    expect(get?.responses.get('200')?.headers[0]?.name).toBe('X-Total')
    expect([...(get?.responses.get('4XX')?.content.entries() ?? [])]).toEqual([['application/problem+json', true]])
    expect(get?.security).toEqual([[{ name: 'key', type: 'apiKey', detail: 'header', parameter: 'X-Key' }], []])
    expect(post?.security).toEqual([])
    expect(post?.requestBody?.required).toBe(true)
  })

  test('references resolve, circles too', () => {
    const orders = spec.resolve(get?.responses.get('200')?.content.get('application/json') ?? true)
    expect(orders).toMatchObject({ type: 'array' })
    let at = spec.resolve({ $ref: '#/components/schemas/Order' })
    for (let round = 0; round < 50; round += 1) {
      const properties = typeof at === 'boolean' ? undefined : at['properties']
      at = spec.resolve((properties as { parent: { $ref: string } }).parent)
    }
    expect(at).toMatchObject({ type: 'object' })
    expect(spec.resolve({ $ref: '#/nowhere' })).toBe(true)
    expect(spec.resolve({ $ref: '#/components/schemas/Order', required: ['parent'] })).toMatchObject({ allOf: [{ required: ['parent'] }, { type: 'object' }] })
  })

  test('JSON and YAML of the same document are the same', () => {
    const text = operationsText(['GET /a/{id:integer}'])
    const other = specOf(`# YAML\n${text}`)
    expect(other.id).toBe(specOf(text).id)
    expect(other.operations.map((operation) => operation.line)).toEqual([2])
  })

  test('OpenAPI 2.0', () => {
    const swagger = specOf(
      JSON.stringify({
        swagger: '2.0',
        info: { title: 'Old', version: '1' },
        host: 'old.example.com',
        basePath: '/v0',
        schemes: ['https', 'http'],
        consumes: ['application/json'],
        produces: ['application/json', 'application/xml'],
        securityDefinitions: { plain: { type: 'basic' } },
        security: [{ plain: [] }],
        definitions: { Pet: { type: 'object' } },
        paths: {
          '/pets': {
            post: {
              parameters: [{ in: 'body', name: 'pet', required: true, schema: { $ref: '#/definitions/Pet' } }],
              responses: { 200: { description: '', schema: { $ref: '#/definitions/Pet' } } },
            },
          },
          '/forms': {
            post: {
              consumes: ['multipart/form-data'],
              parameters: [
                { in: 'formData', name: 'photo', type: 'file', required: true },
                { in: 'formData', name: 'note', type: 'string' },
                { in: 'query', name: 'page', type: 'integer' },
              ],
              responses: { 204: { description: '' } },
            },
          },
        },
      }),
    )
    expect(swagger.servers.map(({ scheme, host, basePath }) => `${scheme} ${host} ${basePath}`)).toEqual([
      'https old.example.com /v0',
      'http old.example.com /v0',
    ])
    const [pets, forms] = swagger.operations
    expect([...(pets?.requestBody?.content ?? [])]).toEqual([['application/json', { $ref: '#/definitions/Pet' }]])
    expect([...(pets?.responses.get('200')?.content.keys() ?? [])]).toEqual(['application/json', 'application/xml'])
    expect(pets?.security).toEqual([[{ name: 'plain', type: 'http', detail: 'basic', parameter: '' }]])
    expect([...(forms?.requestBody?.content ?? [])]).toEqual([
      ['multipart/form-data', { type: 'object', properties: { photo: true, note: { type: 'string' } }, required: ['photo'] }],
    ])
    expect(forms?.parameters).toMatchObject([{ in: 'query', name: 'page', schema: { type: 'integer' } }])
  })

  test('methods of OpenAPI 3.2', () => {
    const spec32 = specOf(documentText({ '/a': { query: { responses: {} }, additionalOperations: { PURGE: { responses: {} } } } }, { openapi: '3.2.0' }))
    expect(spec32.operations.map(({ method, pointer }) => `${method} ${pointer}`)).toEqual([
      'QUERY /paths/~1a/query',
      'PURGE /paths/~1a/additionalOperations/PURGE',
    ])
  })
})

describe('a document in several files', () => {
  const root = documentText({
    '/users': { $ref: 'paths/users.yaml' },
    '/error': { get: { responses: { 200: { description: '', content: { 'application/json': { schema: { $ref: './schemas.json#/Problem' } } } } } } },
  })
  const files = {
    'paths/users.yaml':
      "get:\n  parameters:\n    - $ref: '../parameters.yaml#/page'\n  responses:\n    '200':\n      content:\n        application/json:\n          schema: { $ref: '../schemas.json#/User' }\n",
    'parameters.yaml': 'page: { in: query, name: page, schema: { type: integer } }\n',
    'schemas.json':
      '{"User": {"type": "object", "properties": {"error": {"$ref": "#/Problem"}, "friend": {"$ref": "schemas.json#/User"}}}, "Problem": {"type": "string"}}',
  }

  test('is one spec', () => {
    const { spec, problems } = parse(root, files)
    expect(problems).toEqual([])
    const users = spec?.operations[0]
    expect([users?.file, users?.line, users?.parameters[0]?.name]).toEqual(['paths/users.yaml', 2, 'page'])
    const user = spec?.resolve(users?.responses.get('200')?.content.get('application/json') ?? true)
    expect(user).toMatchObject({ type: 'object' })
    const properties = (user as { properties: Record<string, { $ref: string }> }).properties
    expect(spec?.resolve(properties['error'] ?? true)).toEqual({ type: 'string' })
    expect(spec?.resolve(properties['friend'] ?? true)).toBe(user)
  })

  test('names the file that is missing and uses the rest', () => {
    const { spec, problems } = parse(root, { 'schemas.json': files['schemas.json'] })
    expect(spec?.operations.map(({ template }) => template)).toEqual(['/error'])
    expect(problems.map(({ message }) => message)).toEqual(['the file `paths/users.yaml` cannot be read'])
  })

  test('reads nothing but through the reader', () => {
    const asked: string[] = []
    const text = documentText({ '/a': { $ref: '../../etc/passwd' }, '/b': { $ref: 'https://example.com/b.yaml' }, '/c': { $ref: 'file:///etc/passwd' } })
    const { problems } = parseSpec({ text, origin: 'specs/api.yaml' }, (path) => {
      asked.push(path)
      return null
    })
    expect(problems.filter(({ message }) => message.includes('remote reference')).length).toBe(2)
    expect(asked).toEqual(['../etc/passwd'])
  })

  test('an example that looks like a reference is none', () => {
    const schema = { type: 'object', example: { $ref: 'nowhere.yaml' }, properties: { example: { $ref: '#/components/schemas/A' }, $ref: { type: 'string' } } }
    const text = documentText(
      { '/a': { get: { responses: { 200: { content: { 'application/json': { schema } } } } } } },
      { components: { schemas: { A: {} } } },
    )
    expect(parse(text).problems).toEqual([])
  })
})

/** Text, and problems as `line:column message`, `!` in front of fatal ones; the number of operations that are used all the same (-1 for no spec). */
const broken: readonly (readonly [name: string, text: string, problems: readonly string[], operations: number])[] = [
  ['nothing', '', ['!1:1 no OpenAPI document: neither a JSON object nor a YAML map'], -1],
  ['a list', '[]', ['!1:1 no OpenAPI document: neither a JSON object nor a YAML map'], -1],
  ['another document', 'a: b', ['!1:1 no OpenAPI document: neither `openapi` nor `swagger` says its version'], -1],
  ['an unknown version', 'swagger: "1.2"', ['!1:1 OpenAPI `1.2` is not known: 2.0, 3.0, 3.1 and 3.2 are'], -1],
  ['no paths', 'openapi: 3.1.0\ninfo: {title: a, version: b}', ['1:1 no `paths`: nothing will be documented by this spec'], 0],
  ['paths that are none', 'openapi: 3.1.0\ninfo: {title: a, version: b}\npaths: 7', ['3:1 `paths` is not an object: it is ignored'], 0],
  ['no title', 'openapi: 3.1.0\ninfo: {title: 7, version: "1"}\npaths: {}', ['2:8 `info.title` is not a text'], 0],
  [
    'operations of any kind',
    'openapi: 3.1.0\ninfo: {title: a, version: b}\npaths:\n  a:\n    get: 7\n    GET: {}\n    fetch: {}\n  /b: []\n  /c: {get: {responses: {ok: {}, 200: 7}}}\n',
    [
      '4:3 the path `a` does not begin with `/`: it is read as if it did',
      '5:5 an operation is not an object: it is ignored',
      '6:5 the method `GET` must be in lower case: it is read as if it were',
      '7:5 `fetch` is no method: it is ignored',
      '8:3 a path item is not an object: it is ignored',
      '9:26 `ok` is no status: it is ignored',
      '9:34 a response is not an object: it is ignored',
    ],
    2,
  ],
  [
    'a sunset on a day that the month has not',
    'openapi: 3.1.0\ninfo: {title: a, version: b}\npaths:\n  /a:\n    get: {x-sunset: 2026-02-31, responses: {default: {description: x}}}\n',
    ['5:11 `x-sunset` is neither a date nor a date with time and zone: it is ignored'],
    1,
  ],
  [
    'parameters of any kind',
    'openapi: 3.1.0\ninfo: {title: a, version: b}\npaths:\n  /{a}/{b:\n    get:\n      parameters:\n        - 7\n        - {in: query}\n        - {in: body, name: x}\n        - {in: path, name: z, schema: 7}\n        - {in: query, name: q}\n',
    [
      '4:3 the path `/{a}/{b` has a brace without its partner: it is taken as text',
      '6:7 the path parameter `a` is not declared: anything is accepted',
      '6:7 the path parameter `z` does not stand in the path: it is ignored',
      '7:11 a parameter is not an object: it is ignored',
      '8:11 a parameter without `name` is ignored',
      '9:12 the parameter `x` is in `body`, which is no place for one: it is ignored',
      '10:31 a schema is neither an object nor a boolean: anything is accepted',
      '11:11 a parameter without `schema`: anything is accepted',
    ],
    1,
  ],
  [
    'a key given twice',
    'openapi: 3.1.0\ninfo: {title: a, version: b}\npaths:\n  /a: {}\n  /a: {get: {}}\n',
    ['5:3 this key was given before: the last one counts'],
    1,
  ],
  [
    'names that differ alone',
    'openapi: 3.1.0\ninfo: {title: a, version: b}\npaths:\n  /{a}: {get: {parameters: [{in: path, name: a, schema: {}}]}}\n  /{b}: {get: {parameters: [{in: path, name: b, schema: {}}]}}\n',
    ['5:10 the path is the same as `/{a}` but for names: both are kept'],
    2,
  ],
  [
    'schemas of any kind',
    'openapi: 3.1.0\ninfo: {title: a, version: b}\npaths:\n  /a: {get: {responses: {200: {content: {a/b: {schema: {type: text, required: true, allOf: [], items: 7}}}}}}}\n',
    [
      '4:57 `"text"` is no type: any is accepted',
      '4:69 `required` of a schema is a list of names: it is ignored',
      '4:85 `allOf` is not a list of schemas: what is none is ignored',
      '4:96 `items` is not a schema: it is ignored',
    ],
    1,
  ],
  [
    'references that lead nowhere',
    'openapi: 3.1.0\ninfo: {title: a, version: b}\npaths:\n  /a: {$ref: "#/x"}\n  /b: {$ref: "#/paths/~1b"}\n',
    ['4:8 `#/x` leads nowhere: anything is accepted in its place', '5:8 `#/paths/~1b` leads back to itself: anything is accepted in its place'],
    0,
  ],
  [
    'JSON that is cut off',
    '{"openapi": "3.1.0", "info": {"title": "a", "version": "b"},\n"paths": {"/a": {"get": {}},\n"/b": {"get": {"resp',
    ['3:16 a text without its closing quote: what follows is not read'],
    2,
  ],
  [
    'JSON with a comma too many',
    '{"openapi": "3.1.0", "info": {"title": "a", "version": "b",},\n"paths": {"/a": {"get": {}}}}',
    ['1:59 a comma before `}` is ignored'],
    1,
  ],
  [
    'JSON with a comma too few',
    '{"openapi": "3.1.0", "info": {"title": "a", "version": "b"},\n"paths": {"/a": {"get": {}} "/b": {}}}',
    ['2:29 `,` or `}` is due here: what follows is not read'],
    1,
  ],
  [
    'YAML that is cut off',
    'openapi: 3.1.0\ninfo: {title: a, version: b}\npaths:\n  /a: {get: {}}\n  /b: {get: {\n',
    ['6:1 Flow map in block collection must be sufficiently indented and end with a }'],
    2,
  ],
  [
    'YAML with a tab',
    'openapi: 3.1.0\ninfo: {title: a, version: b}\npaths:\n\t/a: {get: {}}\n',
    ['3:1 `paths` is not an object: it is ignored', '4:1 Tabs are not allowed as indentation'],
    0,
  ],
]

describe('what is wrong is named with its place, and the rest is used', () => {
  test.each(broken)('%s', (_name, text, expected, operations) => {
    const { spec, problems } = parse(text)
    expect(problems.map(({ line, column, message, fatal }) => `${fatal ? '!' : ''}${line}:${column} ${message}`)).toEqual(expected)
    expect(spec?.operations.length ?? -1).toBe(operations)
  })

  test('a byte order mark is no problem', () => {
    expect(parse(`\uFEFF${operationsText(['GET /a'])}`).problems).toEqual([])
  })

  test('merge keys', () => {
    const spec: Spec = specOf(
      'openapi: 3.1.0\ninfo: {title: a, version: b}\nx-shared: &shared {get: {operationId: one}, put: {}}\npaths:\n  /a: {<<: *shared, get: {operationId: two}}\n',
    )
    expect(spec.operations.map(({ method, operationId }) => `${method} ${operationId}`)).toEqual(['GET two', 'PUT null'])
  })
})
