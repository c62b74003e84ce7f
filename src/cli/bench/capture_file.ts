import { closeSync, openSync, writeSync } from 'node:fs'

/** A classic pcap file that is being written, a packet each 20 µs; the same bytes for the same frames. */
export interface CaptureFile {
  add(frame: Buffer): void
  /** What was added, with all headers. */
  readonly bytes: number
  readonly packets: number
  close(): void
}

export function writeCapture(path: string): CaptureFile {
  const file = openSync(path, 'w')
  let pending: Buffer[] = [fileHeader()]
  let [bytes, flushedBytes, packets] = [fileHeaderBytes, 0, 0]
  const flush = (): void => {
    writeSync(file, Buffer.concat(pending))
    ;[pending, flushedBytes] = [[], bytes]
  }
  return {
    add(frame) {
      pending.push(recordHeader(packets, frame.length), frame)
      packets += 1
      bytes += recordHeaderBytes + frame.length
      if (bytes - flushedBytes > flushBytes) flush()
    },
    get bytes() {
      return bytes
    },
    get packets() {
      return packets
    },
    close() {
      flush()
      closeSync(file)
    },
  }
}

/** One end of a connection. */
export interface Peer {
  readonly address: readonly number[]
  readonly port: number
  /** Sequence number of the next byte. */
  next: number
}

export const flag = { fin: 1, syn: 2, push: 8, ack: 16 } as const

/** The next segment of `from`, as Ethernet II, IPv4 and TCP without options; checksums are left to the network card, as in captures on the sending machine. */
export function segment(from: Peer, to: Peer, flags: number, payload: Buffer = Buffer.alloc(0)): Buffer {
  const bytes = Buffer.alloc(54 + payload.length)
  bytes.set([2, 0, 0, 0, 0, 2, 2, 0, 0, 0, 0, 1, 0x08, 0x00, 0x45])
  bytes.writeUInt16BE(bytes.length - 14, 16)
  bytes[22] = 64
  bytes[23] = 6
  bytes.set(from.address, 26)
  bytes.set(to.address, 30)
  bytes.writeUInt16BE(from.port, 34)
  bytes.writeUInt16BE(to.port, 36)
  bytes.writeUInt32BE(from.next, 38)
  bytes.writeUInt32BE((flags & flag.ack) === 0 ? 0 : to.next, 42)
  bytes[46] = 0x50
  bytes[47] = flags
  bytes.writeUInt16BE(0xffff, 48)
  bytes.set(payload, 54)
  from.next = (from.next + payload.length + ((flags & (flag.syn | flag.fin)) === 0 ? 0 : 1)) >>> 0
  return bytes
}

const fileHeaderBytes = 24
const recordHeaderBytes = 16
const flushBytes = 1 << 20

function fileHeader(): Buffer {
  const header = Buffer.alloc(fileHeaderBytes)
  header.writeUInt32LE(0xa1b2c3d4, 0)
  header.writeUInt16LE(2, 4)
  header.writeUInt16LE(4, 6)
  header.writeUInt32LE(65_535, 16)
  header.writeUInt32LE(1, 20)
  return header
}

function recordHeader(packet: number, bytes: number): Buffer {
  const header = Buffer.alloc(recordHeaderBytes)
  header.writeUInt32LE(1_772_442_000 + Math.floor(packet / 50_000), 0)
  header.writeUInt32LE((packet % 50_000) * 20, 4)
  header.writeUInt32LE(bytes, 8)
  header.writeUInt32LE(bytes, 12)
  return header
}
