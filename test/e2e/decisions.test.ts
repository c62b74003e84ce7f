import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, it } from 'vitest'

import type { InventoryDocument } from '../../src/inventory/document.ts'
import { run } from '../cli/run.ts'
import { killDaemons, launchDaemon, type DaemonProcess } from './daemon.ts'
import { until } from './until.ts'

let folder = ''

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'tapistry-decisions-'))
})

afterEach(() => {
  killDaemons()
  rmSync(folder, { recursive: true, force: true })
})

interface Page {
  readonly items: ReadonlyArray<Readonly<Record<string, unknown>> & { readonly id: string }>
}

async function send(daemon: DaemonProcess, method: string, path: string, body: unknown): Promise<number> {
  return (await daemon.get(`/api/v1${path}`, { method, headers: { 'content-type': 'application/json' }, body: JSON.stringify(body) })).status
}

/** What people see, but for counts and times of what runs. */
async function shown(daemon: DaemonProcess): Promise<unknown> {
  const lists = ['endpoints', 'findings', 'specs', 'suppressions', 'corrections']
  return Promise.all(lists.map(async (list) => (await daemon.json<Page>(`/api/v1/${list}`)).items))
}

it('what people decide holds after the daemon was killed, and the state stays without it', async () => {
  const log = join(folder, 'access.log')
  const line = (path: string): string => `10.0.0.1 - - [21/Sep/2026:14:00:00 +0000] "GET ${path} HTTP/1.1" 200 5 "-" "curl/8"\n`
  writeFileSync(log, ['/jobs/load', '/jobs/save', '/orders/1', '/orders/2'].map(line).join(''))
  const data = join(folder, 'data')
  const argv = ['--file', log, '--host', 'shop.example.com', '--data-dir', data]
  const first = launchDaemon(argv)
  const endpoints = async (): Promise<Page['items']> => (await first.json<Page>('/api/v1/endpoints')).items
  await until(async () => (await endpoints()).length === 3)
  const [load, save, order] = await endpoints()
  const plain = (await run(['export', 'inventory', '--unpublished', '--data-dir', data])).out

  const spec = {
    openapi: '3.1.0',
    info: { title: 'Shop', version: '1' },
    servers: [{ url: 'https://shop.example.com' }],
    paths: { '/invoices': { get: { responses: { 200: { description: 'ok' } } } } },
  }
  expect(await send(first, 'POST', '/specs', spec)).toBe(201)
  expect(await send(first, 'POST', `/endpoints/${load?.id}/merge`, { endpoints: [save?.id] })).toBe(200)
  expect(await send(first, 'POST', `/endpoints/${order?.id}/rename`, { name: 'number' })).toBe(200)
  const [finding] = (await first.json<Page>('/api/v1/findings')).items
  expect(await send(first, 'PATCH', `/findings/${finding?.id}`, { state: 'acknowledged', owner: 'team-shop' })).toBe(200)
  expect(await send(first, 'POST', '/suppressions', { kind: 'inv.dormant-documented', reason: 'a test' })).toBe(201)
  const before = await shown(first)
  expect(JSON.stringify(before)).toContain('/jobs/{jobName}')
  first.signal('SIGKILL')
  await first.ended

  const second = launchDaemon(argv)
  expect(await shown(second)).toEqual(before)
  const { items } = await second.json<Page>(`/api/v1/endpoints/${load?.id}/history`)
  expect(items.map((event) => event['what'])).toEqual(expect.arrayContaining(['appeared', 'merged']))
  second.signal('SIGTERM')
  expect(await second.ended).toBe(0)

  expect((await run(['export', 'inventory', '--unpublished', '--data-dir', data])).out).toBe(plain)
  const published = JSON.parse((await run(['export', 'inventory', '--data-dir', data])).out) as InventoryDocument
  expect(published.services.flatMap((service) => service.endpoints.map(({ template }) => template))).toEqual([
    '/invoices',
    '/jobs/{jobName}',
    '/orders/{number}',
  ])
  expect(published.findings.find(({ id }) => id === finding?.id)).toMatchObject({ state: 'acknowledged', owner: 'team-shop' })
})
