import { execFileSync, spawn } from 'node:child_process'
import { once } from 'node:events'
import {
  appendFileSync,
  closeSync,
  copyFileSync,
  openSync,
  writeSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  truncateSync,
  writeFileSync,
} from 'node:fs'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { gzipSync } from 'node:zlib'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'

import { packageFolder } from '../../src/base/version.ts'
import type { InventoryDocument } from '../../src/inventory/document.ts'
import type { SourceStatus } from '../../src/source/source.ts'
import { run } from '../cli/run.ts'
import { killDaemons, launchDaemon, type DaemonProcess } from './daemon.ts'
import { brokenIdentities } from './identities.ts'
import { exchangeLines, post, shows, sourceOf, stopped } from './rest.ts'
import { until } from './until.ts'

let folder = ''
let data = ''
let log = ''

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'tapistry-run-'))
  data = join(folder, 'data')
  log = join(folder, 'access.log')
})

afterEach(() => {
  killDaemons()
  rmSync(folder, { recursive: true, force: true })
})

const capture = join(packageFolder, 'examples', 'shop.pcap')

function lines(first: number, count: number): string {
  return Array.from({ length: count }, (_, at) => `10.0.0.1 - - [21/Sep/2026:14:00:00 +0000] "GET /items/${first + at} HTTP/1.1" 200 5 "-" "curl/8"\n`).join('')
}

/** A configuration file of the test's own; REST on a port that the system chooses. */
function configured(sources: readonly object[], more: object = {}): string {
  const path = join(folder, 'tapistry.yaml')
  writeFileSync(path, JSON.stringify({ dataDir: data, listen: '127.0.0.1:0', sources, ...more }))
  return path
}

async function exported(): Promise<string> {
  const { exitCode, out, err } = await run(['export', 'inventory', '--unpublished', '--data-dir', data])
  if (exitCode !== 0) throw new Error(err)
  return out
}

const exchangesIn = (out: string): number => (JSON.parse(out) as InventoryDocument).services.reduce((sum, { exchanges }) => sum + exchanges, 0)

describe('the daemon', () => {
  it('reads its sources, serves what it found, and keeps what it served', async () => {
    writeFileSync(log, lines(0, 40))
    const captures = join(folder, 'captures')
    mkdirSync(captures)
    copyFileSync(capture, join(captures, 'shop.pcap'))
    const daemon = launchDaemon(['--file', log, '--file', captures, '--host', 'logs.example.com', '--data-dir', data])
    expect(await daemon.says(/^Tapistry runs$/)).toMatchObject({ level: 'info', path: data, count: 2, version: '0.1.0' })
    expect((await daemon.get('/healthz')).status).toBe(200)
    expect((await daemon.get('/readyz')).status).toBe(200)
    const inCapture = exchangesIn((await run(['scan', capture, '--format', 'json'])).out)
    await shows(daemon, 40 + inCapture)
    appendFileSync(log, lines(40, 2))
    await shows(daemon, 42 + inCapture)
    expect(await sourceOf(daemon, 'log')).toMatchObject({ state: 'up', problem: null, counts: { lines: 42, exchanges: 42 } })
    expect(await sourceOf(daemon, 'pcap')).toMatchObject({ state: 'up', counts: { files: 1, filesBad: 0 } })
    const kept = await exported()
    expect(brokenIdentities(JSON.parse(kept) as InventoryDocument)).toEqual([])
    const listed = await daemon.json<{ items: Array<Record<string, unknown>> }>('/api/v1/endpoints?limit=500')
    const inExport = (JSON.parse(kept) as InventoryDocument).services.flatMap(({ id, name, endpoints }) =>
      endpoints.map((endpoint) => ({ service: id, serviceName: name, ...endpoint })),
    )
    const byId = (items: ReadonlyArray<Record<string, unknown>>): unknown => items.toSorted((a, b) => (String(a['id']) < String(b['id']) ? -1 : 1))
    expect(byId(listed.items)).toEqual(byId(inExport))
    expect(await (await daemon.get('/metrics')).text()).toContain('tapistry_')
    await stopped(daemon)
    expect(await exported()).toBe(kept)
    expect(daemon.log().filter(({ level }) => level !== 'info')).toEqual([])
    expect(
      daemon
        .said()
        .split('\n')
        .slice(0, -1)
        .filter((line) => !line.startsWith('{')),
    ).toEqual([])
  })

  it('reads on where it was stopped, and counts nothing twice', async () => {
    writeFileSync(log, lines(0, 10))
    const first = launchDaemon(['--file', log, '--file', capture, '--data-dir', data])
    const inCapture = exchangesIn((await run(['scan', capture, '--format', 'json'])).out)
    await shows(first, 10 + inCapture)
    await stopped(first)
    const kept = await exported()
    const second = launchDaemon(['--file', log, '--file', capture, '--data-dir', data])
    await until(async () => (await sourceOf(second, 'pcap')).counts['files'] === 1)
    await stopped(second)
    expect(await exported()).toBe(kept)
    appendFileSync(log, lines(10, 5))
    const third = launchDaemon(['--file', log, '--file', capture, '--data-dir', data])
    await shows(third, 15 + inCapture)
  })

  it('ends at once with a second signal, and says which was the first', async () => {
    const daemon = launchDaemon(['--config', configured([{ type: 'http' }])])
    // A body that never ends keeps it from closing.
    const body = new ReadableStream({ start: (controller) => controller.enqueue(new TextEncoder().encode(exchangeLines(1))) })
    const hanging = daemon
      .get('/api/v1/ingest/exchanges', { method: 'POST', headers: { 'content-type': 'application/x-ndjson' }, body, duplex: 'half' })
      .catch(() => null)
    await until(async () => (await sourceOf(daemon, 'http')).detail === '1 bodies are being read')
    daemon.signal('SIGINT')
    expect(await daemon.says(/^stopping/)).toMatchObject({ signal: 'SIGINT' })
    daemon.signal('SIGTERM')
    expect(await daemon.ended).toBe(143)
    await hanging
    expect(exchangesIn(await exported())).toBe(0)
  })

  it('drains within a bound though a client never ends its body', async () => {
    const daemon = launchDaemon(['--config', configured([{ type: 'http' }])])
    const body = new ReadableStream({ start: (controller) => controller.enqueue(new TextEncoder().encode(exchangeLines(1))) })
    const hanging = daemon
      .get('/api/v1/ingest/exchanges', { method: 'POST', headers: { 'content-type': 'application/x-ndjson' }, body, duplex: 'half' })
      .catch(() => null)
    await until(async () => (await sourceOf(daemon, 'http')).detail === '1 bodies are being read')
    await stopped(daemon)
    expect(daemon.log().at(-1)).toMatchObject({ message: 'stopped' })
    await hanging
    expect(exchangesIn(await exported())).toBe(0)
  })

  it('is alone in its folder', async () => {
    writeFileSync(log, lines(0, 3))
    const daemon = launchDaemon(['--file', log, '--data-dir', data])
    await shows(daemon, 3)
    const other = launchDaemon(['--file', log, '--data-dir', data])
    expect(await other.ended).toBe(3)
    expect(other.said()).toMatch(new RegExp(`^tapistry: .*: is in use by tapistry run \\(process ${daemon.pid} on .*\\); wait for it to end or stop it`))
    // A lock ends with its process, however that ends.
    daemon.signal('SIGKILL')
    expect(await daemon.ended).toBe('SIGKILL')
    const next = launchDaemon(['--file', log, '--data-dir', data])
    await shows(next, 3)
    await stopped(next)
  })

  it('never starts half', async () => {
    writeFileSync(log, lines(0, 3))
    const server = createServer().listen(0, '127.0.0.1')
    await once(server, 'listening')
    const { port } = server.address() as { port: number }
    const cases: ReadonlyArray<readonly [argv: readonly string[], code: number, said: RegExp]> = [
      [['--file', log, '--listen', `127.0.0.1:${port}`], 2, /listen: 127\.0\.0\.1:\d+ cannot be used: another program listens there/],
      [['--file', log, '--listen', '0.0.0.0:0'], 2, /listen: .* can be reached from other machines/],
      [['--file', log, '--file', log], 2, /is there twice, and would be counted twice/],
      [['--file', log, '--interface', 'lo', '--filter', 'tcp prot 80'], 2, /sources\.0\.filter: packet filter.*(?:syntax|libpcap)/],
      [['--file', log, '--spec', join(folder, 'none.yaml')], 2, /none\.yaml/],
      [[], 2, /nothing to read: name a source/],
      [['--config', join(folder, 'none.yaml')], 2, /none\.yaml/],
    ]
    for (const [argv, code, said] of cases) {
      const daemon = launchDaemon([...argv, '--data-dir', data], { cwd: folder })
      expect(await daemon.ended, argv.join(' ')).toBe(code)
      expect(daemon.said()).toMatch(said)
      expect(daemon.said()).not.toContain('Tapistry runs')
      expect(daemon.said().split('\n')).toHaveLength(2)
    }
    for (const [source, said] of [
      [{ type: 'log', path: log, format: '$nonsense' }, /sources\.0\.format: .*\$nonsense/],
      [{ type: 'log', path: log, format: 'combinde' }, /sources\.0\.format: combinde is no format of logs/],
      [{ type: 'log', path: log, pth: 1 }, /pth/],
      [{ type: 'kafka', brokers: ['127.0.0.1:1'] }, /sources\.0/],
    ] as const) {
      const daemon = launchDaemon(['--config', configured([source])])
      expect(await daemon.ended, JSON.stringify(source)).toBe(2)
      expect(daemon.said()).toMatch(said)
    }
    server.close()
    // Nothing was read by any of them.
    if (readdirSync(folder).includes('data')) expect(readdirSync(data).includes('tapistry.db') ? exchangesIn(await exported()) : 0).toBe(0)
  })

  it('goes on with the others while a source is down, and reads it when it is back', async () => {
    writeFileSync(log, lines(0, 3))
    // What lies below a file cannot be opened by anybody.
    writeFileSync(join(folder, 'notdir'), '')
    const daemon = launchDaemon([
      '--config',
      configured([
        { type: 'log', path: log },
        { type: 'log', path: join(folder, 'notdir', 'x.log'), host: 'other.example.com' },
      ]),
    ])
    await shows(daemon, 3)
    expect(await daemon.says(/^source cannot be read$/)).toMatchObject({ level: 'warn', source: `log:${join(folder, 'notdir', 'x.log')}` })
    const { items } = await daemon.json<{ items: readonly SourceStatus[] }>('/api/v1/sources')
    expect(items.find(({ state }) => state === 'down')).toMatchObject({ problem: expect.stringContaining('x.log'), retryAt: expect.stringMatching(/Z$/) })
    expect((await daemon.get('/readyz')).status).toBe(200)
    rmSync(join(folder, 'notdir'))
    mkdirSync(join(folder, 'notdir'))
    writeFileSync(join(folder, 'notdir', 'x.log'), lines(0, 4))
    await shows(daemon, 7)
    await daemon.says(/^source is read again$/)
    appendFileSync(log, lines(3, 1))
    await shows(daemon, 8)
    await stopped(daemon)
  })

  it('says that it is not ready where no source can be read', async () => {
    const captures = { type: 'pcap', path: join(folder, 'none.pcap'), follow: true }
    const daemon = launchDaemon(['--config', configured([{ type: 'log', path: join(folder, 'x.log') }, captures])])
    await until(async () => (await daemon.get('/readyz')).status === 503)
    expect(await (await daemon.get('/readyz')).json()).toMatchObject({
      reasons: [expect.stringMatching(/^no source can be read: log:.*x\.log: no such file.*pcap:.*none\.pcap: no such file/)],
    })
    expect(await (await daemon.get('/metrics')).text()).toContain(`tapistry_source_up{source="log:${join(folder, 'x.log')}",kind="log"} 0`)
    // Once, however often they are looked at.
    await until(() => daemon.log().filter(({ message }) => message === 'source cannot be read').length === 2)
    writeFileSync(join(folder, 'x.log'), lines(0, 2))
    await daemon.says(/^source is read again$/)
    expect((await daemon.get('/readyz')).status).toBe(200)
    expect(daemon.log().filter(({ message }) => message === 'source cannot be read')).toHaveLength(2)
    await stopped(daemon)
  })

  it('says that nothing can be kept while its database is gone, and goes on once it is back', async () => {
    const daemon = launchDaemon(['--config', configured([{ type: 'http' }])])
    expect((await post(daemon, exchangeLines(2))).status).toBe(200)
    const database = join(data, 'tapistry.db')
    renameSync(database, join(folder, 'away.db'))
    const answer = await daemon.get('/readyz')
    expect([answer.status, await answer.json()]).toMatchObject([503, { reasons: [expect.stringMatching(/was deleted or moved away .*put it back/)] }])
    expect(await daemon.says(/^nothing can be kept: /)).toMatchObject({ level: 'error', reason: expect.stringContaining('tapistry.db') as string })
    expect((await post(daemon, exchangeLines(3))).status).toBe(503)
    renameSync(join(folder, 'away.db'), database)
    await daemon.says(/^what is read is kept again$/)
    expect((await daemon.get('/readyz')).status).toBe(200)
    await stopped(daemon)
    // The refused body waited, and was kept in the end.
    expect(exchangesIn(await exported())).toBe(5)
  })

  it('answers 200 for what is kept, and counts a key once, across its own end', async () => {
    const daemon = launchDaemon(['--config', configured([{ type: 'http' }])])
    const answer = await post(daemon, `${exchangeLines(20)}nonsense\n`, { 'idempotency-key': 'one' })
    expect([answer.status, await answer.json()]).toEqual([
      200,
      { exchanges: 20, rejected: 1, rejectedBy: { not_object: { count: 1, firstLine: 21 } }, repeated: false },
    ])
    expect((await post(daemon, exchangeLines(5))).status).toBe(200)
    daemon.signal('SIGKILL')
    await daemon.ended
    expect(exchangesIn(await exported())).toBe(25)
    const again = launchDaemon(['--config', configured([{ type: 'http' }])])
    expect(await (await post(again, `${exchangeLines(20)}nonsense\n`, { 'idempotency-key': 'one' })).json()).toMatchObject({
      exchanges: 20,
      rejected: 1,
      repeated: true,
    })
    expect((await sourceOf(again, 'http')).counts).toMatchObject({ bodiesRepeated: 1, exchanges: 0 })
    const wrong = await post(again, exchangeLines(1), { 'idempotency-key': 'two words' })
    expect([wrong.status, wrong.headers.get('content-type')]).toEqual([400, 'application/problem+json'])
    expect(await wrong.json()).toMatchObject({ status: 400, errors: [{ pointer: '/header/idempotency-key' }] })
    const undecodable = await post(again, gzipSync(exchangeLines(3)).subarray(0, -9), { 'content-encoding': 'gzip' })
    expect(undecodable.status).toBe(400)
    await stopped(again)
    expect(exchangesIn(await exported())).toBe(25)
  })

  it('tells the service manager how it is', async () => {
    if (!succeeds('perl', '-MSocket', '-e', '1')) return console.log('skipped: there is no perl to receive datagrams')
    const socket = join(folder, 'notify')
    const receiver = spawn('perl', ['-MSocket', '-e', receive, socket], { stdio: ['ignore', 'pipe', 'inherit'] })
    let told = ''
    receiver.stdout.setEncoding('utf8').on('data', (text: string) => {
      told += text
    })
    await until(() => told.includes('bound'))
    const daemon = launchDaemon(['--config', configured([{ type: 'http' }])], { env: { NOTIFY_SOCKET: socket, WATCHDOG_USEC: '200000' } })
    await until(() => told.includes('READY=1') && told.includes('WATCHDOG=1'))
    expect(told).toMatch(/READY=1\nSTATUS=listening on http:\/\/127\.0\.0\.1:\d+/)
    daemon.signal('SIGHUP')
    await until(() => /RELOADING=1\nMONOTONIC_USEC=\d+[^]*READY=1/.test(told))
    await stopped(daemon)
    await until(() => told.includes('STOPPING=1'))
    receiver.kill()
  })
})

describe('the data folder', () => {
  const start = (): DaemonProcess => launchDaemon(['--file', log, '--data-dir', data])

  it('that is damaged, foreign or taken is named, and nothing is begun', async () => {
    writeFileSync(log, lines(0, 50))
    const first = start()
    await shows(first, 50)
    await stopped(first)
    const database = join(data, 'tapistry.db')
    const whole = readFileSync(database)
    const cases: ReadonlyArray<readonly [name: string, spoil: () => void, said: RegExp]> = [
      ['no database', () => writeFileSync(database, 'x'.repeat(8192)), /tapistry\.db: is no database of Tapistry/],
      ['cut', () => truncateSync(database, Math.floor(whole.length / 8192) * 4096), /tapistry\.db: (?:is damaged|what it holds cannot be read)/],
      ['no key', () => rmSync(join(data, 'secret.key')), /secret\.key: is lost/],
    ]
    const key = readFileSync(join(data, 'secret.key'))
    for (const [name, spoil, said] of cases) {
      spoil()
      const daemon = start()
      expect(await daemon.ended, name).toBe(3)
      expect(daemon.said()).toMatch(said)
      writeFileSync(database, whole)
      writeFileSync(join(data, 'secret.key'), key)
    }
    const last = start()
    await shows(last, 50)
    await stopped(last)
  })
})

describe('a full disk', () => {
  it('is named, loses nothing, and is over once there is room', async () => {
    mkdirSync(data)
    if (!succeeds('mount', '-t', 'tmpfs', '-o', 'size=2m', 'tmpfs', data)) return console.log('skipped: a small disk needs root and mount')
    try {
      writeFileSync(log, lines(0, 20))
      const sources = [{ type: 'log', path: log }, { type: 'http' }]
      const daemon = launchDaemon(['--config', configured(sources)])
      await shows(daemon, 20)
      fill(join(data, 'filler'))
      appendFileSync(log, lines(20, 5_000))
      const reasons = await until(async () => {
        const answer = await daemon.get('/readyz')
        return answer.status === 503 && ((await answer.json()) as { reasons: string[] }).reasons
      })
      expect(reasons).toEqual([expect.stringMatching(/^nothing can be kept: .*the disk is full/)])
      const refused = await post(daemon, exchangeLines(10), { 'idempotency-key': 'full' })
      expect(refused.status).toBe(503)
      expect(await refused.json()).toMatchObject({ detail: expect.stringContaining('the disk is full') })
      rmSync(join(data, 'filler'))
      await shows(daemon, 5_030)
      expect((await daemon.get('/readyz')).status).toBe(200)
      expect(await (await post(daemon, exchangeLines(10), { 'idempotency-key': 'full' })).json()).toMatchObject({ exchanges: 10, repeated: true })
      fill(join(data, 'filler'))
      appendFileSync(log, lines(5_020, 5_000))
      await until(async () => (await daemon.get('/readyz')).status === 503)
      daemon.signal('SIGTERM')
      expect(await daemon.ended).toBe(3)
      expect(daemon.log().at(-1)).toMatchObject({ level: 'error', message: 'not everything was kept', reason: expect.stringContaining('the disk is full') })
      rmSync(join(data, 'filler'))
      const next = launchDaemon(['--config', configured(sources)])
      await shows(next, 10_030)
      await stopped(next)
    } finally {
      killDaemons()
      await until(() => succeeds('umount', data))
    }
  })
})

/** Takes all the room that is left. */
function fill(path: string): void {
  const file = openSync(path, 'w')
  try {
    for (const bytes of [1 << 16, 1 << 12]) while (writes(file, bytes));
  } finally {
    closeSync(file)
  }
}

function writes(file: number, bytes: number): boolean {
  try {
    return writeSync(file, Buffer.alloc(bytes, 1)) === bytes
  } catch {
    return false
  }
}

function succeeds(program: string, ...parameters: readonly string[]): boolean {
  try {
    execFileSync(program, parameters, { stdio: 'ignore' })
    return true
  } catch {
    return false
  }
}

/** Prints the datagrams that come to a socket, which Node cannot receive. */
const receive = `$| = 1; socket(S, AF_UNIX, SOCK_DGRAM, 0); bind(S, pack_sockaddr_un($ARGV[0])) or die; print "bound\\n"; while (recv(S, $b, 4096, 0), 1) { print "$b\\n" }`
