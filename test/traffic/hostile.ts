import { createHash } from 'node:crypto'
import { deflateSync } from 'node:zlib'

/** Traffic that wants memory, as the packets of a capture file; it comes in pieces, since all of it would take the memory that is to be measured. */
export interface Hostile {
  readonly name: string
  packets(): Generator<Buffer>
  /** Whether what did not fit is counted. */
  isCounted(counters: Readonly<Record<string, number>>): boolean
}

const [syn, ack] = [2, 16] as const
const preface = Buffer.from('PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n')
const pieceBytes = 1 << 20

export const hostile: readonly Hostile[] = [
  { name: 'a million half-open flows', packets: () => flows(1_000_000, 1, () => Buffer.alloc(0), syn), isCounted: hits('evictedFlows') },
  {
    name: 'heads that never end, of very many flows',
    packets: () => flows(300_000, 1, () => Buffer.from(`GET /${'x'.repeat(400)} HTTP/1.1\r\nHost: a.example\r\n`)),
    isCounted: hits('evictedFlows'),
  },
  {
    name: 'long heads that never end',
    packets: () => flows(3000, 150, (_, at) => Buffer.from(at === 0 ? 'GET / HTTP/1.1\r\n' : `A: ${'x'.repeat(1380)}\r\n`)),
    isCounted: hits('connectionsShed'),
  },
  { name: 'bytes ahead of holes', packets: () => flows(20_000, 12, () => Buffer.alloc(1400, 'x'), ack, 1), isCounted: hits('budgetFlushes') },
  {
    name: 'blocks of HTTP/2 that never end',
    packets: () =>
      flows(3000, 150, (_, at) =>
        at === 0 ? Buffer.concat([preface, frame(4, 0, 0, Buffer.alloc(0)), frame(1, 0, 1, literal())]) : frame(9, 0, 1, literal()),
      ),
    isCounted: hits('connectionsShed'),
  },
  { name: 'full tables of HTTP/2', packets: () => flows(12_000, 1, () => fullTable), isCounted: hits('connectionsShed') },
  { name: 'streams of HTTP/2 that stay open', packets: () => flows(6000, 1, () => openStreams), isCounted: hits('connectionsShed') },
  {
    name: 'bodies that come slowly',
    packets: () => flows(100_000, 3, (_, at) => (at === 0 ? Buffer.from(post('text/plain', 1 << 20)) : Buffer.alloc(1400, 'x'))),
    isCounted: hits('bodiesRefused'),
  },
  { name: 'coded bodies, more than are kept', packets: () => flows(3000, 1, () => coded), isCounted: hits('bodiesRefused') },
  { name: 'bodies that inflate a thousand times', packets: () => flows(20, 1, () => bomb), isCounted: () => true },
  {
    name: 'servers of TLS without clients',
    packets: () => flows(30_000, 12, (_, at) => (at === 0 ? serverHello : Buffer.alloc(1400, 1))),
    isCounted: hits('bodiesRefused'),
  },
  {
    name: 'hellos of TLS that never end',
    packets: () => flows(30_000, 12, (_, at) => (at === 0 ? clientHello : Buffer.alloc(1300, 1))),
    isCounted: hits('connectionsShed'),
  },
  {
    name: 'requests that nobody answers',
    packets: () => flows(3000, 100, () => Buffer.from(`GET /${'x'.repeat(1300)} HTTP/1.1\r\nHost: a.example\r\n\r\n`)),
    isCounted: hits('connectionsShed'),
  },
  {
    name: 'chunks of one byte',
    packets: () => flows(3000, 100, (_, at) => Buffer.from(at === 0 ? post('application/json', null) : '1\r\n[\r\n'.repeat(200))),
    isCounted: () => true,
  },
]

function hits(limit: string): Hostile['isCounted'] {
  return (counters) => (counters[`limits.${limit}`] ?? 0) > 0
}

const bomb = ((): Buffer => {
  const body = deflateSync(Buffer.alloc(32 << 20, '['))
  return Buffer.concat([Buffer.from(post('application/json', body.length, 'Content-Encoding: deflate\r\n')), body])
})()

/** As much of it as is kept of few bodies cannot be deflated; the rest inflates to more than is digested. */
const coded = ((): Buffer => {
  const text = Buffer.alloc(1 << 20, '[')
  createHash('shake256', { outputLength: 30_000 }).digest().copy(text)
  const body = deflateSync(text)
  return Buffer.concat([Buffer.from(post('text/plain', body.length, 'Content-Encoding: deflate\r\n')), body])
})()

const clientHello = Buffer.concat([Buffer.from([0x16, 3, 3, 0x40, 0, 1, 0, 0x3f, 0xfc]), Buffer.alloc(1300)])

const serverHello = Buffer.concat([Buffer.from([0x16, 3, 3, 0x40, 0, 2, 0, 0x3f, 0xfc]), Buffer.alloc(1300)])

/** GET / of a.example, without what an entry of the table would tell. */
const asked = Buffer.concat([Buffer.from([0x82, 0x86, 0x84, 0x01, 9]), Buffer.from('a.example')])

/** Few bytes make it full: the size is set to 64 KiB, and each entry after the first has the name of the one before. */
const fullTable = ((): Buffer => {
  const entry = Buffer.concat([Buffer.from([0x40, 0x7f, 0xbd, 0x1d]), Buffer.alloc(3900, 'n'), Buffer.from([0])])
  const block = Buffer.concat([Buffer.from([0x3f, 0xe1, 0xff, 0x03]), asked, entry, Buffer.alloc(30, Buffer.from([0x7e, 0]))])
  return Buffer.concat([preface, frame(4, 0, 0, Buffer.alloc(0)), frame(1, 5, 1, block)])
})()

const openStreams = ((): Buffer => {
  const streams = Array.from({ length: 250 }, (_, at) => frame(1, 4, 1 + 2 * at, asked))
  return Buffer.concat([preface, frame(4, 0, 0, Buffer.alloc(0)), ...streams])
})()

function post(type: string, length: number | null, more = ''): string {
  return `POST / HTTP/1.1\r\nHost: a.example\r\nContent-Type: ${type}\r\n${more}${length === null ? 'Transfer-Encoding: chunked' : `Content-Length: ${length}`}\r\n\r\n`
}

/** A field of 1,300 bytes that the table of HTTP/2 does not keep. */
function literal(): Buffer {
  return Buffer.concat([Buffer.from([0, 1, 0x61, 0x7f, 0x95, 0x09]), Buffer.alloc(1300, 'x')])
}

function frame(kind: number, flags: number, stream: number, payload: Buffer): Buffer {
  const head = Buffer.alloc(9)
  head.writeUIntBE(payload.length, 0, 3)
  head.writeUInt8(kind, 3)
  head.writeUInt8(flags, 4)
  head.writeUInt32BE(stream, 5)
  return Buffer.concat([head, payload])
}

/** So many flows, all open at once; of each so many payloads, each behind a `hole` of bytes where one is asked for. */
function* flows(count: number, payloads: number, payloadOf: (flow: number, at: number) => Buffer, flags: number = ack, hole = 0): Generator<Buffer> {
  yield header()
  let piece = Buffer.allocUnsafe(pieceBytes)
  let used = 0
  const sequences = new Uint32Array(count).fill(1)
  for (let at = 0; at < payloads; at++) {
    for (let flow = 0; flow < count; flow++) {
      const whole = payloadOf(flow, at)
      // As many segments as it takes; most take one.
      for (let from = 0; from === 0 || from < whole.length; from += 60_000) {
        const payload = whole.subarray(from, from + 60_000)
        if (used + 70 + payload.length > pieceBytes) {
          yield piece.subarray(0, used)
          piece = Buffer.allocUnsafe(pieceBytes)
          used = 0
        }
        writePacket(piece, used, flow, (sequences[flow] ?? 0) + hole, flags, payload)
        used += 70 + payload.length
        sequences[flow] = (sequences[flow] ?? 0) + hole + payload.length
      }
    }
  }
  yield piece.subarray(0, used)
}

function header(): Buffer {
  const bytes = Buffer.alloc(24)
  bytes.writeUInt32LE(0xa1b2_c3d4, 0)
  bytes.writeUInt16LE(2, 4)
  bytes.writeUInt16LE(4, 6)
  bytes.writeUInt32LE(0x4_0000, 16)
  bytes.writeUInt32LE(1, 20)
  return bytes
}

/** From a client whose address and port say which flow it is. All at one moment: nothing times out. */
function writePacket(piece: Buffer, at: number, flow: number, sequence: number, flags: number, payload: Buffer): void {
  piece.fill(0, at, at + 70)
  piece.writeUInt32LE(1_750_000_000, at)
  piece.writeUInt32LE(54 + payload.length, at + 8)
  piece.writeUInt32LE(54 + payload.length, at + 12)
  const ip = at + 30
  piece.writeUInt16BE(0x0800, ip - 2)
  piece.writeUInt8(0x45, ip)
  piece.writeUInt16BE(40 + payload.length, ip + 2)
  piece.writeUInt8(64, ip + 8)
  piece.writeUInt8(6, ip + 9)
  piece.writeUInt32BE(0x0a00_0000 + (flow >>> 15), ip + 12)
  piece.writeUInt32BE(0x0a80_0001, ip + 16)
  piece.writeUInt16BE(1024 + (flow & 0x7fff), ip + 20)
  piece.writeUInt16BE(80, ip + 22)
  piece.writeUInt32BE(sequence >>> 0, ip + 24)
  piece.writeUInt8(0x50, ip + 32)
  piece.writeUInt8(flags, ip + 33)
  piece.writeUInt16BE(0xffff, ip + 34)
  piece.set(payload, at + 70)
}
