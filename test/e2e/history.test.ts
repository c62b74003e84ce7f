import { appendFileSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import Sqlite from 'better-sqlite3'
import { afterEach, beforeEach, expect, it } from 'vitest'

import { dayOf, dayText } from '../../src/base/day.ts'
import type { InventoryDocument } from '../../src/inventory/document.ts'
import { openStore } from '../../src/storage/open_store.ts'
import type { KeptEvent } from '../../src/storage/repository.ts'
import { run } from '../cli/run.ts'
import { killDaemons, launchDaemon, type DaemonProcess } from './daemon.ts'
import { until } from './until.ts'

interface Page<Item> {
  readonly items: readonly Item[]
  readonly nextCursor: string | null
}

interface Event {
  readonly id: number
  readonly what: string
  readonly details: Readonly<Record<string, unknown>>
}

let folder = ''

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'tapistry-history-'))
})

afterEach(() => {
  killDaemons()
  rmSync(folder, { recursive: true, force: true })
})

function line(path: string, status: number): string {
  return `10.0.0.1 - - [21/Sep/2026:14:00:00 +0000] "GET ${path} HTTP/1.1" ${status} 5 "-" "curl/8"\n`
}

/** All events of a folder, oldest first. */
function eventsIn(dataDir: string): readonly KeptEvent[] {
  const store = openStore(dataDir, { writer: null, note: () => undefined })
  try {
    return store.repository.eventsSince(0, 1_000)
  } finally {
    store.close()
  }
}

const shown = ({ kind, what, details }: Pick<KeptEvent, 'kind' | 'what' | 'details'>): string => `${kind} ${what} ${JSON.stringify(details)}`

async function eventsOf(daemon: DaemonProcess, id: string): Promise<readonly Event[]> {
  return (await daemon.json<Page<Event>>(`/api/v1/endpoints/${id}/history`)).items
}

it('what happens to an endpoint is told once, over restarts too', async () => {
  const log = join(folder, 'access.log')
  writeFileSync(log, line('/orders', 200).repeat(3))
  const argv = ['--file', log, '--data-dir', join(folder, 'data')]
  const first = launchDaemon(argv)
  const endpoints = async (): Promise<readonly { readonly id: string }[]> => (await first.json<Page<{ readonly id: string }>>('/api/v1/endpoints')).items
  await until(async () => (await endpoints()).length === 1)
  const [{ id } = { id: '' }] = await endpoints()
  await until(async () => (await eventsOf(first, id)).length === 1)
  expect(await eventsOf(first, id)).toMatchObject([{ what: 'appeared' }])
  appendFileSync(log, line('/orders', 404))
  await until(async () => (await eventsOf(first, id)).length === 2)
  first.signal('SIGTERM')
  await first.ended

  const second = launchDaemon(argv)
  const told = await eventsOf(second, id)
  expect(told.map(({ what }) => what)).toEqual(['appeared', 'statuses_appeared'])
  expect(told.map(({ id: number }) => number)).toEqual(told.map(({ id: number }) => number).toSorted((a, b) => a - b))
  const page = await second.json<Page<Event>>(`/api/v1/endpoints/${id}/history?limit=1`)
  expect(page.items).toHaveLength(1)
  expect(await second.json(`/api/v1/endpoints/${id}/history?limit=1&cursor=${page.nextCursor}`)).toMatchObject({
    items: [{ what: 'statuses_appeared' }],
    nextCursor: null,
  })
  expect((await second.get('/api/v1/endpoints/ep_0000000000000000/history')).status).toBe(404)

  const stream = await second.get('/api/v1/events?kind=endpoint', { headers: { 'last-event-id': String(told[0]?.id) } })
  const reader = stream.body?.pipeThrough(new TextDecoderStream()).getReader()
  let text = ''
  const read = async (): Promise<boolean> => {
    const { done, value } = (await reader?.read()) ?? { done: true, value: '' }
    text += value ?? ''
    return !done
  }
  while (!text.includes('statuses_appeared') && (await read()));
  expect(text).toContain(`id: ${told[1]?.id}\nevent: endpoint\ndata: {`)
  expect(text).not.toContain('"what":"appeared"')
  second.signal('SIGTERM')
  while (await read());
  expect(await second.ended).toBe(0)
})

it('what requests and answers have that they had not is told once they have settled, without values, and once', async () => {
  const log = join(folder, 'api.ndjson')
  const exchange = (at: number, path: string, resBody: object): string =>
    `${JSON.stringify({ method: 'GET', host: 'a.example.com', path, status: 200, ts: 1_772_442_000_000 + at, resHeaders: { 'content-type': 'application/json' }, resBody })}\n`
  const argv = ['--file', log, '--data-dir', join(folder, 'data')]
  const first = launchDaemon(argv)
  const endpoints = async (): Promise<readonly { readonly id: string; readonly exchanges: number }[]> =>
    (await first.json<Page<{ readonly id: string; readonly exchanges: number }>>('/api/v1/endpoints')).items
  let count = 0
  const reads = async (bodies: readonly object[], path = '/orders'): Promise<void> => {
    appendFileSync(log, bodies.map((body) => exchange((count += 1), path, body)).join(''))
    await until(async () => (await endpoints())[0]?.exchanges === count)
  }
  await reads(Array.from({ length: 50 }, (_, id) => ({ id })))
  // It is still becoming known.
  await reads(Array.from({ length: 100 }, (_, id) => ({ id, name: 'x' })))
  await reads([{ id: 'planted1', note: 'planted2' }], '/orders?page=planted3')
  const [{ id } = { id: '' }] = await endpoints()
  const told = await until(async () => {
    const events = await eventsOf(first, id)
    return events.length > 1 ? events : null
  })
  const ok = { in: 'response', status: '200', mediaType: 'application/json' }
  expect(told.map(({ what }) => what)).toEqual(['appeared', 'schema_changed'])
  expect(told[1]?.details['changes']).toEqual([
    { what: 'parameter_appeared', in: 'query', path: '$.page', types: ['string'] },
    { what: 'type_widened', ...ok, path: '$.id', from: ['integer'], to: ['integer', 'string'] },
    { what: 'field_appeared', ...ok, path: '$.note', types: ['string'] },
  ])
  expect(JSON.stringify(told)).not.toContain('planted')
  first.signal('SIGKILL')
  await first.ended
  const second = launchDaemon(argv)
  expect(await eventsOf(second, id)).toEqual(told)
  second.signal('SIGTERM')
  expect(await second.ended).toBe(0)
})

it('what was kept and not told when it was killed is told at the next start, once', async () => {
  const log = join(folder, 'access.log')
  const data = join(folder, 'data')
  writeFileSync(log, line('/orders', 200).repeat(3))
  const argv = ['--file', log, '--data-dir', data]
  const kept = async (): Promise<number> => {
    const { out } = await run(['export', 'inventory', '--unpublished', '--data-dir', data])
    return out === '' ? 0 : ((JSON.parse(out) as InventoryDocument).visibility.http['exchanges'] ?? 0)
  }
  const ordersOf = (daemon: DaemonProcess): Promise<string> =>
    until(async () => (await daemon.json<Page<{ readonly id: string }>>('/api/v1/endpoints?q=/orders')).items[0]?.id ?? null)
  let lines = 3
  let exchanges = 0
  // Known endpoints change and others appear, and it is killed as soon as that is kept: mostly before it is told.
  for (const [round, word] of ['carts', 'stores', 'invoices', 'payments', 'customers'].entries()) {
    const daemon = launchDaemon(argv)
    await until(
      async () => (exchanges = await kept()) === lines,
      () => `${exchanges} of ${lines} are kept: ${daemon.said()}`,
    )
    // What has not appeared yet has no changes.
    if (round === 0) await until(async () => (await eventsOf(daemon, await ordersOf(daemon))).length > 0)
    appendFileSync(log, line('/orders', 400 + round) + line(`/${word}/items`, 200))
    lines += 2
    await until(
      async () => (exchanges = await kept()) === lines,
      () => `${exchanges} of ${lines} are kept: ${daemon.said()}`,
    )
    daemon.signal('SIGKILL')
    await daemon.ended
  }
  const last = launchDaemon(argv)
  const id = await ordersOf(last)
  await until(async () => (await eventsOf(last, id)).flatMap(({ details }) => (details['added'] as string[] | undefined) ?? []).length >= 5)
  last.signal('SIGTERM')
  await last.ended

  // One daemon that reads the same and is never killed tells the same at once.
  const events = eventsIn(data)
  const statuses = events.filter(({ what }) => what === 'statuses_appeared').flatMap(({ details }) => details['added'] as string[])
  expect(statuses.toSorted()).toEqual(['400', '401', '402', '403', '404'])
  const appeared = events.filter(({ what }) => what === 'appeared' || what === 'opened')
  expect(appeared.map(shown)).toEqual([...new Set(appeared.map(shown))])
  const spared = join(folder, 'spared')
  const other = launchDaemon(['--file', log, '--data-dir', spared])
  await other.address()
  await until(async () => (await other.json<Page<unknown>>('/api/v1/endpoints')).items.length === 6)
  other.signal('SIGTERM')
  await other.ended
  const subjects = (all: readonly KeptEvent[]): readonly string[] => [...new Set(all.map(({ kind, subject }) => `${kind} ${subject}`))].toSorted()
  expect(subjects(events)).toEqual(subjects(eventsIn(spared)))
})

it('a start on a later day keeps the inventory as it was when it was killed', async () => {
  const log = join(folder, 'access.log')
  const data = join(folder, 'data')
  writeFileSync(log, line('/orders', 200))
  const argv = ['--file', log, '--data-dir', data]
  const templates = async (daemon: DaemonProcess, query = ''): Promise<readonly string[]> =>
    ((await daemon.json<Page<{ readonly template: string }>>(`/api/v1/endpoints${query}`)).items ?? []).map(({ template }) => template)
  const first = launchDaemon(argv)
  await until(async () => (await templates(first)).length === 1)
  first.signal('SIGKILL')
  await first.ended
  // Three days ago, as its clock would have said, and by a version that did not keep what it told.
  const today = dayOf(Date.now())
  const database = new Sqlite(join(data, 'tapistry.db'))
  database.prepare('UPDATE generation SET day = ?').run(today - 3)
  database.exec('DELETE FROM told')
  database.close()
  const second = launchDaemon(argv)
  await second.address()
  appendFileSync(log, line('/carts', 200))
  await until(async () => (await templates(second)).length === 2)
  expect(await templates(second, `?asOf=${dayText(today - 3)}`)).toEqual(['/orders'])
  expect(await templates(second, `?asOf=${dayText(today - 1)}`)).toEqual(['/orders'])
  expect(await templates(second, `?asOf=${dayText(today)}`)).toEqual(['/carts', '/orders'])
  expect((await second.get(`/api/v1/endpoints?asOf=${dayText(today - 4)}`)).status).toBe(404)
  const { items } = await second.json<Page<{ readonly kind: string; readonly what: string; readonly details: unknown }>>(
    `/api/v1/changes?since=${dayText(today - 2)}&kind=endpoint`,
  )
  expect(items).toMatchObject([{ what: 'appeared', details: { template: '/carts' } }])
  const { exitCode, out } = await run(['export', 'changes', '--data-dir', data, '--since', dayText(today - 2)])
  expect([exitCode, out.includes('/carts'), out.includes('/orders')]).toEqual([0, true, false])
  second.signal('SIGTERM')
  await second.ended
  const appeared = eventsIn(data).filter(({ kind, what }) => kind === 'endpoint' && what === 'appeared')
  expect(appeared.map(({ details }) => String(details['template'])).toSorted()).toEqual(['/carts', '/orders'])
})

it('removes what is too old by itself, says so and counts it', async () => {
  const log = join(folder, 'access.log')
  const old = line('/orders', 200).replace('2026', '2025')
  writeFileSync(log, old.repeat(5) + line('/carts', 200))
  const config = join(folder, 'tapistry.yaml')
  const data = join(folder, 'data')
  const configured = (age: string): void =>
    writeFileSync(
      config,
      JSON.stringify({ dataDir: data, listen: '127.0.0.1:0', sources: [{ type: 'log', path: log }], storage: { type: 'sqlite', retention: { age } } }),
    )
  configured('400d')
  const first = launchDaemon(['--config', config])
  await until(async () => (await first.json<Page<unknown>>('/api/v1/endpoints')).items.length === 2)
  first.signal('SIGTERM')
  await first.ended
  configured('90d')
  const second = launchDaemon(['--config', config])
  const { message } = await second.says(/^too old or too much/)
  expect(message).toBe('too old or too much: removed 1 key, 0 changes and 0 past days')
  await until(async () => (await second.json<Page<unknown>>('/api/v1/endpoints')).items.length === 1)
  const metrics = await (await second.get('/metrics')).text()
  expect(metrics).toContain('tapistry_removed_total{what="key"} 1\n')
  expect(metrics).toMatch(/^tapistry_database_bytes [1-9]\d+$/m)
  second.signal('SIGTERM')
  await second.ended
  const whats = eventsIn(data)
    .filter(({ kind }) => kind === 'endpoint')
    .map(({ what, details }) => `${what} ${String(details['template'])}`)
  expect(whats.toSorted()).toEqual(['appeared /carts', 'appeared /orders', 'gone /orders'])
  const { out } = await run(['export', 'inventory', '--unpublished', '--data-dir', data])
  expect((JSON.parse(out) as InventoryDocument).visibility.http).toMatchObject({ exchanges: 6, inEndpoints: 1, quarantined: 5 })
})
