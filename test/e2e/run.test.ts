import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { appendFileSync, copyFileSync, mkdirSync, readdirSync, rmSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:net'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'

import { packageFolder } from '../../src/base/version.ts'
import type { InventoryDocument } from '../../src/inventory/document.ts'
import type { SourceStatus } from '../../src/source/source.ts'
import { run } from '../cli/run.ts'
import { killDaemons, launchDaemon } from './daemon.ts'
import { brokenIdentities } from './identities.ts'
import { shows, sourceOf, stopped } from './rest.ts'
import { exchangesIn, logLines, runFolder, type RunFolder } from './run_folder.ts'
import { succeeds } from './succeeds.ts'
import { until } from './until.ts'

let at: RunFolder
beforeEach(() => {
  at = runFolder()
})
afterEach(() => {
  killDaemons()
  at.remove()
})

const capture = join(packageFolder, 'examples', 'shop.pcap')

describe('the daemon', () => {
  it('reads its sources, serves what it found, and keeps what it served', async () => {
    writeFileSync(at.log, logLines(0, 40))
    const captures = join(at.folder, 'captures')
    mkdirSync(captures)
    copyFileSync(capture, join(captures, 'shop.pcap'))
    const daemon = launchDaemon(['--file', at.log, '--file', captures, '--host', 'logs.example.com', '--data-dir', at.data])
    expect(await daemon.says(/^Tapistry runs$/)).toMatchObject({ level: 'info', path: at.data, count: 2, version: '0.1.0' })
    expect((await daemon.get('/healthz')).status).toBe(200)
    expect((await daemon.get('/readyz')).status).toBe(200)
    const inCapture = exchangesIn((await run(['scan', capture, '--format', 'json'])).out)
    await shows(daemon, 40 + inCapture)
    appendFileSync(at.log, logLines(40, 2))
    await shows(daemon, 42 + inCapture)
    expect(await sourceOf(daemon, 'log')).toMatchObject({ state: 'up', problem: null, counts: { lines: 42, exchanges: 42 } })
    expect(await sourceOf(daemon, 'pcap')).toMatchObject({ state: 'up', counts: { files: 1, filesBad: 0 } })
    const kept = await at.exported()
    expect(brokenIdentities(JSON.parse(kept) as InventoryDocument)).toEqual([])
    const listed = await daemon.json<{ items: Array<Record<string, unknown>> }>('/api/v1/endpoints?limit=500')
    const inExport = (JSON.parse(kept) as InventoryDocument).services.flatMap(({ id, name, endpoints }) =>
      endpoints.map((endpoint) => ({ service: id, serviceName: name, ...endpoint })),
    )
    const byId = (items: ReadonlyArray<Record<string, unknown>>): unknown => items.toSorted((a, b) => (String(a['id']) < String(b['id']) ? -1 : 1))
    expect(byId(listed.items)).toEqual(byId(inExport))
    expect(await (await daemon.get('/metrics')).text()).toContain('tapistry_')
    await stopped(daemon)
    expect(await at.exported()).toBe(kept)
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
    writeFileSync(at.log, logLines(0, 10))
    const first = launchDaemon(['--file', at.log, '--file', capture, '--data-dir', at.data])
    const inCapture = exchangesIn((await run(['scan', capture, '--format', 'json'])).out)
    await shows(first, 10 + inCapture)
    await stopped(first)
    const kept = await at.exported()
    const second = launchDaemon(['--file', at.log, '--file', capture, '--data-dir', at.data])
    await until(async () => (await sourceOf(second, 'pcap')).counts['files'] === 1)
    await stopped(second)
    expect(await at.exported()).toBe(kept)
    appendFileSync(at.log, logLines(10, 5))
    const third = launchDaemon(['--file', at.log, '--file', capture, '--data-dir', at.data])
    await shows(third, 15 + inCapture)
  })

  it('is alone in its folder', async () => {
    writeFileSync(at.log, logLines(0, 3))
    const daemon = launchDaemon(['--file', at.log, '--data-dir', at.data])
    await shows(daemon, 3)
    const other = launchDaemon(['--file', at.log, '--data-dir', at.data])
    expect(await other.ended).toBe(3)
    expect(other.said()).toMatch(new RegExp(`^tapistry: .*: is in use by tapistry run \\(process ${daemon.pid} on .*\\); wait for it to end or stop it`))
    // A lock ends with its process, however that ends.
    daemon.signal('SIGKILL')
    expect(await daemon.ended).toBe('SIGKILL')
    const next = launchDaemon(['--file', at.log, '--data-dir', at.data])
    await shows(next, 3)
    await stopped(next)
  })

  it('never starts half', async () => {
    writeFileSync(at.log, logLines(0, 3))
    const server = createServer().listen(0, '127.0.0.1')
    await once(server, 'listening')
    const { port } = server.address() as { port: number }
    const cases: ReadonlyArray<readonly [argv: readonly string[], code: number, said: RegExp]> = [
      [['--file', at.log, '--listen', `127.0.0.1:${port}`], 2, /listen: 127\.0\.0\.1:\d+ cannot be used: another program listens there/],
      [['--file', at.log, '--listen', '0.0.0.0:0'], 2, /listen: .* can be reached from other machines/],
      [['--file', at.log, '--file', at.log], 2, /is there twice, and would be counted twice/],
      [['--file', at.log, '--interface', 'lo', '--filter', 'tcp prot 80'], 2, /sources\.0\.filter: packet filter.*(?:syntax|libpcap)/],
      [['--file', at.log, '--spec', join(at.folder, 'none.yaml')], 2, /none\.yaml/],
      [[], 2, /nothing to read: name a source/],
      [['--config', join(at.folder, 'none.yaml')], 2, /none\.yaml/],
    ]
    for (const [argv, code, said] of cases) {
      const daemon = launchDaemon([...argv, '--data-dir', at.data], { cwd: at.folder })
      expect(await daemon.ended, argv.join(' ')).toBe(code)
      expect(daemon.said()).toMatch(said)
      expect(daemon.said()).not.toContain('Tapistry runs')
      expect(daemon.said().split('\n')).toHaveLength(2)
    }
    for (const [source, said] of [
      [{ type: 'log', path: at.log, format: '$nonsense' }, /sources\.0\.format: .*\$nonsense/],
      [{ type: 'log', path: at.log, format: 'combinde' }, /sources\.0\.format: combinde is no format of logs/],
      [{ type: 'log', path: at.log, pth: 1 }, /pth/],
      [{ type: 'kafka', brokers: ['127.0.0.1:1'] }, /sources\.0/],
    ] as const) {
      const daemon = launchDaemon(['--config', at.configured([source])])
      expect(await daemon.ended, JSON.stringify(source)).toBe(2)
      expect(daemon.said()).toMatch(said)
    }
    server.close()
    // Nothing was read by any of them.
    if (readdirSync(at.folder).includes('data')) expect(readdirSync(at.data).includes('tapistry.db') ? exchangesIn(await at.exported()) : 0).toBe(0)
  })

  it('goes on with the others while a source is down, and reads it when it is back', async () => {
    writeFileSync(at.log, logLines(0, 3))
    // What lies below a file cannot be opened by anybody.
    writeFileSync(join(at.folder, 'notdir'), '')
    const daemon = launchDaemon([
      '--config',
      at.configured([
        { type: 'log', path: at.log },
        { type: 'log', path: join(at.folder, 'notdir', 'x.log'), host: 'other.example.com' },
      ]),
    ])
    await shows(daemon, 3)
    expect(await daemon.says(/^source cannot be read$/)).toMatchObject({ level: 'warn', source: `log:${join(at.folder, 'notdir', 'x.log')}` })
    const { items } = await daemon.json<{ items: readonly SourceStatus[] }>('/api/v1/sources')
    expect(items.find(({ state }) => state === 'down')).toMatchObject({ problem: expect.stringContaining('x.log'), retryAt: expect.stringMatching(/Z$/) })
    expect((await daemon.get('/readyz')).status).toBe(200)
    rmSync(join(at.folder, 'notdir'))
    mkdirSync(join(at.folder, 'notdir'))
    writeFileSync(join(at.folder, 'notdir', 'x.log'), logLines(0, 4))
    await shows(daemon, 7)
    await daemon.says(/^source is read again$/)
    appendFileSync(at.log, logLines(3, 1))
    await shows(daemon, 8)
    await stopped(daemon)
  })

  it('says that it is not ready where no source can be read', async () => {
    const captures = { type: 'pcap', path: join(at.folder, 'none.pcap'), follow: true }
    const daemon = launchDaemon(['--config', at.configured([{ type: 'log', path: join(at.folder, 'x.log') }, captures])])
    await until(async () => (await daemon.get('/readyz')).status === 503)
    expect(await (await daemon.get('/readyz')).json()).toMatchObject({
      reasons: [expect.stringMatching(/^no source can be read: log:.*x\.log: no such file.*pcap:.*none\.pcap: no such file/)],
    })
    expect(await (await daemon.get('/metrics')).text()).toContain(`tapistry_source_up{source="log:${join(at.folder, 'x.log')}",kind="log"} 0`)
    // Once, however often they are looked at.
    await until(() => daemon.log().filter(({ message }) => message === 'source cannot be read').length === 2)
    writeFileSync(join(at.folder, 'x.log'), logLines(0, 2))
    await daemon.says(/^source is read again$/)
    expect((await daemon.get('/readyz')).status).toBe(200)
    expect(daemon.log().filter(({ message }) => message === 'source cannot be read')).toHaveLength(2)
    await stopped(daemon)
  })

  it('tells the service manager how it is', async () => {
    if (!succeeds('perl', '-MSocket', '-e', '1')) return console.log('skipped: there is no perl to receive datagrams')
    const socket = join(at.folder, 'notify')
    const receiver = spawn('perl', ['-MSocket', '-e', receive, socket], { stdio: ['ignore', 'pipe', 'inherit'] })
    let told = ''
    receiver.stdout.setEncoding('utf8').on('data', (text: string) => {
      told += text
    })
    await until(() => told.includes('bound'))
    const daemon = launchDaemon(['--config', at.configured([{ type: 'http' }])], { env: { NOTIFY_SOCKET: socket, WATCHDOG_USEC: '200000' } })
    await until(() => told.includes('READY=1') && told.includes('WATCHDOG=1'))
    expect(told).toMatch(/READY=1\nSTATUS=listening on http:\/\/127\.0\.0\.1:\d+/)
    daemon.signal('SIGHUP')
    await until(() => /RELOADING=1\nMONOTONIC_USEC=\d+[^]*READY=1/.test(told))
    await stopped(daemon)
    await until(() => told.includes('STOPPING=1'))
    receiver.kill()
  })
})

/** Prints the datagrams that come to a socket, which Node cannot receive. */
const receive = `$| = 1; socket(S, AF_UNIX, SOCK_DGRAM, 0); bind(S, pack_sockaddr_un($ARGV[0])) or die; print "bound\\n"; while (recv(S, $b, 4096, 0), 1) { print "$b\\n" }`
