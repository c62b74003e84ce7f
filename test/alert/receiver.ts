import { once } from 'node:events'
import { createServer, type IncomingHttpHeaders, type Server, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'

/** A request as a receiver got it, its body decoded where it is JSON. */
export interface Received {
  readonly method: string
  readonly path: string
  readonly headers: IncomingHttpHeaders
  readonly text: string
  readonly body: Readonly<Record<string, unknown>>
}

export interface ReceiverAnswer {
  readonly status: number
  readonly headers?: Readonly<Record<string, string>>
  readonly body?: string | Uint8Array
  /** Answers nothing and leaves the connection open. */
  readonly isSilent?: boolean
}

export interface Receiver {
  readonly port: number
  readonly url: string
  readonly received: readonly Received[]
  /** Answers these, one after another, before it goes back to its own. */
  queue(...answers: readonly ReceiverAnswer[]): void
  close(): Promise<void>
}

/** A loopback server that keeps what it got and answers as `own` says. */
export async function openReceiver(own: (request: Received) => ReceiverAnswer, port = 0): Promise<Receiver> {
  const received: Received[] = []
  const queued: ReceiverAnswer[] = []
  const server = createServer((request, response) => {
    const chunks: Buffer[] = []
    request.on('data', (chunk: Buffer) => chunks.push(chunk))
    request.on('error', () => undefined)
    request.on('end', () => {
      const text = Buffer.concat(chunks).toString('utf8')
      const { method = '', url = '', headers } = request
      const got: Received = { method, path: url, headers, text, body: jsonOf(text) }
      received.push(got)
      answer(response, queued.shift() ?? own(got))
    })
  })
  server.listen(port, '127.0.0.1')
  await once(server, 'listening')
  const { port: actual } = server.address() as AddressInfo
  return {
    port: actual,
    url: `http://127.0.0.1:${actual}`,
    received,
    queue: (...answers) => void queued.push(...answers),
    close: () => closed(server),
  }
}

function answer(response: ServerResponse, { status, headers = {}, body = '', isSilent = false }: ReceiverAnswer): void {
  if (isSilent) return
  response.writeHead(status, headers)
  response.end(body)
}

async function closed(server: Server): Promise<void> {
  server.close()
  server.closeAllConnections()
  if (server.listening) await once(server, 'close')
}

function jsonOf(text: string): Record<string, unknown> {
  try {
    return JSON.parse(text) as Record<string, unknown>
  } catch {
    return {}
  }
}
