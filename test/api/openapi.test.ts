import { Validator } from '@seriousme/openapi-schema-validator'
import { Ajv2020 } from 'ajv/dist/2020.js'
import { beforeAll, describe, expect, test } from 'vitest'

import { deciding } from './deciding.ts'
import { examplePage } from './example_page.ts'
import { readApi } from './read_api.ts'
import { sampleInventory } from './sample_inventory.ts'
import { json, served } from './served.ts'

interface Operation {
  readonly operationId: string
  readonly summary: string
  readonly parameters?: ReadonlyArray<{ readonly name: string; readonly in: string }>
  readonly requestBody?: { readonly content: Content }
  readonly responses: Readonly<Record<string, { readonly content: Content }>>
}

type Content = Readonly<Record<string, { readonly example?: unknown }>>

interface ApiDocument {
  readonly paths: Readonly<Record<string, Readonly<Record<string, Operation>>>>
}

describe('/api/v1/openapi.json', () => {
  let text = ''
  let document: ApiDocument = { paths: {} }
  const ajv = new Ajv2020({ strict: false })

  beforeAll(async () => {
    text = await readApi()
    document = JSON.parse(text) as ApiDocument
    ajv.addSchema(document, 'api')
  })

  test('is valid OpenAPI 3.1', async () => {
    expect(await new Validator().validate(JSON.parse(text) as Record<string, unknown>)).toMatchObject({ valid: true })
    expect(text).toContain('"openapi":"3.1.0"')
  })

  test('has the routes of this version, each with an id of its own', () => {
    expect(Object.keys(document.paths).toSorted()).toEqual([
      '/api/v1/alerts',
      '/api/v1/alerts/{id}/retry',
      '/api/v1/audit',
      '/api/v1/changes',
      '/api/v1/controls',
      '/api/v1/controls/{framework}',
      '/api/v1/corrections',
      '/api/v1/corrections/{id}',
      '/api/v1/endpoints',
      '/api/v1/endpoints/{id}',
      '/api/v1/endpoints/{id}/history',
      '/api/v1/endpoints/{id}/merge',
      '/api/v1/endpoints/{id}/pin',
      '/api/v1/endpoints/{id}/rename',
      '/api/v1/endpoints/{id}/split',
      '/api/v1/events',
      '/api/v1/exports/csv',
      '/api/v1/exports/ocsf',
      '/api/v1/exports/openapi',
      '/api/v1/exports/oscal',
      '/api/v1/findings',
      '/api/v1/findings/{id}',
      '/api/v1/ingest/exchanges',
      '/api/v1/me',
      '/api/v1/openapi.json',
      '/api/v1/reports/executive',
      '/api/v1/services',
      '/api/v1/services/{id}',
      '/api/v1/sources',
      '/api/v1/sources/{id}/parked',
      '/api/v1/specs',
      '/api/v1/specs/{id}',
      '/api/v1/specs/{id}/coverage',
      '/api/v1/suppressions',
      '/api/v1/suppressions/{id}',
      '/api/v1/visibility',
      '/healthz',
      '/metrics',
      '/readyz',
      '/v1/logs',
      '/v1/traces',
    ])
    const ids = operations().map(({ operation }) => operation.operationId)
    expect(new Set(ids).size).toBe(ids.length)
  })

  test('names the parameters of the list', () => {
    const names = document.paths['/api/v1/endpoints']?.['get']?.parameters?.map(({ name }) => name)
    expect(names).toEqual('service method label kind auth dataClass minRisk owner source since q asOf sort format limit cursor'.split(' '))
  })

  const [service] = sampleInventory.services
  const [endpoint] = service?.endpoints ?? []
  test.each([
    ['/api/v1/alerts', '', 200],
    ['/api/v1/alerts?limit=1', '', 200],
    ['/api/v1/alerts?cursor=x', '', 400],
    ['/api/v1/services', '', 200],
    ['/api/v1/services?limit=1', '', 200],
    ['/api/v1/services/{id}', service?.id, 200],
    ['/api/v1/services/{id}', 'nobody', 404],
    ['/api/v1/endpoints', '', 200],
    ['/api/v1/endpoints?limit=1', '', 200],
    ['/api/v1/endpoints?limit=0', '', 400],
    ['/api/v1/endpoints?format=csv', '', 200],
    ['/api/v1/endpoints?format=ndjson', '', 200],
    ['/api/v1/endpoints?asOf=2026-11-20', '', 200],
    ['/api/v1/endpoints?asOf=2026-11-19', '', 404],
    ['/api/v1/services?asOf=2026-11-20', '', 200],
    ['/api/v1/changes?since=2026-11-20', '', 200],
    ['/api/v1/changes?since=2026-11-19', '', 404],
    ['/api/v1/endpoints/{id}', endpoint?.id, 200],
    ['/api/v1/endpoints/{id}', 'nobody', 404],
    ['/api/v1/endpoints/{id}/history', endpoint?.id, 200],
    ['/api/v1/endpoints/{id}/history?limit=2', endpoint?.id, 200],
    ['/api/v1/endpoints/{id}/history?limit=2&cursor=x', endpoint?.id, 400],
    ['/api/v1/endpoints/{id}/history', 'nobody', 404],
    ['/api/v1/findings', '', 200],
    ['/api/v1/findings?format=csv', '', 200],
    ['/api/v1/findings/{id}', sampleInventory.findings[0]?.id, 200],
    ['/api/v1/findings/{id}', 'nobody', 404],
    ['/api/v1/suppressions', '', 200],
    ['/api/v1/corrections', '', 200],
    ['/api/v1/specs', '', 200],
    ['/api/v1/specs/{id}', 'nobody', 404],
    ['/api/v1/exports/csv', '', 200],
    ['/api/v1/exports/openapi?service=shop.example.com', '', 200],
    ['/api/v1/exports/openapi', '', 400],
    ['/api/v1/exports/openapi?service=nobody', '', 404],
    ['/api/v1/exports/oscal', '', 200],
    ['/api/v1/exports/oscal?framework=nis2', '', 200],
    ['/api/v1/exports/oscal?framework=nobody', '', 404],
    ['/api/v1/exports/ocsf', '', 200],
    ['/api/v1/controls', '', 200],
    ['/api/v1/controls?limit=1', '', 200],
    ['/api/v1/controls?asOf=2026-11-20', '', 200],
    ['/api/v1/controls/{framework}', 'nist-csf-2.0', 200],
    ['/api/v1/controls/{framework}?limit=1&verdict=not_satisfied', 'nist-csf-2.0', 200],
    ['/api/v1/controls/{framework}', 'nobody', 404],
    ['/api/v1/reports/executive', '', 200],
    ['/api/v1/reports/executive?asOf=2026-11-20', '', 200],
    ['/api/v1/reports/executive?asOf=2026-11-19', '', 404],
    ['/api/v1/sources', '', 200],
    ['/api/v1/sources/{id}/parked', 'kafka:gateway', 200],
    ['/api/v1/sources/{id}/parked?cursor=x', 'kafka:gateway', 400],
    ['/api/v1/sources/{id}/parked', 'nobody', 404],
    ['/api/v1/visibility', '', 200],
    ['/api/v1/openapi.json', '', 200],
    ['/healthz', '', 200],
    ['/readyz', '', 200],
    ['/readyz', '', 503],
    ['/metrics', '', 200],
  ])('describes what %s (%s) answers with %d', async (path, id, status) => {
    const server = await served({ unready: () => (status === 503 ? ['no source is up'] : []) })
    const response = await fetch(server.url + path.replace(/\{\w+\}/, id ?? ''))
    expect(response.status).toBe(status)
    const [type = ''] = (response.headers.get('content-type') ?? '').split(';')
    const [template = ''] = path.split('?')
    const responses = document.paths[template]?.['get']?.responses ?? {}
    const key = String(status) in responses ? String(status) : 'default'
    const described = Object.keys(responses[key]?.content ?? {}).find((one) => one.split(';')[0] === type)
    expect(described, `${type} of ${template}`).toBeDefined()
    if (!/[/+]json$/.test(type)) return
    const validate = ajv.compile({ $ref: `api#${pointer('paths', template, 'get', 'responses', key, 'content', described ?? '', 'schema')}` })
    expect(validate(await json(response)), JSON.stringify(validate.errors)).toBe(true)
  })

  const refused: ReadonlyArray<readonly [method: string, path: string, headers: Readonly<Record<string, string>>, status: number]> = [
    ['POST', '/v1/traces', { 'content-type': 'application/json', 'content-encoding': 'br' }, 415],
    ['POST', '/v1/logs', { 'content-type': 'text/plain' }, 415],
    ['POST', '/api/v1/specs', { 'content-type': 'image/png' }, 415],
    ['POST', '/api/v1/specs', { 'content-type': 'application/json' }, 422],
    ['POST', '/api/v1/suppressions', { 'content-type': 'application/json' }, 400],
    ['PATCH', '/api/v1/findings/{id}', { 'content-type': 'application/json' }, 404],
    ['DELETE', '/api/v1/specs/{id}', {}, 404],
    ['POST', '/api/v1/alerts/{id}/retry', {}, 400],
  ]
  test.each(refused)('describes how %s %s %o is refused with %d', async (method, path, headers, status) => {
    const taken = { isFull: () => false, takeOtlp: () => Promise.reject(new Error('it is refused before')) }
    const server = await served({ otlp: taken })
    const body = method === 'DELETE' ? {} : { body: path.includes('findings') ? '{"state":"open"}' : '{}' }
    const response = await fetch(server.url + path.replace('{id}', 'nobody'), { method, headers, ...body })
    expect(response.status).toBe(status)
    const content = document.paths[path]?.[method.toLowerCase()]?.responses[String(status)]?.content ?? {}
    expect(Object.keys(content)).toContain(response.headers.get('content-type'))
  })

  test('shows each body that an operation takes, and what it answers, by an example that its schema allows', async () => {
    const examples = operations().flatMap(({ path, method, operation }) => {
      const answers = Object.keys(operation.responses).filter((status) => status.startsWith('2'))
      const places = [
        ...(operation.requestBody === undefined ? [] : [{ at: ['requestBody'], content: operation.requestBody.content }]),
        ...answers.map((status) => ({ at: ['responses', status], content: operation.responses[status]?.content ?? {} })),
      ]
      return places.flatMap(({ at, content }) =>
        Object.entries(content).map(([type, { example }]) => ({ at: ['paths', path, method, ...at, 'content', type], example })),
      )
    })
    // There is no text for bytes.
    const shown = examples.filter(({ at }) => at.at(-1) !== 'application/x-protobuf')
    expect(shown.length).toBeGreaterThan(60)
    const wrong = shown.filter(({ at, example }) => example === undefined || !ajv.compile({ $ref: `api#${pointer(...at, 'schema')}` })(example))
    expect(wrong).toEqual([])
    // What stands where example_values.ts has no value.
    expect(shown.filter(({ example }) => JSON.stringify(example).includes('"text"'))).toEqual([])
  })

  test('has its examples in docs/rest-examples.md: else run npx vitest run test/api/openapi -u', async () => {
    await expect(examplePage(operations())).toMatchFileSnapshot('../../docs/rest-examples.md')
  })

  test('shows no example of a body that would be refused as one', async () => {
    const bodies = operations().flatMap(({ path, method, operation }) =>
      Object.entries(operation.requestBody?.content ?? {}).map(([type, { example }]) => ({ path, method, type, example })),
    )
    const taken = bodies.filter(({ path, example }) => example !== undefined && !path.includes('/ingest/') && !path.startsWith('/v1/'))
    expect(taken.length).toBeGreaterThan(20)
    const desk = await deciding()
    const [service] = sampleInventory.services
    for (const { path, method, type, example } of taken) {
      const id = path.includes('/endpoints/') ? service?.endpoints[0]?.id : 'nobody'
      const answer = await desk.ask(method.toUpperCase(), path.replace('/api/v1', '').replace('{id}', id ?? ''), example, { 'content-type': type })
      const { errors } = answer.body as { readonly errors?: ReadonlyArray<{ readonly pointer: string }> }
      // Of what it names this inventory has nothing; the second of the same documents is there already.
      expect([201, 400, 404, 409]).toContain(answer.status)
      if (answer.status === 400) expect(errors).toMatchObject([{ pointer: expect.stringMatching(/^\/body\/(?:parameter|endpoints\/0)$/) }])
    }
  })

  function operations(): ReadonlyArray<{ readonly path: string; readonly method: string; readonly operation: Operation }> {
    return Object.entries(document.paths).flatMap(([path, item]) => Object.entries(item).map(([method, operation]) => ({ path, method, operation })))
  }
})

function pointer(...parts: readonly string[]): string {
  return parts.map((part) => `/${encodeURIComponent(part.replaceAll('~', '~0').replaceAll('/', '~1'))}`).join('')
}
