import { describe, expect, test } from 'vitest'
import { compileRegistry } from '../../src/registry/compile_registry.ts'
import { operationsText, specOf } from './document_text.ts'

type Case = readonly [name: string, operations: readonly string[], request: string, expected: string | null, suspicions: string]

/** Operations of the spec (base path `/v1`), the request, the operation that is meant (or null), and what is odd about it. */
const cases: readonly Case[] = [
  ['a literal path', ['GET /users'], 'GET /v1/users', 'GET /v1/users', ''],
  ['another method', ['GET /users'], 'POST /v1/users', null, ''],
  ['a trailing slash', ['GET /users'], 'GET /v1/users/', 'GET /v1/users', ''],
  ['a doubled slash', ['GET /users'], 'GET /v1//users', 'GET /v1/users', ''],
  ['the root', ['GET /'], 'GET /v1', 'GET /v1', ''],
  ['no base path', ['GET /users'], 'GET /users', null, ''],
  ['a base path is removed by segments', ['GET /users'], 'GET /v1x/users', null, ''],
  ['concrete before templated', ['GET /users/{id}', 'GET /users/me'], 'GET /v1/users/me', 'GET /v1/users/me', ''],
  ['leftmost concrete first', ['GET /{a}/b/c', 'GET /x/{b}/c'], 'GET /v1/x/b/c', 'GET /v1/x/{b}/c', ''],
  ['back from a dead end', ['GET /x/{b}/d', 'GET /{a}/b/c'], 'GET /v1/x/b/c', 'GET /v1/{a}/b/c', ''],
  ['a word for a free parameter', ['GET /users/{id}'], 'GET /v1/users/search', 'GET /v1/users/{id}', ''],
  ['an integer class for an integer', ['GET /users/{id:integer}'], 'GET /v1/users/{int}', 'GET /v1/users/{id}', ''],
  ['digits for an integer', ['GET /users/{id:integer}'], 'GET /v1/users/-42', 'GET /v1/users/{id}', ''],
  ['a word for an integer', ['GET /users/{id:integer}'], 'GET /v1/users/search', null, ''],
  ['a UUID for an integer', ['GET /users/{id:integer}'], 'GET /v1/users/{uuid}', null, ''],
  ['a data class for an integer', ['GET /users/{id:integer}'], 'GET /v1/users/{phone}', 'GET /v1/users/{id}', ''],
  ['the narrower of two parameters', ['GET /users/{name:string}', 'GET /users/{id:integer}'], 'GET /v1/users/{int}', 'GET /v1/users/{id}', ''],
  ['the wider of two parameters', ['GET /users/{name:string}', 'GET /users/{id:integer}'], 'GET /v1/users/{word}', 'GET /v1/users/{name}', ''],
  ['a UUID for a UUID', ['GET /users/{id:uuid}'], 'GET /v1/users/{uuid}', 'GET /v1/users/{id}', ''],
  ['a UUID as text', ['GET /users/{id:uuid}'], 'GET /v1/users/00000000-0000-4000-8000-000000000001', 'GET /v1/users/{id}', ''],
  ['a word for a UUID is suspect', ['GET /users/{id:uuid}'], 'GET /v1/users/search', 'GET /v1/users/{id}', 'id format'],
  ['an integer for a UUID is suspect', ['GET /users/{id:uuid}'], 'GET /v1/users/{int}', 'GET /v1/users/{id}', 'id format'],
  ['a date for a date', ['GET /days/{day:date}'], 'GET /v1/days/{date}', 'GET /v1/days/{day}', ''],
  ['a value of an enum', ['GET /zones/{zone:eu|us}'], 'GET /v1/zones/eu', 'GET /v1/zones/{zone}', ''],
  ['no value of an enum', ['GET /zones/{zone:eu|us}'], 'GET /v1/zones/asia', 'GET /v1/zones/{zone}', 'zone enum'],
  ['a class that no value of an enum has', ['GET /zones/{zone:eu|us}'], 'GET /v1/zones/{int}', 'GET /v1/zones/{zone}', 'zone enum'],
  ['a literal never takes a class', ['GET /users/search'], 'GET /v1/users/{word}', null, ''],
  ['a suffix', ['GET /reports/{id}.json'], 'GET /v1/reports/{int}.json', 'GET /v1/reports/{id}.json', ''],
  ['another suffix', ['GET /reports/{id}.json'], 'GET /v1/reports/{int}.xml', null, ''],
  ['a suffix below a class', ['GET /reports/{id}.json', 'GET /reports/{id}'], 'GET /v1/reports/{file}', 'GET /v1/reports/{id}.json', ''],
  ['no suffix in an integer', ['GET /reports/{id}.json', 'GET /reports/{id}'], 'GET /v1/reports/{int}', 'GET /v1/reports/{id}', ''],
  ['a verb', ['POST /jobs/{name}:cancel', 'POST /jobs/{name}'], 'POST /v1/jobs/nightly:cancel', 'POST /v1/jobs/{name}:cancel', ''],
  ['two parameters in a segment', ['GET /compare/{base}...{head}'], 'GET /v1/compare/main...topic', 'GET /v1/compare/{base}...{head}', ''],
  ['two parameters, none empty', ['GET /x/{a}.{b}'], 'GET /v1/x/.b', null, ''],
  ['parentheses', ['GET /Items({id:integer})'], 'GET /v1/Items({int})', 'GET /v1/Items({id})', ''],
  ['a tail', ['GET /files/{path+}'], 'GET /v1/files/a/b/{word}', 'GET /v1/files/{path+}', ''],
  ['a tail is never empty', ['GET /files/{path+}'], 'GET /v1/files', null, ''],
  ['a parameter before a tail', ['GET /files/{path+}', 'GET /files/{id}'], 'GET /v1/files/a', 'GET /v1/files/{id}', ''],
  ['a tail with a verb', ['POST /{name=projects/*}:run'], 'POST /v1/projects/x:run', 'POST /v1/{name=projects/*}:run', ''],
  ['HEAD of a GET', ['GET /users'], 'HEAD /v1/users', 'GET /v1/users', ''],
  ['a preflight', ['PUT /users/{id}'], 'OPTIONS /v1/users/{int}', 'PUT /v1/users/{id}', ''],
  ['percent-encoded unreserved characters', ['GET /a%2Db'], 'GET /v1/a-b', 'GET /v1/a%2Db', ''],
  ['case counts', ['GET /Users'], 'GET /v1/users', null, ''],
  ['a clean match before a suspect one', ['GET /x/{id:uuid}/y', 'GET /{any}/{id}/y'], 'GET /v1/x/{int}/y', 'GET /v1/{any}/{id}/y', ''],
]

describe('an exchange finds its operation', () => {
  test.each(cases)('%s', (_name, operations, request, expected, suspicions) => {
    const registry = compileRegistry([specOf(operationsText(operations))])
    const [method = '', path = ''] = request.split(' ')
    const match = registry.match('api.example.com', method, path)
    expect(match === null ? null : `${match.operation.method} ${match.template}`).toBe(expected)
    expect(match?.suspicions.map(({ name, reason }) => `${name} ${reason}`).join(', ') ?? '').toBe(suspicions)
  })

  test('bindings name the parameters', () => {
    const registry = compileRegistry([specOf(operationsText(['GET /users/{userId:integer}/compare/{base}...{head}']))])
    expect(registry.match('api.example.com', 'GET', '/v1/users/{int}/compare/main...{hex}')?.bindings).toEqual([
      { name: 'userId', segment: 2, text: '{int}' },
      { name: 'base', segment: 4, text: 'main' },
      { name: 'head', segment: 4, text: '{hex}' },
    ])
  })

  test('HEAD and OPTIONS say so', () => {
    const registry = compileRegistry([specOf(operationsText(['GET /users', 'OPTIONS /own']))])
    expect(registry.match('api.example.com', 'HEAD', '/v1/users')?.via).toBe('head')
    expect(registry.match('api.example.com', 'OPTIONS', '/v1/users')?.via).toBe('preflight')
    expect(registry.match('api.example.com', 'OPTIONS', '/v1/own')?.via).toBe('operation')
  })

  test('a gateway prefix is taken off only when allowed', () => {
    const spec = specOf(operationsText(['GET /users/{id}']))
    expect(compileRegistry([spec]).match('api.example.com', 'GET', '/gw/eu/v1/users/{int}')).toBeNull()
    const match = compileRegistry([spec], { gatewayPrefixSegmentsMax: 2 }).match('api.example.com', 'GET', '/gw/eu/v1/users/{int}')
    expect(match?.template).toBe('/gw/eu/v1/users/{id}')
    expect(match?.bindings[0]?.segment).toBe(4)
    expect(compileRegistry([spec], { gatewayPrefixSegmentsMax: 1 }).match('api.example.com', 'GET', '/gw/eu/v1/users/{int}')).toBeNull()
  })

  test('a path is known whatever the method', () => {
    const registry = compileRegistry([specOf(operationsText(['GET /users/{id}', 'PUT /users/{id}']))])
    expect(registry.matchPath('api.example.com', '/v1/users/{int}')?.methods).toEqual(['GET', 'PUT'])
    expect(registry.matchPath('api.example.com', '/v1/orders/{int}')).toBeNull()
  })

  test('templates and literals carry the base path', () => {
    const registry = compileRegistry([specOf(operationsText(['GET /users/{id}', 'PUT /users/{id}', 'GET /a%2Db']))])
    expect(registry.templates('api.example.com').map(({ method, template }) => `${method} ${template}`)).toEqual([
      'GET /v1/a%2Db',
      'GET /v1/users/{id}',
      'PUT /v1/users/{id}',
    ])
    expect(registry.templates('other.example.com')).toEqual([])
    expect(registry.literals()).toEqual(['a-b', 'users', 'v1'])
  })

  test('a wide tree is walked in bounded time', () => {
    const lines = Array.from(
      { length: 300 },
      (_, index) => `GET /${Array.from({ length: 8 }, (_unused, bit) => ((index >> bit) & 1 ? '{p}' : 'a')).join('/')}/z${index}`,
    )
    const registry = compileRegistry([specOf(operationsText(lines))])
    expect(registry.match('api.example.com', 'GET', `/v1${'/a'.repeat(8)}/none`)).toBeNull()
    expect(registry.match('api.example.com', 'GET', `/v1${'/a'.repeat(8)}/z255`)?.template).toContain('/z255')
  })
})
