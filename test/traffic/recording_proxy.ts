import { once } from 'node:events'
import { connect, createServer, type AddressInfo, type Server } from 'node:net'

import type { Turn } from './conversation.ts'

/** What goes by between a client and a server. */
export interface RecordingProxy {
  readonly port: number
  /** So far, of all connections. */
  readonly turns: readonly Turn[]
  close(): void
}

/** Listens in front of what listens on `port` of this machine. */
export async function openRecordingProxy(port: number): Promise<RecordingProxy> {
  const turns: Turn[] = []
  const proxy = createServer((client) => {
    const upstream = connect(port, '127.0.0.1')
    for (const [from, source, sink] of [
      ['client', client, upstream],
      ['server', upstream, client],
    ] as const) {
      source.on('data', (bytes) => {
        turns.push({ from, bytes })
        sink.write(bytes)
      })
      source.on('end', () => sink.end())
      source.on('error', () => sink.destroy())
    }
  })
  await once(proxy.listen(0, '127.0.0.1'), 'listening')
  return { port: portOf(proxy), turns, close: () => void proxy.close() }
}

/** Where a server of this machine listens. */
export function portOf(server: Server): number {
  return (server.address() as AddressInfo).port
}
