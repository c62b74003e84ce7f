import { closeSync, openSync, writeSync } from 'node:fs'

import { seeded, type Between } from './random.ts'
import type { LoadExchange } from './traffic.ts'

/** What a written capture holds. */
export interface CaptureLoad {
  readonly bytes: number
  readonly packets: number
  readonly exchanges: number
}

/**
 * Writes a capture of at least `bytesMin` bytes to `path`: `connectionsAtOnce` connections whose packets are mixed, each of up to 20 exchanges from
 * SYN to FIN; of a thousand messages eight have segments swapped, four one that is sent again. The same bytes for the same arguments.
 */
export function writeCaptureLoad(path: string, bytesMin: number, connectionsAtOnce: number, next: (between: Between) => LoadExchange): CaptureLoad {
  const between = seeded(1)
  const file = openSync(path, 'w')
  const written = { bytes: 0, packets: 0, exchanges: 0 }
  const pending: Buffer[] = [fileHeader()]
  let pendingBytes = fileHeaderBytes
  const flush = (): void => {
    writeSync(file, Buffer.concat(pending))
    written.bytes += pendingBytes
    pending.length = 0
    pendingBytes = 0
  }
  let opened = 0
  const open = (): Connection => {
    opened += 1
    const exchanges = between(1, 20)
    written.exchanges += exchanges
    return {
      frames: connectionFrames(
        opened,
        Array.from({ length: exchanges }, () => next(between)),
        between,
      ),
      at: 0,
    }
  }
  const connections = Array.from({ length: connectionsAtOnce }, open)
  while (connections.length > 0) {
    const slot = between(0, connections.length - 1)
    const connection = connections[slot]
    if (connection === undefined) break
    // A flight of packets at a time, as they come from a wire.
    for (let flight = between(1, 12); flight > 0 && connection.at < connection.frames.length; flight -= 1) {
      const frame = connection.frames[connection.at] ?? Buffer.alloc(0)
      connection.at += 1
      pending.push(recordHeader(written.packets, frame.length), frame)
      pendingBytes += recordHeaderBytes + frame.length
      written.packets += 1
    }
    if (pendingBytes > flushBytes) flush()
    if (connection.at < connection.frames.length) continue
    if (written.bytes + pendingBytes < bytesMin) connections[slot] = open()
    else connections.splice(slot, 1)
  }
  flush()
  closeSync(file)
  return written
}

interface Connection {
  readonly frames: readonly Buffer[]
  /** The next frame. */
  at: number
}

const fileHeaderBytes = 24
const recordHeaderBytes = 16
const flushBytes = 1 << 20
const segmentBytesMax = 1448
const flag = { fin: 1, syn: 2, push: 8, ack: 16 } as const

function fileHeader(): Buffer {
  const header = Buffer.alloc(fileHeaderBytes)
  header.writeUInt32LE(0xa1b2c3d4, 0)
  header.writeUInt16LE(2, 4)
  header.writeUInt16LE(4, 6)
  header.writeUInt32LE(65_535, 16)
  header.writeUInt32LE(1, 20)
  return header
}

/** A packet each 20 µs. */
function recordHeader(packet: number, bytes: number): Buffer {
  const header = Buffer.alloc(recordHeaderBytes)
  header.writeUInt32LE(1_772_442_000 + Math.floor(packet / 50_000), 0)
  header.writeUInt32LE((packet % 50_000) * 20, 4)
  header.writeUInt32LE(bytes, 8)
  header.writeUInt32LE(bytes, 12)
  return header
}

function connectionFrames(connection: number, exchanges: readonly LoadExchange[], between: Between): Buffer[] {
  const client = { address: [198, 51, 100, 1 + (connection % 250)], port: 10_000 + (connection % 50_000), next: between(0, 0xffff_ffff) }
  const server = { address: [10, 0, 0, 1 + (connection % 6)], port: 80, next: between(0, 0xffff_ffff) }
  const frames: Buffer[] = []
  const send = (from: Peer, to: Peer, flags: number, payload: Buffer = Buffer.alloc(0)): void => {
    frames.push(frame(from, to, flags, payload))
    from.next = (from.next + payload.length + ((flags & (flag.syn | flag.fin)) === 0 ? 0 : 1)) >>> 0
  }
  const sendAll = (from: Peer, to: Peer, bytes: Buffer): void => {
    const first = frames.length
    for (let offset = 0; offset < bytes.length; offset += segmentBytesMax)
      send(from, to, flag.ack | flag.push, bytes.subarray(offset, offset + segmentBytesMax))
    // Only segments of one message change places: those of two directions cannot on one wire.
    const [last, before] = [frames.at(-1), frames.at(-2)]
    const chance = between(0, 249)
    if (last === undefined || before === undefined) return
    if (chance === 0) frames.push(last)
    else if (chance <= 2 && frames.length - first >= 2) frames.splice(-2, 2, last, before)
  }
  send(client, server, flag.syn)
  send(server, client, flag.syn | flag.ack)
  send(client, server, flag.ack)
  for (const { request, response } of exchanges) {
    sendAll(client, server, request)
    sendAll(server, client, response)
    send(client, server, flag.ack)
  }
  send(client, server, flag.ack | flag.fin)
  send(server, client, flag.ack | flag.fin)
  send(client, server, flag.ack)
  return frames
}

interface Peer {
  readonly address: readonly number[]
  readonly port: number
  /** Sequence number of the next byte. */
  next: number
}

/** Ethernet II, IPv4 and TCP without options; checksums are left to the network card, as in captures on the sending machine. */
function frame(from: Peer, to: Peer, flags: number, payload: Buffer): Buffer {
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
  return bytes
}
