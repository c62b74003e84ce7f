import { execFileSync } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { createServer as createHttpServer, type ServerResponse } from 'node:http'
import { createServer as createHttp2Server, connect as connectHttp2 } from 'node:http2'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { TLSSocket, connect as connectTls, createServer as createTlsServer } from 'node:tls'

import type { Turn } from './conversation.ts'
import { openRecordingProxy, portOf } from './recording_proxy.ts'

/** A TLS connection as it went over the wire, and what decrypts it. */
export interface TlsRecording {
  readonly turns: readonly Turn[]
  readonly keyLog: string
  /** The private RSA key of the server, as PEM. */
  readonly rsaKey: string
}

/** What client and server agree on. */
export interface TlsOffer {
  readonly version: 'TLSv1' | 'TLSv1.1' | 'TLSv1.2' | 'TLSv1.3'
  /** As OpenSSL names it. */
  readonly suite: string
  readonly isHttp2?: boolean
}

/** Speaks TLS with itself through a proxy that writes down what goes by. */
export interface TlsRecorder {
  record(offer: TlsOffer): Promise<TlsRecording>
  close(): void
}

/** The bodies of the answers are as long as this. */
export const answerBytes = 20_000

/** With keys of both kinds, so that every suite finds one. */
export function openTlsRecorder(): TlsRecorder {
  const folder = mkdtempSync(join(tmpdir(), 'tapistry-tls-'))
  const pair = (name: string, ...kind: readonly string[]): { key: Buffer; cert: Buffer } => {
    const [key, cert] = [join(folder, `${name}.key`), join(folder, `${name}.pem`)]
    const subject = ['-subj', '/CN=api.example.com', '-addext', 'subjectAltName=DNS:api.example.com']
    execFileSync('openssl', ['req', '-x509', ...kind, '-nodes', '-days', '2', ...subject, '-keyout', key, '-out', cert], { stdio: 'pipe' })
    return { key: readFileSync(key), cert: readFileSync(cert) }
  }
  const pairs = [pair('rsa', '-newkey', 'rsa:2048'), pair('ec', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1')]
  return { record: (offer) => record(offer, pairs), close: () => rmSync(folder, { recursive: true, force: true }) }
}

async function record({ version, suite, isHttp2 = false }: TlsOffer, pairs: ReadonlyArray<{ key: Buffer; cert: Buffer }>): Promise<TlsRecording> {
  let keyLog = ''
  const versions = { minVersion: version, maxVersion: version } as const
  // A list must have suites of before TLS 1.3, whatever the versions are.
  const ciphers = `${suite}${version === 'TLSv1.3' ? ':DEFAULT' : ''}:@SECLEVEL=0`
  const [key, cert] = [pairs.map((pair) => pair.key), pairs.map((pair) => pair.cert)]
  const http = isHttp2 ? createHttp2Server() : createHttpServer()
  http.on('request', answer)
  const protocol = isHttp2 ? 'h2' : 'http/1.1'
  const server = createTlsServer(
    { key, cert, ciphers, ...versions, dhparam: 'auto', ALPNProtocols: [protocol] },
    (socket) => void http.emit('connection', socket),
  )
  await once(server.listen(0, '127.0.0.1'), 'listening')
  const proxy = await openRecordingProxy(portOf(server))
  const socket = connectTls({
    port: proxy.port,
    host: '127.0.0.1',
    servername: 'api.example.com',
    rejectUnauthorized: false,
    ciphers,
    ...versions,
    ALPNProtocols: [protocol],
  })
  socket.on('keylog', (line: Buffer) => (keyLog += line.toString('latin1')))
  try {
    await once(socket, 'secureConnect')
    await (isHttp2 ? askHttp2(socket) : askTwice(socket))
  } finally {
    socket.destroy()
    server.close()
    proxy.close()
    http.close()
  }
  // What still goes by belongs to the end of the connection.
  return { turns: [...proxy.turns], keyLog, rsaKey: pairs[0]?.key.toString('latin1') ?? '' }
}

/** The head is a record of its own. */
function answer(_request: unknown, response: Pick<ServerResponse, 'writeHead' | 'flushHeaders' | 'end'>): void {
  response.writeHead(200, { 'content-type': 'application/json', 'content-length': answerBytes })
  response.flushHeaders()
  setImmediate(() => response.end(JSON.stringify('x'.repeat(answerBytes - 2))))
}

async function askTwice(socket: TLSSocket): Promise<void> {
  for (const path of ['/users/1', '/users/2']) {
    socket.write(`GET ${path} HTTP/1.1\r\nHost: api.example.com\r\n\r\n`)
    for (let last = ''; !last.endsWith('x"');) {
      const [piece] = (await once(socket, 'data')) as [Buffer]
      last = piece.toString('latin1')
    }
  }
}

async function askHttp2(socket: TLSSocket): Promise<void> {
  const session = connectHttp2('https://api.example.com', { createConnection: () => socket })
  for (const path of ['/users/1', '/users/2']) {
    const stream = session.request({ ':path': path })
    stream.resume()
    await once(stream, 'end')
  }
  session.destroy()
}
