import { crc32 } from 'node:zlib'

/** One request and its response, before it becomes bytes. Bodies that are not text are sent as JSON. */
export interface Exchange {
  readonly method: string
  /** Path and query as sent. */
  readonly target: string
  readonly requestHeaders?: Readonly<Record<string, string>>
  readonly requestBody?: unknown
  readonly status: number
  readonly responseHeaders?: Readonly<Record<string, string>>
  readonly responseBody?: unknown
  /** Media type of the response body; JSON unless given. */
  readonly mediaType?: string
  readonly requestMediaType?: string
  /** How the response body travels. */
  readonly framing?: 'length' | 'chunked' | 'gzip' | 'gzip-chunked'
  /** Microseconds from request to response. */
  readonly latencyUs: number
}

export function requestBytes(exchange: Exchange, host: string, userAgent: string): Uint8Array {
  const body = bodyBytes(exchange.requestBody)
  const lines = [`${exchange.method} ${exchange.target} HTTP/1.1`, `Host: ${host}`, `User-Agent: ${userAgent}`]
  for (const [name, value] of Object.entries(exchange.requestHeaders ?? {})) lines.push(`${name}: ${value}`)
  if (body !== null) lines.push(`Content-Type: ${exchange.requestMediaType ?? 'application/json'}`, `Content-Length: ${body.length}`)
  return Buffer.concat([Buffer.from(`${lines.join('\r\n')}\r\n\r\n`), body ?? Buffer.alloc(0)])
}

export function responseBytes(exchange: Exchange): Uint8Array {
  const framing = exchange.framing ?? 'length'
  const plain = bodyBytes(exchange.responseBody)
  const lines = [`HTTP/1.1 ${exchange.status} ${reasons[exchange.status] ?? 'Other'}`, 'Server: nginx']
  for (const [name, value] of Object.entries(exchange.responseHeaders ?? {})) lines.push(`${name}: ${value}`)
  if (plain === null) {
    if (exchange.status !== 204 && exchange.status !== 304) lines.push('Content-Length: 0')
    return Buffer.from(`${lines.join('\r\n')}\r\n\r\n`)
  }
  lines.push(`Content-Type: ${exchange.mediaType ?? 'application/json'}`)
  if (framing.startsWith('gzip')) lines.push('Content-Encoding: gzip')
  const coded = framing.startsWith('gzip') ? gzipStored(plain) : plain
  const chunked = framing.endsWith('chunked')
  lines.push(chunked ? 'Transfer-Encoding: chunked' : `Content-Length: ${coded.length}`)
  return Buffer.concat([Buffer.from(`${lines.join('\r\n')}\r\n\r\n`), chunked ? inChunks(coded) : coded])
}

/** Bytes of the body as the log counts them: after content coding, without the chunk lines. */
export function sentBodyBytes(exchange: Exchange): number {
  const plain = bodyBytes(exchange.responseBody)
  if (plain === null) return 0
  return exchange.framing?.startsWith('gzip') === true ? gzipStored(plain).length : plain.length
}

const reasons: Readonly<Record<number, string>> = {
  200: 'OK',
  201: 'Created',
  202: 'Accepted',
  204: 'No Content',
  304: 'Not Modified',
  400: 'Bad Request',
  401: 'Unauthorized',
  403: 'Forbidden',
  404: 'Not Found',
  409: 'Conflict',
  422: 'Unprocessable Content',
  429: 'Too Many Requests',
  500: 'Internal Server Error',
}

function bodyBytes(body: unknown): Buffer | null {
  if (body === undefined) return null
  return Buffer.from(typeof body === 'string' ? body : JSON.stringify(body))
}

function inChunks(bytes: Uint8Array): Uint8Array {
  const parts: Uint8Array[] = []
  for (let offset = 0; offset < bytes.length; offset += 700) {
    const part = bytes.subarray(offset, offset + 700)
    parts.push(Buffer.from(`${part.length.toString(16)}\r\n`), part, Buffer.from('\r\n'))
  }
  return Buffer.concat([...parts, Buffer.from('0\r\n\r\n')])
}

/** RFC 1952 around stored blocks: what a compressor writes differs by its version and the processor, this does not. */
function gzipStored(bytes: Uint8Array): Buffer {
  const size = Buffer.alloc(4)
  size.writeUInt16LE(bytes.length, 0)
  size.writeUInt16LE(~bytes.length & 0xffff, 2)
  const trailer = Buffer.alloc(8)
  trailer.writeUInt32LE(crc32(bytes), 0)
  trailer.writeUInt32LE(bytes.length, 4)
  return Buffer.concat([Buffer.from([0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 0, 255, 1]), size, bytes, trailer])
}
