import { gzipSync } from 'node:zlib'

import type { Between } from './random.ts'

/** A request and its response as bytes of HTTP/1.1. */
export interface LoadExchange {
  readonly request: Buffer
  readonly response: Buffer
}

/** One call of an invented estate: which service, which operation, and the target with its identifiers. */
export interface LoadCall {
  readonly host: string
  readonly method: string
  readonly target: string
  readonly status: number
}

/** The next call; popular operations come more often. */
export function loadCall(between: Between): LoadCall {
  const host = `${services[Math.min(between(0, services.length - 1), between(0, services.length - 1))] ?? 'shop'}.example.com`
  const [method, path] = operations[Math.min(between(0, operations.length - 1), between(0, operations.length - 1))] ?? ['GET', '/']
  const target = path.replaceAll(/\{(\w+)\}/g, (_, kind: string) => (kind === 'uuid' ? uuid(between) : String(between(1, 900_000))))
  const failed = between(0, 49) === 0
  return { host, method, target, status: failed ? 404 : method === 'POST' ? 201 : 200 }
}

const services = ['shop', 'orders', 'accounts', 'catalog', 'billing', 'search'] as const
const operations: ReadonlyArray<readonly [method: string, path: string]> = [
  ['GET', '/api/v1/products/{id}'],
  ['GET', '/api/v1/products?page={id}&limit=20'],
  ['GET', '/api/v1/users/{id}/orders'],
  ['POST', '/api/v1/carts/{uuid}/items'],
  ['GET', '/api/v1/carts/{uuid}'],
  ['POST', '/api/v1/orders'],
  ['GET', '/api/v1/orders/{uuid}/shipments'],
  ['PUT', '/api/v1/users/{id}/address'],
]

/** A call with a JSON body of 0.2 to 20 KB in its response, in one of five gzipped, in one of five chunked. */
export function mixedExchange(between: Between): LoadExchange {
  const call = loadCall(between)
  const body = answerTo(call, between)
  return { request: requestOf(call, between), response: responseOf(call.status, body, between(0, 4) === 0, between(0, 4) === 0) }
}

/** The JSON that a call is answered with. */
export function answerTo(call: LoadCall, between: Between): Buffer {
  const items = call.status === 404 ? 0 : 1 + Math.floor(between(0, 64) ** 2 / 64)
  const body =
    items === 0
      ? { error: 'not_found', message: 'There is no such thing' }
      : { total: items, page: between(1, 90), items: Array.from({ length: items }, () => item(between)) }
  return Buffer.from(JSON.stringify(body))
}

/** A call that is answered with a mebibyte of a picture. */
export function bulkExchange(between: Between): LoadExchange {
  const call: LoadCall = { host: 'media.example.com', method: 'GET', target: `/pictures/${between(1, 900_000)}`, status: 200 }
  const head = `HTTP/1.1 200 OK\r\nServer: nginx\r\nContent-Type: image/png\r\nContent-Length: ${picture.length}\r\n\r\n`
  return { request: requestOf(call, between), response: Buffer.concat([Buffer.from(head), picture]) }
}

const picture = Buffer.alloc(1 << 20, 0x5a)

/** A call without a body, answered with a few dozen bytes. */
export function smallExchange(between: Between): LoadExchange {
  const call = { ...loadCall(between), method: 'GET', status: 200 }
  return {
    request: requestOf(call, between),
    response: responseOf(200, Buffer.from(JSON.stringify({ id: between(1, 900_000), state: state(between) })), false, false),
  }
}

function item(between: Between): unknown {
  return {
    id: between(1, 900_000),
    reference: uuid(between),
    state: state(between),
    priceCents: between(100, 90_000),
    discount: between(0, 100) / 100,
    available: between(0, 1) === 1,
    title: `${word(between)} ${word(between)} ${word(between)}`,
    contact: `${word(between)}.${word(between)}@example.org`,
    createdAt: `2026-03-0${between(1, 9)}T0${between(0, 9)}:15:02Z`,
    tags: [word(between), word(between)],
    address: { city: word(between), postalCode: String(between(10_000, 99_999)), country: 'DE' },
    note: null,
  }
}

function requestOf({ host, method, target }: LoadCall, between: Between): Buffer {
  const body = method === 'GET' ? '' : JSON.stringify({ productId: between(1, 900_000), quantity: between(1, 9), gift: false })
  const content = body === '' ? '' : `Content-Type: application/json\r\nContent-Length: ${body.length}\r\n`
  return Buffer.from(
    `${method} ${target} HTTP/1.1\r\nHost: ${host}\r\nUser-Agent: ${agents[between(0, agents.length - 1)]}\r\nAccept: application/json\r\nAuthorization: Bearer ${hex(between, 40)}\r\n` +
      `X-Request-Id: ${uuid(between)}\r\n${content}\r\n${body}`,
  )
}

const agents = ['Mozilla/5.0 (X11; Linux x86_64; rv:136.0) Gecko/20100101 Firefox/136.0', 'okhttp/5.0.0', 'python-requests/2.32.3'] as const

function responseOf(status: number, plain: Buffer, gzip: boolean, chunked: boolean): Buffer {
  const body = gzip ? gzipSync(plain, { level: 1 }) : plain
  const head = `HTTP/1.1 ${status} ${status === 404 ? 'Not Found' : 'OK'}\r\nServer: nginx\r\nContent-Type: application/json\r\n${gzip ? 'Content-Encoding: gzip\r\n' : ''}`
  if (!chunked) return Buffer.concat([Buffer.from(`${head}Content-Length: ${body.length}\r\n\r\n`), body])
  const parts: Buffer[] = [Buffer.from(`${head}Transfer-Encoding: chunked\r\n\r\n`)]
  for (let offset = 0; offset < body.length; offset += chunkBytes) {
    const part = body.subarray(offset, offset + chunkBytes)
    parts.push(Buffer.from(`${part.length.toString(16)}\r\n`), part, Buffer.from('\r\n'))
  }
  return Buffer.concat([...parts, Buffer.from('0\r\n\r\n')])
}

const chunkBytes = 4096

function state(between: Between): string {
  return ['open', 'paid', 'shipped', 'closed'][between(0, 3)] ?? 'open'
}

function word(between: Between): string {
  return words[between(0, words.length - 1)] ?? 'oak'
}

const words = ['oak', 'chair', 'lamp', 'green', 'walnut', 'table', 'shelf', 'linen', 'copper', 'glass', 'stone', 'berlin', 'lyon', 'porto', 'delft'] as const

function uuid(between: Between): string {
  return `${hex(between, 8)}-${hex(between, 4)}-4${hex(between, 3)}-a${hex(between, 3)}-${hex(between, 12)}`
}

function hex(between: Between, digits: number): string {
  let text = ''
  while (text.length < digits) text += between(0, 0xffff).toString(16).padStart(4, '0')
  return text.slice(0, digits)
}
