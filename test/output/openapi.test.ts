import { Validator } from '@seriousme/openapi-schema-validator'
import { describe, expect, test } from 'vitest'

import { openApiDocument, openApiFileName, openApiText } from '../../src/output/openapi.ts'
import { compileRegistry } from '../../src/registry/compile_registry.ts'
import { parseSpec } from '../../src/registry/parse_spec.ts'
import { sampleEndpoint, sampleReport, sampleService } from './sample_report.ts'

const service = sampleService('api.example.com:8080', [
  sampleEndpoint('GET', '/users/{userId}', { operationId: 'getUser', labels: ['documented'] }),
  sampleEndpoint('PUT', '/users/{userId}', { operationId: 'getUser' }),
  sampleEndpoint('GET', '/files/{path+}'),
  sampleEndpoint('DELETE', '/files/{fileId}'),
  sampleEndpoint('PURGE', '/users'),
  sampleEndpoint('__proto__', '/users'),
  sampleEndpoint('{method}', '/users'),
  sampleEndpoint('POST', '/login', {
    auth: [],
    statuses: { '0': 3 },
    responses: {},
    request: { mediaTypes: { '': { seen: 1, schema: {} }, 'application/json': { seen: 2, schema: { type: 'object' } } } },
  }),
  sampleEndpoint('GET', '/never', { exchanges: 0, statuses: {} }),
  sampleEndpoint('GET', '/keys', {
    auth: [
      { kind: 'api-key', seen: 12, of: 12 },
      { kind: 'cookie', seen: 1, of: 12 },
    ],
  }),
])
const { inventory } = sampleReport([service])
const document = openApiDocument(service, inventory)

describe('the exported document', () => {
  test('is valid OpenAPI 3.1', async () => {
    const result = await new Validator().validate(openApiText(service, inventory))
    expect(result).toMatchObject({ valid: true })
  })

  test('names the host that was seen', () => {
    expect(document['servers']).toEqual([{ url: 'http://api.example.com:8080' }])
  })

  test('leaves out what was not seen, and says what OpenAPI cannot', () => {
    expect(Object.keys(document['paths'] as object)).toEqual(['/users/{userId}', '/files/{path}', '/users', '/login', '/keys'])
    expect(document['x-tapistry-omitted']).toEqual(['DELETE /files/{fileId}', '{method} /users'])
  })

  test('says whether responses were seen of which no status is known', () => {
    const body = { mediaTypes: { 'application/json': { seen: 3, schema: { type: 'object' } } } }
    const seen = sampleEndpoint('GET', '/seen', { statuses: {}, statusUnknown: 3, responses: { '0': body } })
    const { paths } = openApiDocument(sampleService('a.example.com', [seen, sampleEndpoint('GET', '/unseen', { statuses: {}, responses: {} })]), inventory)
    const responsesAt = (path: string): unknown => (paths as Record<string, { get: { responses: unknown } }>)[path]?.get.responses
    expect(responsesAt('/seen')).toEqual({
      default: { description: 'Seen 3 times, with a status that is not known', content: { 'application/json': { schema: { type: 'object' } } } },
    })
    expect(responsesAt('/unseen')).toEqual({ default: { description: 'No response was seen' } })
  })

  test('gives each operation id once', () => {
    expect(openApiText(service, inventory).match(/"operationId": "getUser"/g)).toHaveLength(1)
  })

  test('says where credentials are optional', () => {
    const paths = document['paths'] as Record<string, Record<string, { security: unknown }>>
    expect(paths['/users/{userId}']?.['get']?.security).toEqual([{ 'bearer-jwt': [] }, {}])
    expect(paths['/login']?.['post']?.security).toEqual([])
  })

  test('a service that is no host has a relative server', () => {
    expect(openApiDocument(sampleService('unknown (access.log)', []), inventory)['servers']).toEqual([{ url: '/', description: 'unknown (access.log)' }])
    expect(openApiFileName(sampleService('../../etc/passwd', []))).toMatch(/^svc_[0-9a-f]{16}\.openapi\.json$/)
  })
})

describe('law: what is exported re-imports unchanged', () => {
  const { spec, problems } = parseSpec({ text: openApiText(service, inventory), origin: 'export.json' }, () => null)

  test('without a problem', () => {
    expect(problems).toEqual([])
  })

  test('with the same operations', () => {
    const exported = service.endpoints.filter(({ exchanges, method, template }) => exchanges > 0 && method !== '{method}' && template !== '/files/{fileId}')
    expect(spec?.operations.map(({ method, template }) => `${method} ${template}`)).toEqual(
      exported.map(({ method, template }) => `${method} ${template.replace('+}', '}')}`),
    )
  })

  test('and it covers the service that it was read from', () => {
    if (spec === null) throw new Error('no spec')
    const registry = compileRegistry([spec])
    expect(registry.match('api.example.com:8080', 'GET', '/users/{int}')?.template).toBe('/users/{userId}')
    expect(registry.match('api.example.com:8080', 'POST', '/login')?.template).toBe('/login')
  })
})
