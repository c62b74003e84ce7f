import { request } from 'node:http'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'

import { cursorOf } from '../../src/api/cursor.ts'
import { json, rawConnection, serve, served, type Served } from './served.ts'

let server: Served
beforeAll(async () => {
  server = await serve()
})
afterAll(async () => server.close())

describe('a wrong parameter is named by a pointer', () => {
  const cases: ReadonlyArray<readonly [path: string, pointer: string, detail: string]> = [
    ['/api/v1/endpoints?limt=5', '/query/limt', 'is not known: did you mean limit?'],
    ['/api/v1/endpoints?metod=GET', '/query/metod', 'is not known: did you mean method?'],
    ['/api/v1/endpoints?zzzzzzzzzz=5', '/query/zzzzzzzzzz', 'is not known: service, method,'],
    ['/api/v1/endpoints?a%2Fb~=5', '/query/a~1b~0', 'is not known'],
    ['/api/v1/endpoints?%00=5', '/query/\0', 'is not known'],
    ['/api/v1/endpoints?__proto__=5', '/query/__proto__', 'is not known'],
    ['/api/v1/endpoints?constructor=5', '/query/constructor', 'is not known'],
    ['/api/v1/endpoints?limit=0', '/query/limit', 'must be >= 1'],
    ['/api/v1/endpoints?limit=501', '/query/limit', 'must be <= 500'],
    ['/api/v1/endpoints?limit=1.5', '/query/limit', 'must be integer'],
    ['/api/v1/endpoints?limit=ten', '/query/limit', 'must be integer'],
    ['/api/v1/endpoints?limit=', '/query/limit', 'must be integer'],
    ['/api/v1/endpoints?limit=1e999', '/query/limit', 'must be <= 500'],
    ['/api/v1/endpoints?limit=1&limit=2', '/query/limit', 'is given more than once'],
    ['/api/v1/endpoints?q=a&q=b', '/query/q', 'is given more than once'],
    ['/api/v1/endpoints?q=', '/query/q', 'must NOT have fewer than 1 characters'],
    [`/api/v1/endpoints?q=${'x'.repeat(1025)}`, '/query/q', 'must NOT have more than 1024 characters'],
    ['/api/v1/endpoints?label=shadw', '/query/label', 'did you mean shadow?'],
    ['/api/v1/endpoints?label=%00', '/query/label', 'must be one of documented, undocumented'],
    ['/api/v1/endpoints?minRisk=101', '/query/minRisk', 'must be <= 100'],
    ['/api/v1/endpoints?source=packet', '/query/source', 'did you mean packets?'],
    ['/api/v1/endpoints?sort=risky', '/query/sort', 'did you mean risk?'],
    ['/api/v1/endpoints?format=xml', '/query/format', 'must be one of json, csv, ndjson'],
    ['/api/v1/endpoints?since=yesterday', '/query/since', 'is not written as expected'],
    ['/api/v1/endpoints?since=2026-02-31T25:00:00Z', '/query/since', 'is no day of the calendar or time of a day'],
    ['/api/v1/endpoints?since=2026-02-31', '/query/since', 'is no day of the calendar or time of a day'],
    ['/api/v1/findings?since=2026-02-29T00:00:00Z', '/query/since', 'is no day of the calendar or time of a day'],
    ['/api/v1/findings?kind=inv.shadow-servce', '/query/kind', 'did you mean inv.shadow-service?'],
    ['/api/v1/endpoints?asOf=yesterday', '/query/asOf', 'is not written as expected'],
    ['/api/v1/endpoints?asOf=2026-11-31', '/query/asOf', 'is no day of the calendar'],
    ['/api/v1/services?asOf=2026-13-01', '/query/asOf', 'is no day of the calendar'],
    ['/api/v1/changes', '/query/since', 'is missing'],
    ['/api/v1/changes?since=2026-11-31', '/query/since', 'is no day of the calendar'],
    ['/api/v1/changes?since=2026-11-20&until=2026-02-30', '/query/until', 'is no day of the calendar'],
    ['/api/v1/changes?since=2026-11-20&kind=endpont', '/query/kind', 'did you mean endpoint?'],
    [`/api/v1/changes?since=2026-11-20&cursor=${cursorOf('sources', ['a', 'b', 'c'])}`, '/query/cursor', 'is of a list in another order'],
    ['/api/v1/endpoints?cursor=x', '/query/cursor', 'is none of ours'],
    ['/api/v1/endpoints?cursor=%00%ff', '/query/cursor', 'is none of ours'],
    [`/api/v1/endpoints?cursor=${encoded('{"length":4}')}`, '/query/cursor', 'is none of ours'],
    [`/api/v1/endpoints?cursor=${encoded('[[[[[["service"]]]]]]')}`, '/query/cursor', 'is none of ours'],
    [`/api/v1/endpoints?cursor=${encoded('["service",null,null,null,null]')}`, '/query/cursor', 'is none of ours'],
    [`/api/v1/endpoints?cursor=${cursorOf('service', ['a', 'b'])}`, '/query/cursor', 'is none of ours'],
    [`/api/v1/endpoints?sort=risk&cursor=${cursorOf('risk', ['5', 'ep_1'])}`, '/query/cursor', 'is none of ours'],
    [`/api/v1/endpoints?sort=-risk&cursor=${cursorOf('risk', [5, 'ep_1'])}`, '/query/cursor', 'is of a list in another order'],
    [`/api/v1/endpoints?cursor=${'x'.repeat(12_001)}`, '/query/cursor', 'must NOT have more than 12000 characters'],
    [`/api/v1/services?cursor=${cursorOf('sources', ['a', 'b'])}`, '/query/cursor', 'is of a list in another order'],
    ['/api/v1/services?q=a', '/query/q', 'is not known: asOf, limit, cursor are'],
    ['/api/v1/visibility?limit=5', '/query/limit', 'is not known: there are no parameters here'],
    ['/healthz?x=', '/query/x', 'is not known: there are no parameters here'],
  ]

  test.each(cases.map(([path, pointer, detail]) => [path.slice(0, 80), path, pointer, detail] as const))('%s', async (_, path, pointer, detail) => {
    const response = await fetch(server.url + path)
    const problem = await json(response)
    expect(response.headers.get('content-type')).toBe('application/problem+json')
    expect(problem).toEqual({
      type: 'about:blank',
      title: 'Bad Request',
      status: 400,
      detail: expect.stringContaining(detail) as string,
      instance: path.split('?')[0],
      errors: [{ pointer, detail: expect.stringContaining(detail) as string }],
    })
    expect(response.status).toBe(400)
  })

  test('all of them at once', async () => {
    const { errors } = await json(await fetch(`${server.url}/api/v1/endpoints?limit=0&label=x&lable=y`))
    expect((errors as Array<{ pointer: string }>).map(({ pointer }) => pointer).toSorted()).toEqual(['/query/label', '/query/lable', '/query/limit'])
  })
})

describe('a path or method that is not there', () => {
  test('is told each path that is, once', async () => {
    const { detail } = (await json(await fetch(`${server.url}/`))) as { readonly detail: string }
    const [, known = ''] = /: (.*) are known$/.exec(detail) ?? []
    const paths = known.split(', ')
    expect(paths).toContain('/api/v1/specs/{id}')
    expect(paths).toEqual([...new Set(paths)])
  })

  const cases: ReadonlyArray<readonly [method: string, path: string, status: number, detail: RegExp, allow?: string]> = [
    ['GET', '/', 404, /are known/],
    ['GET', '/api/v1/endpoint', 404, /did you mean \/api\/v1\/endpoints\?/],
    ['GET', '/api/v1/endpoints/', 404, /no endpoint has this id/],
    ['GET', '/api/v1/endpoints/ep_0000000000000000', 404, /no endpoint has this id/],
    ['GET', '/api/v1/endpoints/%00', 404, /no endpoint has this id/],
    ['GET', '/api/v1/endpoints/..%2f..%2fetc%2fpasswd', 404, /no endpoint has this id/],
    ['GET', '/api/v1/endpoints/%zz', 400, /percent-encoded/],
    ['GET', '/api/v1/services/%c0%af', 400, /percent-encoded/],
    ['GET', `/api/v1/services/${'x'.repeat(300)}`, 414, /too long/],
    ['GET', `/api/v1/services/${'x'.repeat(255)}`, 404, /no service has this id or name/],
    ['GET', '/api/v1/services/nobody', 404, /no service has this id or name/],
    ['GET', '/readyz/', 404, /did you mean \/readyz\?/],
    ['POST', '/api/v1/endpoints', 405, /knows GET, HEAD/, 'GET, HEAD'],
    ['DELETE', '/api/v1/endpoints/ep_1', 405, /knows GET, HEAD/, 'GET, HEAD'],
    ['OPTIONS', '/metrics', 405, /knows GET, HEAD/, 'GET, HEAD'],
    ['PROPFIND', '/healthz', 405, /knows GET, HEAD/, 'GET, HEAD'],
    ['QUERY', '/api/v1/endpoints', 405, /knows GET, HEAD/, 'GET, HEAD'],
    ['GET', '/api/v1/ingest/exchanges', 405, /knows POST/, 'POST'],
    ['POST', '/nowhere', 404, /are known/],
  ]

  test.each(cases.map((row) => [`${row[0]} ${row[1].slice(0, 80)}`, row] as const))('%s', async (_, [method, path, status, detail, allow]) => {
    const response = await fetch(server.url + path, { method, ...(method === 'POST' ? { body: '{}', headers: { 'content-type': 'application/json' } } : {}) })
    expect([response.status, response.headers.get('allow'), response.headers.get('content-type')]).toEqual([status, allow ?? null, 'application/problem+json'])
    expect(await json(response)).toMatchObject({ status, detail: expect.stringMatching(detail) as string })
    expect(response.headers.get('x-content-type-options')).toBe('nosniff')
  })
})

describe('who asks', () => {
  const cases: ReadonlyArray<readonly [headers: Readonly<Record<string, string>>, status: number]> = [
    [{ host: 'localhost' }, 200],
    [{ host: 'LOCALHOST:80' }, 200],
    [{ host: '127.0.0.1:7411' }, 200],
    [{ host: '127.1.2.3' }, 200],
    [{ host: '[::1]:7411' }, 200],
    [{ host: 'localhost:7411', origin: 'http://localhost:7411' }, 200],
    [{ host: 'rebound.example.com:7411' }, 421],
    [{ host: 'localhost.example.com' }, 421],
    [{ host: '127.0.0.1.example.com' }, 421],
    [{ host: '127.0.0.1:99999' }, 421],
    [{ host: '192.168.0.1' }, 421],
    [{ host: '0.0.0.0' }, 421],
    [{ host: '[::]' }, 421],
    [{ host: '2130706433' }, 421],
    [{ host: 'localhost@example.com' }, 421],
    [{ host: '' }, 421],
    [{ host: 'localhost:7411', origin: 'https://example.com' }, 403],
    [{ host: 'localhost:7411', origin: 'http://localhost:3000' }, 403],
    [{ host: 'localhost:7411', origin: 'null' }, 403],
  ]

  test.each(cases)('%j gets %d', async (headers, status) => {
    for (const path of ['/api/v1/services', '/metrics', '/nowhere']) {
      const answer = await asked(server.port, path, headers)
      expect([path, answer.status]).toEqual([path, status === 200 && path === '/nowhere' ? 404 : status])
      if (status !== 200) expect(answer.type).toBe('application/problem+json')
    }
  })

  test.each(['HTTP/1.0', 'HTTP/1.1'])('a request of %s without Host is nobody known', async (version) => {
    const { socket, ended } = await rawConnection(server.port)
    socket.write(`GET /healthz ${version}\r\nConnection: close\r\n\r\n`)
    expect(await ended).toMatch(/^HTTP\/1.1 421 /)
  })

  test('nothing allows other origins', async () => {
    const response = await fetch(`${server.url}/api/v1/services`)
    expect([...response.headers.keys()].filter((name) => name.startsWith('access-control'))).toEqual([])
    expect(Object.fromEntries(response.headers)).toMatchObject({
      'content-security-policy': "default-src 'none'; frame-ancestors 'none'",
      'cross-origin-resource-policy': 'same-origin',
      'x-content-type-options': 'nosniff',
    })
  })
})

describe('request ids', () => {
  test.each(['abc', 'A-1_2.3', 'x'.repeat(64)])('%s is taken', async (id) => {
    expect((await fetch(`${server.url}/healthz`, { headers: { 'x-request-id': id } })).headers.get('x-request-id')).toBe(id)
    expect(server.lines.some((line) => line.includes(`"requestId":"${id}"`))).toBe(true)
  })

  test.each(['', 'x'.repeat(65), 'a b', 'a\u{e9}', '<script>', '{"a":1}'])('%s is not: there is a new one', async (id) => {
    const response = await fetch(`${server.url}/healthz`, { headers: { 'x-request-id': id } })
    expect(response.headers.get('x-request-id')).toMatch(/^[\da-f-]{36}$/)
  })
})

describe('a defect of ours', () => {
  test('says nothing of itself to the client, and its place to the log', async () => {
    const server = await served({
      inventory: () => {
        throw new Error('alice@example.com')
      },
    })
    const response = await fetch(`${server.url}/api/v1/endpoints?q=bob`)
    const text = await response.text()
    expect([response.status, response.headers.get('content-type')]).toEqual([500, 'application/problem+json'])
    expect(JSON.parse(text)).toMatchObject({ detail: expect.stringContaining('x-request-id') as string })
    const logged = server.lines.join('')
    expect(logged).toContain('refusals.test.ts')
    expect(logged).toContain(response.headers.get('x-request-id') ?? '')
    for (const told of [text, logged]) expect(told).not.toMatch(/alice|bob/)
  })
})

function encoded(text: string): string {
  return Buffer.from(text).toString('base64url')
}

/** `fetch` sets Host and Origin by itself. */
function asked(port: number, path: string, headers: Readonly<Record<string, string>>): Promise<{ readonly status: number; readonly type: string }> {
  return new Promise((resolve, reject) => {
    request({ port, host: '127.0.0.1', path, headers, setHost: false }, (response) => {
      response.resume()
      resolve({ status: response.statusCode ?? 0, type: response.headers['content-type'] ?? '' })
    })
      .on('error', reject)
      .end()
  })
}
