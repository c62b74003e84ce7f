import { execFileSync, spawn, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { createServer, type AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

import { describe, expect, it, onTestFinished } from 'vitest'

import { receiving, until } from './receiving.ts'

const line = '10.0.0.1 - - [21/Sep/2026:14:00:00 +0000] "GET /items/7 HTTP/1.1" 200 3 "-" "curl/8"'
const isThere = (program: string): boolean => spawnSync(program, ['--version']).error === undefined

/** Programs that others run: each test is skipped where its program is not installed. */
describe('real senders', () => {
  it.skipIf(!isThere('logger'))('logger of util-linux, in every form it knows', async () => {
    const [udp, tcp] = [await receiving('udp'), await receiving('tcp')]
    for (const form of ['--rfc5424', '--rfc3164']) {
      execFileSync('logger', ['--server', '127.0.0.1', '--port', String(udp.port), '--udp', '--tag', 'nginx', form, line])
      for (const framing of [[], ['--octet-count']]) {
        execFileSync('logger', ['--server', '127.0.0.1', '--port', String(tcp.port), '--tcp', '--tag', 'nginx', '--id=7', form, ...framing, line])
      }
    }
    await Promise.all([udp.lines(2), tcp.lines(4)])
    expect([udp.counts()['exchanges'], tcp.counts()['exchanges']]).toEqual([2, 4])
  })

  it.skipIf(!isThere('nginx'))('nginx, by access_log syslog:', async () => {
    const { port, counts, lines, sink } = await receiving('udp')
    const own = await freePort()
    const url = await program(
      own,
      'nginx',
      (folder) => ['-p', folder, '-c', join(folder, 'config')],
      `
daemon off; master_process off; pid nginx.pid; error_log stderr crit;
events {}
http {
  log_format own escape=json '{"method":"$request_method","uri":"$request_uri","status":"$status","host":"$host","time_iso8601":"$time_iso8601"}';
  server {
    listen 127.0.0.1:${own};
    location / {
      access_log syslog:server=127.0.0.1:${port} combined;
      access_log syslog:server=127.0.0.1:${port},nohostname,tag=edge own;
      return 200 "{}";
    }
  }
}`,
    )
    await fetch(`${url}/orders/17?expand=lines`)
    // One line in each form for the request that found it running, and for ours.
    await lines(4)
    expect(counts()['exchanges']).toBe(counts()['lines'])
    expect(sink.services()).toEqual(['127.0.0.1', 'unknown (syslog)'])
  })

  it.skipIf(!isThere('haproxy'))('HAProxy, by option httplog, in both formats', async () => {
    const { port, counts, lines } = await receiving('udp')
    const own = await freePort()
    const url = await program(
      own,
      'haproxy',
      (folder) => ['-f', join(folder, 'config')],
      `
defaults
  mode http
  timeout client 5s
frontend edge
  bind 127.0.0.1:${own}
  log 127.0.0.1:${port} format rfc3164 local0
  log 127.0.0.1:${port} format rfc5424 local0
  option httplog
  http-request return status 200 content-type text/plain string ok
`,
    )
    await fetch(`${url}/orders/17`)
    await lines(4)
    expect(counts()['exchanges']).toBe(counts()['lines'])
  })
})

/** Runs a server of HTTP below `config` until the test ends; resolves to its URL when it answers. */
async function program(port: number, name: string, words: (folder: string) => readonly string[], config: string): Promise<string> {
  const folder = mkdtempSync(join(tmpdir(), 'tapistry-sender-'))
  writeFileSync(join(folder, 'config'), config)
  const child = spawn(name, words(folder), { stdio: 'ignore' })
  onTestFinished(async () => {
    child.kill()
    if (child.exitCode === null && child.signalCode === null) await once(child, 'exit')
    rmSync(folder, { recursive: true, force: true })
  })
  const url = `http://127.0.0.1:${port}`
  let isUp = false
  const knock = (): void =>
    void fetch(`${url}/`, { method: 'OPTIONS' }).then(
      () => (isUp = true),
      () => undefined,
    )
  await until(() => {
    if (!isUp) knock()
    return isUp
  })
  return url
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo
  server.close()
  await once(server, 'close')
  return port
}
