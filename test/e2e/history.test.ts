import { appendFileSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, it } from 'vitest'

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
