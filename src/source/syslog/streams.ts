import { once } from 'node:events'
import { createServer as createTcpServer, type Server, type Socket } from 'node:net'
import { createServer as createTlsServer } from 'node:tls'

import { sleep } from '../../base/sleep.ts'
import { failureOf, type Counts, type Listener, type ListenAddress } from './listener.ts'
import type { Receiver } from './receiver.ts'

/** PEM texts: certificate and key of the server, and the authority of clients, who then have to show a certificate. */
export interface TlsMaterial {
  readonly cert: Buffer
  readonly key: Buffer
  readonly ca?: Buffer
}

/** Connections at a time; one more is closed at once. Each holds a frame and what was read of its socket: 128 KiB. */
const connectionsMax = 256
/** How long a connection may say nothing: long, since a log may be quiet, and a message is lost where a connection ends. */
const idleMs = 600_000
const handshakeMs = 10_000
/** How long senders have to end their connections when we do; what they send until then is read. */
const closeMs = 1_000

const nothing = new Uint8Array()

/** Receives syslog over TCP (RFC 6587), or over TLS (RFC 5425). A connection is read no faster than its bytes are taken. Rejects where it cannot listen. */
export async function listenForStreams({ host, port }: ListenAddress, tls: TlsMaterial | null, receiver: Receiver, counts: Counts): Promise<Listener> {
  /** As they were accepted, and as they speak, which is the same without TLS. */
  const sockets = new Set<Socket>()
  const speaking = new Map<Socket, Promise<void>>()
  let streams = 0

  async function serve(socket: Socket): Promise<void> {
    // Streams are numbered from 1, and a number comes again only when its stream is long over.
    const stream = (streams = (streams % 0xffff_ffff) + 1)
    let isTaking = false
    socket.setTimeout(idleMs, () => {
      if (isTaking) return
      counts.add('connectionsIdle')
      socket.destroy()
    })
    try {
      for await (const bytes of socket as AsyncIterable<Buffer>) {
        isTaking = true
        await receiver.stream(stream, bytes)
        isTaking = false
      }
    } catch {
      // It was reset or closed, by its sender or by us: what came before counts.
    }
    socket.destroy()
    await receiver.stream(stream, nothing).catch(() => undefined)
  }

  const accept = (socket: Socket): void => {
    speaking.set(
      socket,
      serve(socket).finally(() => speaking.delete(socket)),
    )
  }
  const server: Server =
    tls === null
      ? createTcpServer(accept)
      : createTlsServer({ ...tls, requestCert: tls.ca !== undefined, handshakeTimeout: handshakeMs, minVersion: 'TLSv1.2' }, accept)
  server.maxConnections = connectionsMax
  server.on('connection', (socket: Socket) => {
    counts.add('connections')
    sockets.add(socket)
    socket.setKeepAlive(true, 60_000)
    socket.once('close', () => sockets.delete(socket))
  })
  server.on('drop', () => counts.add('connectionsRefused'))
  server.on('tlsClientError', () => counts.add('handshakesFailed'))
  const failed = failureOf(server)
  server.listen({ port, host })
  await Promise.race([once(server, 'listening'), failed])
  const bound = server.address()
  return {
    protocol: tls === null ? 'tcp' : 'tls',
    port: typeof bound === 'object' && bound !== null ? bound.port : port,
    failed,
    async close() {
      const closed = once(server, 'close')
      server.close()
      for (const socket of speaking.keys()) socket.end()
      const enough = new AbortController()
      await Promise.race([closed, sleep(closeMs, enough.signal)])
      enough.abort()
      for (const socket of sockets) socket.destroy()
      await closed
      await Promise.all(speaking.values())
    },
  }
}
