import { afterAll, beforeAll, describe, expect, test } from 'vitest'

import type { EndpointLine } from '../../src/output/ndjson.ts'
import { csvText } from '../../src/output/csv.ts'
import { ndjsonText } from '../../src/output/ndjson.ts'
import { endpointOrders } from '../../src/api/endpoint_order.ts'
import { endpointId } from '../../src/inventory/endpoint.ts'
import { inventoryLoad } from '../../src/cli/bench/inventory_load.ts'
import type { InventoryDocument } from '../../src/inventory/document.ts'
import { sampleEndpoint, sampleReport, sampleService } from '../output/sample_report.ts'
import type { Row } from '../inventory/build.ts'
import { inventoryOf, sampleInventory, sampleRows } from './sample_inventory.ts'
import { json, serve, served, type Served } from './served.ts'

let server: Served
beforeAll(async () => {
  server = await serve()
})
afterAll(async () => server.close())

const graph = sampleReport([
  sampleService(
    'graph.example.com',
    ['query GetUser', 'mutation AddUser'].map((operationId) => sampleEndpoint('POST', '/graphql', { id: `ep_${operationId}`, kind: 'graphql', operationId })),
  ),
]).inventory
const shop = sampleInventory.services.find(({ name }) => name === 'shop.example.com')
const all = ['logs GET /health', 'pay DELETE /cards', 'pay GET /cards', 'shop GET /old', 'shop GET /orders', 'shop POST /orders', 'shop GET /orders/{orderId}']

describe('GET /api/v1/endpoints', () => {
  const cases: ReadonlyArray<readonly [query: string, endpoints: readonly string[]]> = [
    ['', all],
    ['service=shop.example.com', all.slice(3)],
    ['service=SHOP.example.com', all.slice(3)],
    [`service=${shop?.id}`, all.slice(3)],
    ['service=nobody', []],
    ['method=post', ['shop POST /orders']],
    ['label=shadow', all.slice(0, 3)],
    ['label=zombie', ['shop GET /old']],
    ['kind=rest', all],
    ['kind=graphql', []],
    ['auth=basic', ['pay DELETE /cards']],
    ['auth=none', ['pay GET /cards', 'shop GET /old', 'shop POST /orders']],
    ['dataClass=payment_card', ['pay GET /cards']],
    ['owner=team-shop', all.slice(3)],
    ['source=logs', ['logs GET /health']],
    ['source=packets', all.slice(1)],
    ['since=2026-03-04', ['pay GET /cards', 'shop GET /old']],
    ['since=2026-03-04T01:00:00%2B01:00', ['pay GET /cards', 'shop GET /old']],
    ['since=2026-03-04t00:00:00.001z', ['pay GET /cards']],
    ['q=ORDER', all.slice(4)],
    ['q=pay.', ['pay DELETE /cards', 'pay GET /cards']],
    ['q=%00', []],
    ['sort=-exchanges&limit=2', ['shop GET /orders', 'shop GET /orders/{orderId}']],
    ['sort=exchanges&limit=2', ['pay DELETE /cards', 'logs GET /health']],
    ['sort=lastSeen&since=2026-03-03', ['shop GET /orders/{orderId}', 'shop GET /old', 'pay GET /cards']],
    ['sort=template&limit=2', ['pay DELETE /cards', 'pay GET /cards']],
    ['sort=-method&limit=1', ['shop POST /orders']],
    ['method=GET&label=undocumented&service=shop.example.com', ['shop GET /orders/{orderId}']],
  ]

  test.each(cases)('?%s', async (query, endpoints) => {
    const { items } = await page(server, query)
    expect(items.map(shown)).toEqual(endpoints)
  })

  test('finds an operation that all of a kind has one path for', async () => {
    const own = await served({ inventory: () => graph })
    expect((await page(own, 'q=getuser')).items.map(({ operationId }) => operationId)).toEqual(['query GetUser'])
    expect((await page(own, 'q=graphql')).items).toHaveLength(2)
  })

  test('lists by risk, and at least so risky', async () => {
    const { items } = await page(server, 'sort=-risk')
    const scores = items.map(({ risk }) => risk.score)
    expect(scores).toEqual(scores.toSorted((a, b) => b - a))
    expect(new Set(scores).size).toBeGreaterThan(2)
    const risky = await page(server, `minRisk=${scores[1]}`)
    expect(risky.items.map(({ risk }) => risk.score).toSorted((a, b) => b - a)).toEqual(scores.filter((score) => score >= (scores[1] ?? 0)))
  })

  test('gives each endpoint as the inventory has it, with its service', async () => {
    const { items } = await page(server, 'method=POST')
    const endpoint = shop?.endpoints.find(({ method }) => method === 'POST')
    expect(items).toEqual([{ ...endpoint, service: shop?.id, serviceName: 'shop.example.com' }])
  })

  test.each(endpointOrders.flatMap((order) => [order, `-${order}`]))('pages of any size by %s are the whole list', async (sort) => {
    const { items: whole } = await page(server, `sort=${sort}`)
    expect(whole.map(shown).toSorted()).toEqual(all.toSorted())
    for (const limit of [1, 2, 3, 7]) expect((await pages(server, `sort=${sort}&limit=${limit}`)).map(({ id }) => id)).toEqual(whole.map(({ id }) => id))
  })

  test('pages of what few of many match are all of it, asked for the first time and again', async () => {
    const inventory = inventoryLoad(5000)
    const own = await served({ inventory: () => inventory })
    const rows = inventory.services.flatMap(({ endpoints }) => endpoints)
    const risky = rows.map(({ risk }) => risk.score).toSorted((a, b) => b - a)[30] ?? 0
    const expected = rows.filter(({ risk }) => risk.score >= risky).map(({ id }) => id)
    expect(expected.length).toBeLessThan(1000)
    for (const limit of [500, 40, 500]) {
      const items = await pages(own, `minRisk=${risky}&limit=${limit}`)
      expect(items.map(({ id }) => id).toSorted()).toEqual(expected.toSorted())
    }
  })

  test('what comes and goes between two pages moves nothing else', async () => {
    let rows = sampleRows
    const server = await served({ inventory: () => inventoryOf(rows) })
    const first = await page(server, 'limit=3')
    expect(first.items.map(shown)).toEqual(all.slice(0, 3))
    // Two of the first page go, among them the last one, and another comes before it.
    rows = [...rows.filter(({ service }) => service !== 'pay.example.com'), { service: 'a.example.com', path: '/a' }]
    const second = await page(server, `limit=3&cursor=${first.nextCursor}`)
    expect(second.items.map(shown)).toEqual(all.slice(3, 6))
  })

  test('says where the next page is (RFC 8288)', async () => {
    const response = await fetch(`${server.url}/api/v1/endpoints?q=%2Fo&limit=1`)
    const { nextCursor } = await json(response)
    const [, target = ''] = /^<([^>]+)>; rel="next"$/.exec(response.headers.get('link') ?? '') ?? []
    expect(new URL(target, server.url).searchParams.get('cursor')).toBe(nextCursor)
    const next = (await (await fetch(server.url + target)).json()) as EndpointPage
    expect(next.items.map(shown)).toEqual(['shop GET /orders'])
    expect((await fetch(`${server.url}/api/v1/endpoints`)).headers.get('link')).toBeNull()
  })

  test('a page of very long endpoints has fewer of them', async () => {
    const long = (name: string) => sampleEndpoint('GET', `/${name}`, { operationId: 'x'.repeat(1_500_000) })
    const { inventory } = sampleReport([sampleService('a.example.com', ['a', 'b', 'c', 'd', 'e'].map(long))])
    const server = await served({ inventory: () => inventory })
    expect((await page(server, '')).items.map(({ template }) => template)).toEqual(['/a', '/b'])
    expect((await pages(server, '')).map(({ template }) => template)).toEqual(['/a', '/b', '/c', '/d', '/e'])
  })
})

describe('streams of endpoints', () => {
  test.each([
    ['csv', 'text/csv; charset=utf-8', csvText(sampleInventory)],
    ['ndjson', 'application/x-ndjson', ndjsonText(sampleInventory)],
  ])('%s is what scan writes', async (format, type, text) => {
    const response = await fetch(`${server.url}/api/v1/endpoints?format=${format}`)
    expect(response.headers.get('content-type')).toBe(type)
    expect(response.headers.get('cache-control')).toBe('no-store')
    expect(await response.text()).toBe(text)
  })

  test.each([
    ['label=shadow', all.slice(0, 3)],
    ['sort=-exchanges&limit=1', ['shop GET /orders']],
    ['label=orphan', []],
  ])('take filters, sort and limit: %s', async (query, endpoints) => {
    const text = await (await fetch(`${server.url}/api/v1/endpoints?format=ndjson&${query}`)).text()
    const lines = text.split('\n').slice(0, -1)
    expect(lines.map((line) => shown(JSON.parse(line) as EndpointLine))).toEqual(endpoints)
  })

  test('go over many pages, from a cursor too', async () => {
    const inventory = manyEndpoints(450)
    const server = await served({ inventory: () => inventory })
    const whole = (await (await fetch(`${server.url}/api/v1/endpoints?format=csv`)).text()).split('\r\n')
    expect(whole).toHaveLength(452)
    const { nextCursor } = await page(server, 'limit=50')
    const rest = (await (await fetch(`${server.url}/api/v1/endpoints?format=csv&limit=333&cursor=${nextCursor}`)).text()).split('\r\n')
    expect(rest.slice(1)).toEqual([...whole.slice(51, 51 + 333), ''])
  })
})

describe('one endpoint', () => {
  test('by its id', async () => {
    const endpoint = shop?.endpoints[0]
    expect(await json(await fetch(`${server.url}/api/v1/endpoints/${endpoint?.id}`))).toEqual({ ...endpoint, service: shop?.id, serviceName: shop?.name })
  })

  test('by the id of a template that it is no longer shown under: 308 (RFC 9110 §15.4.9)', async () => {
    const endpoint = sampleEndpoint('GET', '/users/{userId}', {
      id: endpointId('a.example.com', 'GET', '/users/{userId}'),
      templateInfo: { confidence: 1, aliases: ['/users/me'], decisions: [] },
    })
    const { inventory } = sampleReport([sampleService('a.example.com', [endpoint])])
    const server = await served({ inventory: () => inventory })
    const response = await fetch(`${server.url}/api/v1/endpoints/${endpointId('a.example.com', 'GET', '/users/me')}`, { redirect: 'manual' })
    expect([response.status, response.headers.get('location')]).toEqual([308, `/api/v1/endpoints/${endpoint.id}`])
  })
})

describe('services', () => {
  test('are listed by name, without their endpoints', async () => {
    const { items, nextCursor } = await json(await fetch(`${server.url}/api/v1/services`))
    expect(nextCursor).toBeNull()
    expect(items).toEqual(sampleInventory.services.map(({ endpoints, ...service }) => ({ ...service, endpointCount: endpoints.length })))
    const first = await json(await fetch(`${server.url}/api/v1/services?limit=2`))
    const second = await json(await fetch(`${server.url}/api/v1/services?limit=2&cursor=${String(first['nextCursor'])}`))
    expect([...(first['items'] as unknown[]), ...(second['items'] as unknown[])]).toEqual(items)
    expect(second['nextCursor']).toBeNull()
  })

  test.each(['shop.example.com', 'SHOP.example.com', shop?.id ?? ''])('one by %s', async (id) => {
    expect(await json(await fetch(`${server.url}/api/v1/services/${id}`))).toMatchObject({ name: 'shop.example.com', owner: 'team-shop', endpointCount: 4 })
  })
})

describe('what is not of the inventory', () => {
  test('sources are listed by id', async () => {
    const { items } = await json(await fetch(`${server.url}/api/v1/sources`))
    expect(items).toMatchObject([{ id: 'interface:eth1', problem: 'no such device' }, { id: 'log:/var/log/access.log' }])
    const { nextCursor } = await json(await fetch(`${server.url}/api/v1/sources?limit=1`))
    expect(await json(await fetch(`${server.url}/api/v1/sources?cursor=${String(nextCursor)}`))).toMatchObject({ items: [{ kind: 'log' }], nextCursor: null })
  })

  test('records that a source passed over are listed by time and place, and never what is in them', async () => {
    const path = `${server.url}/api/v1/sources/kafka%3Agateway/parked`
    const { items, nextCursor } = await json(await fetch(`${path}?limit=2`))
    const at = (offset: string) => ({ topic: 'gateway', partition: 0, offset, through: offset, reason: 'bad_json', at: '2026-03-02T09:00:00.000Z' })
    expect(items).toEqual([at('1'), at('9')])
    expect(await json(await fetch(`${path}?cursor=${String(nextCursor)}`))).toEqual({ items: [at('10')], nextCursor: null })
    expect(await json(await fetch(`${server.url}/api/v1/sources/interface%3Aeth1/parked`))).toEqual({ items: [], nextCursor: null })
    expect((await fetch(`${server.url}/api/v1/sources/nobody/parked`)).status).toBe(404)
  })

  test('health is an answer', async () => {
    const response = await fetch(`${server.url}/healthz`)
    expect([response.status, await response.text()]).toEqual([200, '{"alive":true}'])
  })

  test.each([
    [[], 200, { ready: true }],
    [['the state is being read', 'no source is up'], 503, { status: 503, reasons: ['the state is being read', 'no source is up'] }],
  ])('ready with %j against it is %d', async (reasons, status, body) => {
    const server = await served({ unready: () => reasons })
    const response = await fetch(`${server.url}/readyz`)
    expect(response.status).toBe(status)
    expect(await json(response)).toMatchObject(body)
  })

  test('metrics count the inventory, the sources and the answers', async () => {
    const server = await served({ unready: () => ['starting'] })
    await (await fetch(`${server.url}/api/v1/services`)).text()
    await (await fetch(`${server.url}/nowhere`)).text()
    const response = await fetch(`${server.url}/metrics`)
    expect(response.headers.get('content-type')).toBe('text/plain; version=0.0.4; charset=utf-8')
    const text = await response.text()
    for (const line of [
      'tapistry_ready 0',
      'tapistry_services 3',
      'tapistry_inventory_endpoints 7',
      'tapistry_endpoints{label="shadow"} 3',
      'tapistry_endpoints{label="unconfirmed"} 0',
      'tapistry_endpoints_new{label="shadow"} 0',
      'tapistry_endpoints_with_data{class="payment_card"} 1',
      'tapistry_services_partly_seen 0',
      'tapistry_api_request_duration_seconds_bucket{route="/api/v1/services",le="+Inf"} 1',
      'tapistry_packets_received_total 40',
      'tapistry_source_up{source="interface:eth1",kind="interface"} 0',
      'tapistry_api_requests_total{method="GET",route="/api/v1/services",status="200"} 1',
      'tapistry_api_requests_total{method="GET",route="none",status="404"} 1',
    ]) {
      expect(text.split('\n')).toContain(line)
    }
    expect(text).toMatch(/^tapistry_findings\{kind="inv.shadow-service",severity="\w+"\} \d$/m)
  })

  test('metrics count what is new by the times of its traffic, and services that were not seen whole', async () => {
    const rows = [60_000, 25 * 3_600_000].map((agoMs, at): Row => ({ service: 'new.example.com', path: `/a${at}`, count: 3, atMs: Date.now() - agoMs }))
    const inventory = inventoryOf(rows)
    const services = inventory.services.map((service) => ({ ...service, visibility: { ...service.visibility, reasons: ['it is encrypted'] } }))
    const server = await served({ inventory: () => ({ ...inventory, services }) })
    const lines = (await (await fetch(`${server.url}/metrics`)).text()).split('\n')
    expect(lines).toContain('tapistry_endpoints{label="shadow"} 2')
    expect(lines).toContain('tapistry_endpoints_new{label="shadow"} 1')
    expect(lines).toContain(`tapistry_services_partly_seen ${services.length}`)
  })

  test('metrics leave streams of events out of how long requests took', async () => {
    const server = await served()
    await fetch(`${server.url}/api/v1/events`, { method: 'HEAD' })
    const text = await (await fetch(`${server.url}/metrics`)).text()
    expect(text).toContain('tapistry_api_requests_total{method="HEAD",route="/api/v1/events",status="200"} 1')
    expect(text).not.toContain('duration_seconds_count{route="/api/v1/events"}')
  })
})

describe('ETag', () => {
  const paths = [
    '/api/v1/endpoints',
    '/api/v1/services',
    '/api/v1/services/shop.example.com',
    `/api/v1/endpoints/${shop?.endpoints[0]?.id}`,
    '/api/v1/visibility',
  ]

  test.each(paths)('%s is not sent again while the inventory is the same', async (path) => {
    let inventory = sampleInventory
    const server = await served({ inventory: () => inventory })
    const first = await fetch(server.url + path)
    const etag = first.headers.get('etag') ?? ''
    expect(etag).toMatch(/^W\/"[\w-]+"$/)
    expect(first.headers.get('cache-control')).toBe('private, no-cache')
    for (const held of [etag, etag.slice(2), `"other", ${etag}`, '*']) {
      const response = await fetch(server.url + path, { headers: { 'if-none-match': held } })
      expect([held, response.status, await response.text(), response.headers.get('etag')]).toEqual([held, 304, '', etag])
    }
    expect((await fetch(server.url + path, { headers: { 'if-none-match': '"other"' } })).status).toBe(200)
    inventory = { ...inventory }
    const changed = await fetch(server.url + path, { headers: { 'if-none-match': etag } })
    expect(changed.status).toBe(200)
    expect(changed.headers.get('etag')).not.toBe(etag)
  })

  test.each(['/api/v1/sources', '/metrics', '/healthz', '/api/v1/endpoints?format=csv'])('%s has none', async (path) => {
    const response = await fetch(server.url + path)
    expect([response.headers.get('etag'), response.headers.get('cache-control')]).toEqual([null, 'no-store'])
  })
})

describe('HEAD', () => {
  test.each(['/api/v1/endpoints', '/api/v1/services', '/api/v1/sources', '/metrics', '/healthz', '/api/v1/endpoints?format=csv', '/api/v1/endpoints/none'])(
    '%s has the head of GET and no body',
    async (path) => {
      const [head, get] = [await fetch(server.url + path, { method: 'HEAD' }), await fetch(server.url + path)]
      expect(await head.text()).toBe('')
      expect(head.status).toBe(get.status)
      expect(head.headers.get('content-type')).toBe(get.headers.get('content-type'))
      if (!path.startsWith('/metrics') && !path.includes('format')) expect(head.headers.get('content-length')).toBe(get.headers.get('content-length'))
    },
  )
})

interface EndpointPage {
  readonly items: readonly EndpointLine[]
  readonly nextCursor: string | null
}

async function page(server: Served, query: string): Promise<EndpointPage> {
  const response = await fetch(`${server.url}/api/v1/endpoints?${query}`)
  expect(response.status).toBe(200)
  return (await response.json()) as EndpointPage
}

async function pages(server: Served, query: string): Promise<EndpointLine[]> {
  const items: EndpointLine[] = []
  let cursor: string | null = ''
  while (cursor !== null) {
    const one: EndpointPage = await page(server, cursor === '' ? query : `${query}&cursor=${cursor}`)
    items.push(...one.items)
    cursor = one.nextCursor
  }
  return items
}

function shown({ serviceName, method, template }: EndpointLine): string {
  return `${serviceName.replace('.example.com', '')} ${method} ${template}`
}

function manyEndpoints(count: number): InventoryDocument {
  const endpoints = Array.from({ length: count }, (_, index) => sampleEndpoint('GET', `/p${String(index).padStart(4, '0')}`))
  return sampleReport([sampleService('a.example.com', endpoints)]).inventory
}
