import { afterAll, beforeAll, describe, expect, test } from 'vitest'

import { changesBetween, type Change } from '../../src/finding/changes.ts'
import type { EndpointLine } from '../../src/output/ndjson.ts'
import { inventoryOf, sampleInventory, sampleRows } from './sample_inventory.ts'
import { json, serve, type Served } from './served.ts'

const then = inventoryOf(sampleRows.filter(({ service }) => service !== 'pay.example.com'))
const between = inventoryOf([{ service: 'once.example.com', path: '/once' }])
const days: ReadonlyMap<string, typeof then> = new Map([
  ['2026-11-20', then],
  ['2026-11-21', between],
])

let server: Served
beforeAll(async () => {
  server = await serve({ past: { asOf: (day) => days.get(day) ?? (day === '2026-11-28' ? 'now' : null), oldest: () => '2026-11-20' } })
})
afterAll(async () => server.close())

const get = async (path: string): Promise<Record<string, unknown>> => json(await fetch(`${server.url}/api/v1/${path}`))
const shown = ({ serviceName, template }: EndpointLine): string => `${serviceName} ${template}`
const rowsOf = ({ services }: typeof then): readonly string[] =>
  services.flatMap(({ name, endpoints }) => endpoints.map(({ template }) => `${name} ${template}`))

describe('as of a day', () => {
  test.each([
    ['2026-11-20', then],
    ['2026-11-21', between],
    ['2026-11-28', sampleInventory],
  ])('%s: endpoints and services', async (day, inventory) => {
    expect(((await get(`endpoints?asOf=${day}`))['items'] as EndpointLine[]).map(shown)).toEqual(rowsOf(inventory))
    expect(((await get(`services?asOf=${day}`))['items'] as Array<{ name: string }>).map(({ name }) => name)).toEqual(
      inventory.services.map(({ name }) => name),
    )
  })

  test('takes filters, pages and streams', async () => {
    const whole = rowsOf(then)
    expect(((await get('endpoints?asOf=2026-11-20&q=logs'))['items'] as EndpointLine[]).map(shown)).toEqual(whole.filter((row) => row.startsWith('logs')))
    const { items, nextCursor } = await get('endpoints?asOf=2026-11-20&limit=2')
    const rest = await get(`endpoints?asOf=2026-11-20&cursor=${String(nextCursor)}`)
    expect([items, rest['items']].flatMap((page) => (page as EndpointLine[]).map(shown))).toEqual(whole)
    const lines = (await (await fetch(`${server.url}/api/v1/endpoints?asOf=2026-11-20&format=ndjson`)).text()).trim().split('\n')
    expect(lines.map((line) => shown(JSON.parse(line) as EndpointLine))).toEqual(whole)
  })

  test('has a tag of its own', async () => {
    const tag = (await fetch(`${server.url}/api/v1/endpoints?asOf=2026-11-20`)).headers.get('etag') ?? ''
    const status = async (day: string): Promise<number> =>
      (await fetch(`${server.url}/api/v1/endpoints?asOf=${day}`, { headers: { 'if-none-match': tag } })).status
    expect([await status('2026-11-20'), await status('2026-11-21')]).toEqual([304, 200])
  })

  test.each(['endpoints?asOf=2026-11-19', 'services?asOf=2026-11-19', 'changes?since=2026-11-19', 'changes?since=2026-11-20&until=2026-11-19'])(
    'says from when on days are kept: %s',
    async (path) => {
      expect(await get(path)).toMatchObject({ status: 404, detail: 'nothing is kept of 2026-11-19: days are kept from 2026-11-20 on' })
    },
  )
})

describe('changes', () => {
  test.each([
    ['since=2026-11-20', then, sampleInventory],
    ['since=2026-11-20&until=2026-11-28', then, sampleInventory],
    ['since=2026-11-20&until=2026-11-21', then, between],
    ['since=2026-11-21&until=2026-11-20', between, then],
    ['since=2026-11-28', sampleInventory, sampleInventory],
  ])('%s', async (query, before, after) => {
    expect(await get(`changes?${query}&limit=500`)).toEqual({ items: changesBetween(before, after), nextCursor: null })
  })

  test('are of several kinds, which can be asked for, and pages of them are all', async () => {
    const all = changesBetween(then, sampleInventory)
    expect(new Set(all.map(({ kind }) => kind))).toEqual(new Set(['endpoint', 'finding', 'service']))
    expect((await get('changes?since=2026-11-20&kind=service'))['items']).toEqual(all.filter(({ kind }) => kind === 'service'))
    const paged: Change[] = []
    for (let cursor: unknown = ''; cursor !== null;) {
      const page = await get(`changes?since=2026-11-20&limit=2${cursor === '' ? '' : `&cursor=${String(cursor)}`}`)
      paged.push(...(page['items'] as Change[]))
      cursor = page['nextCursor']
    }
    expect(paged).toEqual(all)
  })
})
