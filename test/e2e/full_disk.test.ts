import { spawnSync } from 'node:child_process'
import { appendFileSync, closeSync, mkdirSync, mkdtempSync, openSync, rmSync, writeFileSync, writeSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'

import { systemCode } from '../../src/base/errors.ts'
import { run } from '../cli/run.ts'
import { killDaemons, launchDaemon, type DaemonProcess } from './daemon.ts'
import { sourceOf } from './rest.ts'
import { until } from './until.ts'

let folder = ''
let data = ''
let log = ''
let config = ''
let isMounted = false

beforeEach((context) => {
  folder = mkdtempSync(join(tmpdir(), 'tapistry-full-'))
  data = join(folder, 'data')
  log = join(folder, 'access.log')
  config = join(folder, 'tapistry.yaml')
  writeFileSync(log, '')
  writeFileSync(config, JSON.stringify({ dataDir: data, listen: '127.0.0.1:0', sources: [{ type: 'log', path: log }, { type: 'http' }] }))
  mkdirSync(data)
  isMounted = spawnSync('mount', ['-t', 'tmpfs', '-o', 'size=4m', 'tmpfs', data]).status === 0
  if (!isMounted) context.skip('only root may mount file systems')
})

afterEach(() => {
  killDaemons()
  if (isMounted) spawnSync('umount', ['-l', data])
  rmSync(folder, { recursive: true, force: true })
})

/** Takes what is left of the disk. */
function fill(): void {
  const file = openSync(join(data, 'filler'), 'a')
  for (const size of [65_536, 4096, 1]) {
    try {
      for (;;) writeSync(file, Buffer.alloc(size))
    } catch (thrown) {
      expect(systemCode(thrown)).toBe('ENOSPC')
    }
  }
  closeSync(file)
}

let written = 0

/** So many lines more, each of a host of its own: they take room. */
function appendLines(count: number): void {
  const line = (): string => `10.0.0.1 - - [21/Sep/2026:14:00:00 +0000] "GET http://h${(written += 1)}.example.com/items HTTP/1.1" 200 5 "-" "curl/8"\n`
  appendFileSync(log, Array.from({ length: count }, line).join(''))
}

const body = (at: number): string =>
  Array.from(
    { length: 40 },
    (_, line) => `${JSON.stringify({ method: 'GET', host: `b${at}x${line}.example.com`, path: '/items', status: 200, ts: 1_772_442_000_000 })}\n`,
  ).join('')

/** Sends a body without a key, once; its status. */
async function send(daemon: DaemonProcess, at: number): Promise<number> {
  const answer = await daemon.get('/api/v1/ingest/exchanges', { method: 'POST', body: body(at), headers: { 'content-type': 'application/x-ndjson' } })
  await answer.text()
  if (answer.status === 503) expect(answer.headers.get('retry-after')).toBe('1')
  return answer.status
}

const exchangesOf = async (daemon: DaemonProcess): Promise<number> => (await daemon.json<{ http: { exchanges: number } }>('/api/v1/visibility')).http.exchanges

test.each(['goes on', 'is killed'])('a daemon on a full disk says so, loses nothing and counts nothing twice: it %s', async (end) => {
  written = 0
  let daemon = launchDaemon(['--config', config])
  appendLines(100)
  expect(await send(daemon, 0)).toBe(200)
  await until(async () => (await exchangesOf(daemon)) === 140)
  fill()
  // What is left in the log of the database may still take some.
  let bodies = 1
  const refused: number[] = []
  await until(async () => {
    appendLines(200)
    const at = (bodies += 1) - 1
    if ((await send(daemon, at)) === 503) refused.push(at)
    return refused.length > 1
  })
  expect((await daemon.says(/^nothing can be kept/))['reason']).toMatch(/tapistry\.db: the disk is full/)
  const ready = await daemon.get('/readyz')
  expect([(await daemon.get('/healthz')).status, ready.status, await ready.text()]).toEqual([200, 503, expect.stringContaining('the disk is full')])
  expect((await sourceOf(daemon, 'http')).counts).toMatchObject({ bodiesRefused: refused.length })
  // Nobody waits for the next try.
  expect(await send(daemon, refused[0] ?? 0)).toBe(503)
  if (end === 'is killed') {
    daemon.signal('SIGKILL')
    await daemon.ended
  }
  rmSync(join(data, 'filler'))
  if (end === 'is killed') daemon = launchDaemon(['--config', config])
  else await daemon.says(/^what is read is kept again$/)
  for (const at of refused) expect(await send(daemon, at)).toBe(200)
  const all = written + bodies * 40
  let exchanges = 0
  await until(
    async () => (exchanges = await exchangesOf(daemon)) >= all,
    () => `${exchanges} of ${all}: ${daemon.said()}`,
  )
  expect([await exchangesOf(daemon), (await daemon.get('/readyz')).status]).toEqual([all, 200])
  daemon.signal('SIGTERM')
  expect(await daemon.ended).toBe(0)
  const check = await run(['db', 'check', '--data-dir', data])
  expect([check.exitCode, check.err]).toEqual([0, ''])
  const { out } = await run(['export', 'inventory', '--unpublished', '--data-dir', data])
  expect((JSON.parse(out) as { visibility: { http: { exchanges: number } } }).visibility.http.exchanges).toBe(all)
})
