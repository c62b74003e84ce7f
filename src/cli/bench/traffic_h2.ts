import type { Between } from './random.ts'
import { answerTo, loadCall, type LoadExchange } from './traffic.ts'

/** The call number `number` of a connection as frames of HTTP/2 (RFC 9113), both sides' prefaces before the first. */
export function mixedHttp2Exchange(between: Between, number: number): LoadExchange {
  const call = loadCall(between)
  const stream = 1 + 2 * number
  const content = call.method === 'GET' ? null : Buffer.from(JSON.stringify({ productId: between(1, 900_000), quantity: between(1, 9), gift: false }))
  const asked = fields(
    call.method === 'GET' ? indexed(2) : literal(2, call.method),
    indexed(6),
    literal(4, call.target),
    literal(1, call.host),
    literal(58, 'okhttp/5.0.0'),
    ...(content === null ? [] : [literal(31, 'application/json')]),
  )
  const answered = fields(call.status === 200 ? indexed(8) : literal(8, String(call.status)), literal(54, 'nginx'), literal(31, 'application/json'))
  const [request, response] = [message(stream, asked, content), message(stream, answered, answerTo(call, between))]
  return number === 0 ? { request: Buffer.concat([preface, settings, request]), response: Buffer.concat([settings, response]) } : { request, response }
}

const preface = Buffer.from('PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n')
const kind = { data: 0, headers: 1, settings: 4 } as const
const endStream = 1
const endHeaders = 4
const settings = frame(kind.settings, 0, 0, Buffer.alloc(0))
const frameBytesMax = 16_384

function message(stream: number, block: Buffer, body: Buffer | null): Buffer {
  if (body === null) return frame(kind.headers, endHeaders | endStream, stream, block)
  const frames = [frame(kind.headers, endHeaders, stream, block)]
  for (let offset = 0; offset < body.length; offset += frameBytesMax) {
    const isLast = offset + frameBytesMax >= body.length
    frames.push(frame(kind.data, isLast ? endStream : 0, stream, body.subarray(offset, offset + frameBytesMax)))
  }
  return Buffer.concat(frames)
}

function frame(type: number, flags: number, stream: number, payload: Buffer): Buffer {
  const header = Buffer.alloc(9)
  header.writeUIntBE(payload.length, 0, 3)
  header[3] = type
  header[4] = flags
  header.writeUInt32BE(stream, 5)
  return Buffer.concat([header, payload])
}

function fields(...list: readonly Buffer[]): Buffer {
  return Buffer.concat(list)
}

/** A field of the static table (RFC 7541 appendix A). */
function indexed(index: number): Buffer {
  return Buffer.from([0x80 | index])
}

/** A field with the name of `index` of the static table, not to be indexed, of less than 127 bytes. */
function literal(index: number, value: string): Buffer {
  return Buffer.concat([Buffer.from(index < 15 ? [index, value.length] : [15, index - 15, value.length]), Buffer.from(value)])
}
