import { describe, expect, test } from 'vitest'

import type { EndpointLine } from '../../src/output/ndjson.ts'
import { deciding, type Deciding } from './deciding.ts'

const pay = {
  openapi: '3.1.0',
  info: { title: 'Pay', version: '1' },
  servers: [{ url: 'https://pay.example.com' }],
  paths: {
    '/cards': { get: { operationId: 'listCards', responses: { 200: { description: 'ok' } } } },
    '/refunds': { post: { responses: { 201: { description: 'ok' } } } },
  },
}

const yaml = `openapi: 3.0.3
info: { title: Health, version: '2' }
paths:
  /health:
    get:
      responses: { '200': { $ref: 'common.yaml#/ok' } }
`

async function added(desk: Deciding, document: unknown, query = ''): Promise<string> {
  const { status, body } = await desk.ask('POST', `/specs${query}`, document)
  expect(status, JSON.stringify(body)).toBe(201)
  return String(body['id'])
}

async function labelsOf(desk: Deciding, path: string): Promise<readonly string[]> {
  const { body } = await desk.ask('GET', `/endpoints?method=GET&q=${path}`)
  return (body['items'] as readonly EndpointLine[]).flatMap(({ labels }) => labels)
}

describe('documents that are registered over REST', () => {
  test('take effect at once, are kept and told', async () => {
    const desk = await deciding()
    expect(await labelsOf(desk, '/cards')).toContain('shadow')
    const made = await desk.ask('POST', '/specs?name=pay.json', pay)
    expect(made).toMatchObject({
      status: 201,
      body: { title: 'Pay', name: 'pay.json', from: 'api', operations: 2, services: [{ name: 'pay.example.com' }], problems: [], by: 'loopback' },
    })
    const id = String(made.body['id'])
    expect(made.location).toBe(`/api/v1/specs/${id}`)
    expect(await labelsOf(desk, '/cards')).toContain('documented')
    expect(desk.told(id)).toMatchObject([{ kind: 'spec', what: 'added', details: { by: 'loopback', title: 'Pay', version: '1' } }])
    expect((await desk.ask('GET', `/specs/${id}`)).body).toEqual(made.body)
    expect((await desk.ask('GET', `/specs/${id}?format=document`)).body['text']).toBe(JSON.stringify(pay))
    const { body } = await desk.ask('GET', '/specs')
    expect((body['items'] as ReadonlyArray<Record<string, unknown>>).map(({ title, from }) => `${String(title)} ${String(from)}`).toSorted()).toEqual([
      'Pay api',
      'Shop configuration',
    ])
    expect((await desk.ask('DELETE', `/specs/${id}`)).status).toBe(204)
    expect(await labelsOf(desk, '/cards')).toContain('shadow')
    expect((await desk.ask('GET', `/specs/${id}`)).status).toBe(404)
    expect(desk.told(id).map(({ what }) => what)).toEqual(['added', 'appeared', 'removed'])
  })

  test('may be YAML, for a service that is named; what is wrong is told by line', async () => {
    const desk = await deciding()
    const answer = await desk.ask('POST', '/specs?service=logs.example.com', yaml, { 'content-type': 'application/yaml' })
    expect(answer).toMatchObject({ status: 201, body: { title: 'Health', boundTo: ['logs.example.com'], services: [{ name: 'logs.example.com' }] } })
    expect(answer.body['problems']).toMatchObject([{ line: 6, message: expect.stringContaining('stands alone') }])
    expect(await labelsOf(desk, '/health')).toContain('documented')
  })

  test.each(['/etc/passwd', '../../../../etc/passwd', 'file:///etc/passwd#/ok', 'http://127.0.0.1:1/x'])(
    'read no file for a reference to %s',
    async (reference) => {
      const desk = await deciding()
      const answer = await desk.ask('POST', '/specs?name=..%2F..%2Fetc%2Fpasswd', {
        ...pay,
        paths: { '/cards': { get: { responses: { 200: { $ref: reference } } } } },
      })
      expect(answer).toMatchObject({
        status: 201,
        body: { name: '../../etc/passwd', problems: [{ message: expect.stringMatching(/is not (?:followed|fetched)/) }] },
      })
      expect(JSON.stringify(answer.body)).not.toContain('root:')
    },
  )

  test('are replaced, by one with another id too', async () => {
    const desk = await deciding()
    const id = await added(desk, pay, '?service=pay.example.com')
    const { etag } = await desk.ask('GET', `/specs/${id}`)
    const described = { ...pay, info: { ...pay.info, description: 'as before' } }
    expect(await desk.ask('PUT', `/specs/${id}`, described, { 'if-match': etag ?? '' })).toMatchObject({
      status: 200,
      body: { id, boundTo: ['pay.example.com'] },
    })
    expect((await desk.ask('PUT', `/specs/${id}`, pay, { 'if-match': etag ?? '' })).status).toBe(412)
    expect((await desk.ask('DELETE', `/specs/${id}`, undefined, { 'if-match': etag ?? '' })).status).toBe(412)
    const next = await desk.ask('PUT', `/specs/${id}`, { ...pay, info: { title: 'Pay', version: '2' } })
    expect(next).toMatchObject({ status: 200, body: { version: '2' } })
    expect(next.body['id']).not.toBe(id)
    expect((await desk.ask('GET', `/specs/${id}`)).status).toBe(404)
    expect(desk.told(String(next.body['id']))).toMatchObject([{ what: 'replaced', details: { before: id } }])
    const { body } = await desk.ask('GET', '/specs')
    expect(body['items']).toHaveLength(2)
  })

  test('are there once; those of the configuration are read only', async () => {
    const desk = await deciding()
    const id = await added(desk, pay)
    expect(await desk.ask('POST', '/specs', pay)).toMatchObject({ status: 409, location: `/api/v1/specs/${id}` })
    const { body } = await desk.ask('GET', '/specs')
    const shop = (body['items'] as ReadonlyArray<Record<string, unknown>>).find(({ from }) => from === 'configuration')
    for (const [method, document] of [
      ['PUT', pay],
      ['DELETE', undefined],
    ] as const) {
      const { status, body: problem } = await desk.ask(method, `/specs/${String(shop?.['id'])}`, document)
      expect([status, problem['detail']]).toEqual([409, expect.stringContaining('shop.json')])
    }
  })

  const asYaml = { 'content-type': 'application/yaml' } as const
  const wrong: ReadonlyArray<readonly [name: string, text: string, headers: Readonly<Record<string, string>>, status: number, error: object | null]> = [
    ['no document', '{"a":1}', {}, 422, { pointer: '/body', detail: expect.stringContaining('openapi') }],
    ['no JSON', '{"openapi":\n  3.1,,}', {}, 422, { line: 2 }],
    ['broken YAML', 'openapi: 3.1.0\ninfo: { title: Pay, version: "1" }\npaths:\n  /cards: { get: [\n', asYaml, 422, { pointer: '/body', line: 5 }],
    [
      'YAML with a broken tail',
      `openapi: 3.1.0\ninfo: { title: Pay, version: "1" }\npaths: { /cards: { get: {} } }\n  x: y\n`,
      asYaml,
      422,
      { pointer: '/body', line: 4 },
    ],
    ['JSON that ends too soon', JSON.stringify(pay, null, 1).slice(0, -20), {}, 422, { pointer: '/body' }],
    ['no operations, by mistake', '{"openapi":"3.1.0","info":{"title":"Pay","version":"1"},"paths":[]}', {}, 422, { pointer: '/body/paths', line: 1 }],
    ['another version', '{"openapi":"4.0.0"}', {}, 422, { pointer: '/body', line: 1 }],
    ['nothing', '', {}, 422, { pointer: '/body' }],
    ['an image', 'x', { 'content-type': 'image/png' }, 415, null],
    ['too much', ' '.repeat(8 * 2 ** 20 + 1), {}, 413, null],
  ]
  test.each(wrong)('are refused with the place: %s', async (_, text, headers, status, error) => {
    const desk = await deciding()
    const answer = await desk.ask('POST', '/specs', text, headers)
    expect(answer.status).toBe(status)
    if (error !== null) expect(answer.body['errors']).toContainEqual(expect.objectContaining(error))
    expect(desk.repository.decisions()).toEqual([])
  })
})

describe('GET /api/v1/specs/{id}/coverage', () => {
  test('counts what is used, and lists it by page', async () => {
    const desk = await deciding()
    const id = await added(desk, pay)
    const { body } = await desk.ask('GET', `/specs/${id}/coverage?limit=1`)
    expect(body).toMatchObject({
      spec: id,
      services: [{ name: 'pay.example.com' }],
      operations: 2,
      seen: 1,
      undocumented: 1,
      items: [{ method: 'GET', template: '/cards', operationId: 'listCards', endpoints: [{ exchanges: 30, labels: expect.arrayContaining(['documented']) }] }],
    })
    const next = await desk.ask('GET', `/specs/${id}/coverage?limit=1&cursor=${String(body['nextCursor'])}`)
    expect(next.body).toMatchObject({ items: [{ method: 'POST', template: '/refunds', endpoints: [{ exchanges: 0, labels: ['unseen'] }] }], nextCursor: null })
    expect((await desk.ask('GET', '/specs/spec_0000000000000000/coverage')).status).toBe(404)
  })
})
