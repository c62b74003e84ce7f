import { describe, expect, test } from 'vitest'
import { runThrough } from '../../src/base/run_through.ts'
import { bindingByOverlap } from '../../src/registry/bind_by_overlap.ts'
import { compileRegistry } from '../../src/registry/compile_registry.ts'
import { expandServer } from '../../src/registry/servers.ts'
import { compareVersions } from '../../src/registry/versions.ts'
import { operationsText, specOf } from './document_text.ts'

const bindByOverlap = (...given: Parameters<typeof bindingByOverlap>): ReadonlyMap<string, readonly string[]> => runThrough(bindingByOverlap(...given))

/** URL of a server, its variables, and the scheme, host pattern and base path that come of it. */
const urls: readonly (readonly [url: string, variables: Record<string, { enum?: string[]; default?: string }>, expected: readonly string[]])[] = [
  ['https://api.example.com/v1/', {}, ['https api.example.com /v1']],
  ['HTTPS://API.Example.com:443', {}, ['https api.example.com ']],
  ['http://api.example.com:80//a//b', {}, ['http api.example.com /a/b']],
  ['https://api.example.com:80', {}, ['https api.example.com:80 ']],
  ['//api.example.com/x?y#z', {}, [' api.example.com /x']],
  ['https://user:secret@api.example.com', {}, ['https api.example.com ']],
  ['/', {}, [' null ']],
  ['', {}, [' null ']],
  ['v2', {}, [' null /v2']],
  ['./v2', {}, [' null /v2']],
  [
    'https://{region}.example.com/{stage}',
    { region: { enum: ['eu', 'us'] }, stage: { default: 'prod' } },
    ['https us.example.com /prod', 'https eu.example.com /prod', 'https eu.example.com /{stage}', 'https us.example.com /{stage}'],
  ],
  ['https://{tenant}.example.com', { tenant: { default: 'demo' } }, ['https *.example.com ']],
  ['https://{tenant}.example.com', {}, ['https *.example.com ']],
  ['{scheme}://api.example.com:{port}/', { scheme: { enum: ['https'] }, port: {} }, ['https api.example.com:* ']],
  ['https://{host}/v1', { host: { default: 'api.example.com' } }, ['https api.example.com /v1', ' null /v1']],
  ['{baseUrl}/v1', { baseUrl: { enum: ['https://a.example.com', 'https://b.example.com'] } }, ['https a.example.com /v1', 'https b.example.com /v1']],
]

/** Host pattern in the server's URL, service, covered. */
const hosts: readonly (readonly [url: string, service: string, covers: boolean])[] = [
  ['https://api.example.com', 'api.example.com', true],
  ['https://api.example.com', 'api.example.com:8443', false],
  ['https://api.example.com:8443', 'api.example.com:8443', true],
  ['https://api.example.com', 'xapi.example.com', false],
  ['https://{t}.example.com', 'acme.example.com', true],
  ['https://{t}.example.com', 'a.b.example.com', true],
  ['https://{t}.example.com', '.example.com', false],
  ['https://{t}.example.com', 'example.com', false],
  ['https://{t}.example.com', 'x:1.example.com', false],
  ['https://{a}-{b}.example.com', 'x-y.example.com', true],
  ['https://{a}-{b}.example.com', 'xy.example.com', false],
  ['http://h.example.com:{port}', 'h.example.com:8080', true],
  ['http://h.example.com:{port}', 'h.example.com', false],
  ['http://10.0.0.2', '10.0.0.2:80', true],
  ['http://10.0.0.2:80', '10.0.0.2:80', true],
  ['https://10.0.0.2', '10.0.0.2:443', true],
  ['http://10.0.0.2', '10.0.0.2:443', false],
  ['//[2001:db8::1]', '[2001:db8::1]:443', true],
  ['/v1', 'api.example.com', false],
]

describe('servers', () => {
  test.each(urls)('%s', (url, variables, expected) => {
    expect(expandServer(url, variables).map(({ scheme, host, basePath }) => `${scheme} ${host} ${basePath}`)).toEqual(expected)
  })

  test.each(hosts)('%s for %s: %s', (url, service, covers) => {
    const registry = compileRegistry([specOf(operationsText(['GET /a'], { servers: [{ url }] }))])
    expect(registry.specsFor(service).length === 1).toBe(covers)
  })

  test('an operation with servers of its own lives there alone', () => {
    const spec = specOf(
      JSON.stringify({
        openapi: '3.0.0',
        info: { title: 't', version: '1' },
        servers: [{ url: 'https://a.example.com' }],
        paths: { '/files': { servers: [{ url: 'https://up.example.com/u' }], post: { responses: {} } }, '/list': { get: { responses: {} } } },
      }),
    )
    const registry = compileRegistry([spec])
    expect(registry.match('a.example.com', 'POST', '/files')).toBeNull()
    expect(registry.match('up.example.com', 'POST', '/u/files')?.template).toBe('/u/files')
    expect(registry.match('a.example.com', 'GET', '/list')).not.toBeNull()
  })

  test('a bound spec covers what the user said and nothing else', () => {
    const spec = specOf(operationsText(['GET /a']))
    const registry = compileRegistry([spec], { bindings: new Map([[spec.id, ['10.0.0.2:8080']]]) })
    expect(registry.match('10.0.0.2:8080', 'GET', '/v1/a')?.spec.id).toBe(spec.id)
    expect(registry.specsFor('api.example.com')).toEqual([])
  })

  test('combinations of variables are bounded', () => {
    const values = Array.from({ length: 50 }, (_, index) => `v${index}`)
    const servers = expandServer('https://{a}.{b}.{c}.example.com', { a: { enum: values }, b: { enum: values }, c: { enum: values } })
    expect(servers.length).toBe(50)
    expect(servers[0]?.host).toBe('v0.*.*.example.com')
  })
})

describe('specs without a host', () => {
  const spec = specOf(operationsText(['GET /health', 'GET /users/{id}', 'GET /orders', 'GET /{any}'], { servers: [{ url: '/api' }] }))
  const seen = (...lines: string[]): { method: string; pathShape: string }[] =>
    lines.map((line) => ({ method: line.split(' ')[0] ?? '', pathShape: line.split(' ')[1] ?? '' }))

  test('are bound to the services whose paths they explain', () => {
    const services = new Map([
      ['a', seen('GET /api/health', 'GET /api/users/{int}', 'GET /api/orders')],
      ['b', seen('GET /api/health', 'GET /other')],
      ['c', seen('GET /api/users/{int}', 'GET /api/orders')],
    ])
    expect([...bindByOverlap([spec], services).values()]).toEqual([['a', 'c']])
  })

  test('a health check on several services is no evidence', () => {
    expect(
      bindByOverlap(
        [spec],
        new Map([
          ['a', seen('GET /api/health')],
          ['b', seen('GET /api/health')],
        ]),
      ).size,
    ).toBe(0)
    expect(
      bindByOverlap(
        [spec],
        new Map([
          ['a', seen('GET /api/health')],
          ['b', seen('GET /health')],
        ]),
      ).size,
    ).toBe(1)
  })

  test('specs with a host are left alone', () => {
    const anchored = specOf(operationsText(['GET /users']))
    expect(bindByOverlap([anchored], new Map([['a', seen('GET /v1/users')]])).size).toBe(0)
    const local = specOf(operationsText(['GET /users'], { servers: [{ url: 'http://localhost:3000' }] }))
    expect(bindByOverlap([local], new Map([['a', seen('GET /users')]])).size).toBe(1)
    expect(
      bindByOverlap(
        [local],
        new Map([
          ['localhost:3000', seen('GET /users')],
          ['a', seen('GET /users')],
        ]),
      ).size,
    ).toBe(0)
  })
})

describe('versions', () => {
  const version = (text: string, lines: readonly string[], title = 'Orders') => specOf(operationsText(lines, { info: { title, version: text } }))

  test.each([
    ['1.9', '1.10', -1],
    ['v2', '1.9.9', 1],
    ['1.0', '1.0.0', 0],
    ['2.0-beta', '2.0', -1],
    ['2.0-alpha', '2.0-beta', -1],
    ['2024-01-02', '2023-12-31', 1],
    ['1.0+a', '1.0+b', 0],
    ['', '1', -1],
  ])('%s and %s', (a, b, expected) => {
    expect(Math.sign(compareVersions(a, b))).toBe(expected)
    expect(Math.sign(compareVersions(b, a))).toBe(expected === 0 ? 0 : -expected)
  })

  test('an operation that the newest version lost is removed', () => {
    const registry = compileRegistry([version('1.0', ['GET /users', 'GET /legacy']), version('1.2', ['GET /users'])])
    expect(registry.match('api.example.com', 'GET', '/v1/legacy')?.removedInNewerSpec).toBe(true)
    const users = registry.match('api.example.com', 'GET', '/v1/users')
    expect([users?.removedInNewerSpec, users?.spec.version]).toEqual([false, '1.2'])
    expect(registry.templates('api.example.com').map(({ template, removedInNewerSpec }) => `${template} ${removedInNewerSpec}`)).toEqual([
      '/v1/legacy true',
      '/v1/users false',
      '/v1/users false',
    ])
  })

  test('what the newest version added is not removed, and order changes nothing', () => {
    const specs = [version('1.0', ['GET /users']), version('1.2', ['GET /users', 'GET /new'])]
    for (const order of [specs, specs.toReversed()]) {
      const registry = compileRegistry(order)
      expect(registry.match('api.example.com', 'GET', '/v1/new')?.removedInNewerSpec).toBe(false)
      expect(registry.match('api.example.com', 'GET', '/v1/users')?.spec.version).toBe('1.2')
    }
  })

  test('parallel documents are not versions of one another', () => {
    const other = compileRegistry([version('1.0', ['GET /users'], 'Users'), version('2.0', ['GET /orders'], 'Orders')])
    expect(other.match('api.example.com', 'GET', '/v1/users')?.removedInNewerSpec).toBe(false)
    const disjoint = compileRegistry([version('1.0', ['GET /users']), version('2.0', ['GET /orders'])])
    expect(disjoint.match('api.example.com', 'GET', '/v1/users')?.removedInNewerSpec).toBe(false)
    const superseded = compileRegistry([version('1.0', ['GET /a/v1/users', 'GET /health']), version('2.0', ['GET /a/v2/users', 'GET /health'])])
    expect(superseded.match('api.example.com', 'GET', '/v1/a/v1/users')?.removedInNewerSpec).toBe(false)
  })
})
