import { gzipSync } from 'node:zlib'
import type { Random } from './random.ts'

/** What a client and a server say to each other on one connection: clean HTTP/1.1. */
export interface Conversation {
  readonly clientPort: number
  readonly turns: readonly Turn[]
  readonly exchanges: readonly Said[]
}

/** What one side says before the other goes on. */
export interface Turn {
  readonly from: 'client' | 'server'
  readonly bytes: Buffer
}

interface Said {
  readonly request: Buffer
  readonly response: Buffer
  readonly method: string
}

/** A connection of one to six exchanges: one after the other or pipelined, now and then with a response that ends with the connection. */
export function conversation(random: Random, clientPort: number): Conversation {
  const isPipelined = random.once(4)
  const count = 1 + random.below(6)
  const closes = random.once(3)
  const exchanges = Array.from({ length: count }, (_, index) => said(random, { isPipelined, closes: closes && index === count - 1 }))
  const turn = (from: Turn['from'], bytes: readonly Buffer[]): Turn => ({ from, bytes: Buffer.concat(bytes) })
  const turns = isPipelined
    ? [
        turn(
          'client',
          exchanges.map(({ request }) => request),
        ),
        turn(
          'server',
          exchanges.map(({ response }) => response),
        ),
      ]
    : exchanges.flatMap(({ request, response }) => [turn('client', [request]), turn('server', [response])])
  return { clientPort, turns, exchanges }
}

function said(random: Random, { isPipelined, closes }: { readonly isPipelined: boolean; readonly closes: boolean }): Said {
  const method = random.pick(['GET', 'GET', 'GET', 'POST', 'POST', 'PUT', 'PATCH', 'DELETE', 'HEAD', 'OPTIONS', 'PROPFIND'])
  const hasBody = ['POST', 'PUT', 'PATCH', 'PROPFIND'].includes(method) || (method === 'DELETE' && random.once(4))
  const head = [`${method} ${targetOf(random)} HTTP/1.1`, `Host: ${random.pick(hosts)}`, ...random.shuffled(requestFields).slice(0, random.below(5))]
  const request = message(random, head, hasBody ? json(random) : null, { mayCode: false, closes: false })
  return { request, response: responseTo(random, method, { isPipelined, closes }), method }
}

function responseTo(random: Random, method: string, { isPipelined, closes }: { readonly isPipelined: boolean; readonly closes: boolean }): Buffer {
  const status = random.pick([200, 200, 200, 200, 201, 204, 206, 301, 304, 400, 401, 404, 404, 500, 503])
  const interim = !isPipelined && random.once(12) ? Buffer.from('HTTP/1.1 100 Continue\r\n\r\n') : Buffer.alloc(0)
  const head = [`HTTP/1.1 ${status} ${random.pick(['OK', 'Fine', 'Not so', ''])}`, ...random.shuffled(responseFields).slice(0, random.below(5))]
  if (method === 'HEAD' && status !== 204 && status !== 304) head.push(`Content-Length: ${random.below(5000)}`)
  if (method === 'HEAD' || status === 204 || status === 304) return Buffer.concat([interim, message(random, head, null, { mayCode: false, closes: false })])
  return Buffer.concat([interim, message(random, head, random.once(6) ? Buffer.alloc(0) : json(random), { mayCode: true, closes })])
}

/** A message with its body by length, in chunks, or (`closes`) to the end of the connection. */
function message(
  random: Random,
  head: readonly string[],
  body: Buffer | null,
  { mayCode, closes }: { readonly mayCode: boolean; readonly closes: boolean },
): Buffer {
  const lines = [...head]
  if (body === null) return Buffer.from(`${lines.join('\r\n')}\r\n\r\n`)
  lines.push('Content-Type: application/json')
  let content = body
  if (mayCode && random.once(4)) {
    lines.push('Content-Encoding: gzip')
    content = gzipSync(body)
  }
  let framed = content
  if (closes) lines.push('Connection: close')
  else if (random.once(3)) {
    lines.push('Transfer-Encoding: chunked')
    framed = chunked(random, content)
  } else lines.push(`Content-Length: ${content.length}`)
  return Buffer.concat([Buffer.from(`${lines.join('\r\n')}\r\n\r\n`), framed])
}

function chunked(random: Random, content: Buffer): Buffer {
  const pieces: Buffer[] = []
  for (let at = 0; at < content.length;) {
    const piece = content.subarray(at, at + 1 + random.below(400))
    const extension = random.once(5) ? ';name="value"' : ''
    pieces.push(Buffer.from(`${piece.length.toString(16)}${extension}\r\n`), piece, Buffer.from('\r\n'))
    at += piece.length
  }
  pieces.push(Buffer.from(random.once(5) ? '0\r\nX-Checksum: 1\r\n\r\n' : '0\r\n\r\n'))
  return Buffer.concat(pieces)
}

function targetOf(random: Random): string {
  const path = random.pick([
    '/',
    '/health',
    `/users/${random.below(100_000)}`,
    `/users/${random.below(100_000)}/orders`,
    `/v1/items/${random.below(1000)}`,
    '/search',
    '/a%20b/c',
  ])
  return random.once(3) ? `${path}?page=${random.below(20)}&q=%C3%A9` : path
}

function json(random: Random): Buffer {
  const items = Array.from({ length: random.below(random.once(8) ? 200 : 8) }, (_, index) => ({
    id: index,
    name: `item ${random.below(1000)}`,
    price: random.below(10_000) / 100,
  }))
  return Buffer.from(JSON.stringify({ items, total: items.length, next: random.once(2) ? null : `/items?page=${random.below(9)}` }))
}

const hosts = ['api.example.com', 'shop.example.com:8080', '192.0.2.7']
const requestFields = [
  'Accept: */*',
  'User-Agent: test/1.0',
  'Accept-Encoding: gzip',
  'Authorization: Bearer abc.def.ghi',
  'Cookie: a=b; c=d',
  'X-Request-Id:  17  ',
  'X-Empty:',
]
const responseFields = [
  'Server: test',
  'Date: Mon, 05 Jan 2026 10:00:00 GMT',
  'Cache-Control: no-store',
  'Set-Cookie: a=b',
  'Set-Cookie: c=d; Path=/',
  'ETag: "x"',
  'X-Empty:',
]
