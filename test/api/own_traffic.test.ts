import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, onTestFinished, test } from 'vitest'

import type { InventoryDocument } from '../../src/inventory/document.ts'
import { endpointId } from '../../src/inventory/endpoint.ts'
import { run } from '../cli/run.ts'
import { deciding } from './deciding.ts'
import { eventTable } from './event_table.ts'
import { guardedFolder } from './guarded.ts'
import { sampleKnown } from './sample_inventory.ts'

const shop = 'shop.example.com'
const answer = { exchanges: 1, rejected: 0, rejectedBy: {}, repeated: false }

async function taken(body: AsyncIterable<Uint8Array>): Promise<typeof answer> {
  for await (const chunk of body) void chunk
  return answer
}

test('the API is documented by its own document: its traffic shows every operation, and nothing that departs', async () => {
  const isFull = (): boolean => false
  const guarded = guardedFolder()
  onTestFinished(guarded.close)
  const view = { ...eventTable(), ingest: { isFull, take: taken }, otlp: { isFull, takeOtlp: taken } }
  const { server } = await deciding(undefined, view, sampleKnown(), guarded.access)
  const authorization = `Bearer ${guarded.token({ scopes: ['admin'] })}`
  const folder = mkdtempSync(join(tmpdir(), 'tapistry-own-'))
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }))
  const lines: string[] = []

  async function ask(method: string, target: string, body?: unknown, type = 'application/json'): Promise<Record<string, unknown>> {
    const text = body === undefined ? null : typeof body === 'string' ? body : JSON.stringify(body)
    const leaving = new AbortController()
    // What anybody may ask needs no token, and says so.
    const credentials = /^\/(?:health|ready)z$/.test(target) ? {} : { authorization }
    const headers = { ...credentials, ...(text === null ? {} : { 'content-type': type }) }
    const sent = text === null ? { headers } : { headers, body: text }
    const response = await fetch(server.url + target, { method, ...sent, redirect: 'manual', signal: leaving.signal })
    const isEndless = response.headers.get('content-type') === 'text/event-stream'
    const answered = isEndless ? await firstOf(response) : await response.text()
    leaving.abort()
    const [path, query = ''] = target.split('?')
    const { host } = new URL(server.url)
    const exchange = { method, host, path, query, status: response.status, reqHeaders: { host, ...sent.headers } }
    lines.push(JSON.stringify({ ...exchange, reqBody: text ?? '', resHeaders: Object.fromEntries(response.headers), resBody: answered }))
    return /[/+]json/.test(response.headers.get('content-type') ?? '') ? (JSON.parse(answered) as Record<string, unknown>) : {}
  }
  const first = ({ items }: Record<string, unknown>): string => String((items as ReadonlyArray<Record<string, unknown>>)[0]?.['id'])
  const api = '/api/v1'
  const order = endpointId(shop, 'GET', '/orders/{}')

  const document = await ask('GET', `${api}/openapi.json`)
  for (const path of ['/healthz', '/readyz', '/metrics', `${api}/sources`, `${api}/visibility`, `${api}/me`, `${api}/audit`, `${api}/events?kind=finding`])
    await ask('GET', path)
  for (const list of ['services', 'endpoints', 'findings']) await ask('GET', `${api}/${list}?limit=2`)
  for (const format of ['csv', 'ndjson']) for (const list of ['endpoints', 'findings']) await ask('GET', `${api}/${list}?format=${format}`)
  for (const path of ['nothing', 'endpoints/nobody', 'endpoints?limit=0']) await ask('GET', `${api}/${path}`)
  await ask('GET', `${api}/sources/${encodeURIComponent('kafka:gateway')}/parked`)
  await ask('GET', `${api}/changes?since=2026-11-20`)
  await ask('GET', `${api}/services/${shop}`)
  await ask('GET', `${api}/endpoints/${order}`)
  await ask('GET', `${api}/exports/csv?service=${shop}`)
  await ask('GET', `${api}/exports/openapi?service=${shop}`)
  for (const path of ['exports/oscal', 'exports/ocsf', 'controls', 'controls/owasp-api-2023', 'reports/executive']) await ask('GET', `${api}/${path}`)
  await ask('POST', `${api}/ingest/exchanges`, '{"method":"GET","path":"/"}\n', 'application/x-ndjson')
  for (const signal of ['traces', 'logs']) await ask('POST', `/v1/${signal}`, '{}')

  const finding = first(await ask('GET', `${api}/findings`))
  await ask('GET', `${api}/findings/${finding}`)
  await ask('PATCH', `${api}/findings/${finding}`, { state: 'acknowledged', owner: 'team', reason: 'known', due: '2026-04-01' })
  const suppression = await ask('POST', `${api}/suppressions`, { kind: 'inv.shadow-service', service: shop, reason: 'a test', until: '2999-01-01' })
  await ask('GET', `${api}/suppressions`)
  await ask('DELETE', `${api}/suppressions/${String(suppression['id'])}`)

  const spec = { openapi: '3.1.0', info: { title: 'Pay', version: '1' }, servers: [{ url: 'https://pay.example.com' }], paths: { '/cards': { get: {} } } }
  const { id } = await ask('POST', `${api}/specs?name=pay.json`, spec)
  await ask('POST', `${api}/specs`, '{}')
  await ask('GET', `${api}/specs`)
  await ask('GET', `${api}/specs/${String(id)}`)
  await ask('GET', `${api}/specs/${String(id)}/coverage`)
  await ask('PUT', `${api}/specs/${String(id)}`, spec)
  await ask('DELETE', `${api}/specs/${String(id)}`)

  await ask('POST', `${api}/endpoints/${order}/rename`, { name: 'number' })
  await ask('POST', `${api}/endpoints/${order}/split`, { words: ['latest'] })
  await ask('POST', `${api}/endpoints/${endpointId(shop, 'GET', '/old')}/merge`, { endpoints: [endpointId(shop, 'GET', '/orders')] })
  await ask('POST', `${api}/endpoints/${order}/pin`)
  await ask('DELETE', `${api}/endpoints/${order}/pin`)
  await ask('GET', `${api}/endpoints/${order}/history`)
  await ask('DELETE', `${api}/corrections/${first(await ask('GET', `${api}/corrections`))}`)

  writeFileSync(join(folder, 'own.ndjson'), `${lines.join('\n')}\n`)
  writeFileSync(join(folder, 'openapi.json'), JSON.stringify(document))
  const { out, err } = await run(['scan', join(folder, 'own.ndjson'), '--spec', join(folder, 'openapi.json'), '--format', 'json'])
  expect(err).toBe('')
  const { services, findings } = JSON.parse(out) as InventoryDocument
  const endpoints = services.flatMap((service) => service.endpoints)
  const operations = Object.values(document['paths'] as Record<string, object>).flatMap((item) => Object.keys(item))
  expect(endpoints.filter(({ exchanges, labels }) => exchanges === 0 || labels.some((label) => label !== 'documented')).map(shown)).toEqual([])
  expect(endpoints).toHaveLength(operations.length)
  expect(findings.filter(({ kind }) => kind.startsWith('inv.') || kind.startsWith('spec.'))).toEqual([])
})

async function firstOf(response: Response): Promise<string> {
  const reader = response.body?.getReader()
  const { value } = (await reader?.read()) ?? {}
  return Buffer.from(value ?? []).toString()
}

function shown({ method, template, labels }: { readonly method: string; readonly template: string; readonly labels: readonly string[] }): string {
  return `${method} ${template} ${labels.join(' ')}`
}
