import type { Conversation } from './conversation.ts'

/** A packet of a capture that a test writes: Ethernet, IPv4, TCP. */
export interface Packet {
  readonly timeUs: number
  readonly bytes: Buffer
}

/** A segment of a connection before it becomes a packet. */
export interface Segment {
  readonly from: 'client' | 'server'
  readonly sequence: number
  readonly acknowledgement: number
  readonly flags: number
  readonly payload: Buffer
  /** Which turn of the conversation it is of; the handshake and the end have none. */
  readonly turn: number | null
}

const [fin, syn, push, ack] = [1, 2, 8, 16] as const
const first = { client: 0xffff_ff00, server: 0x1000_0000 } as const

/** The segments of a whole connection; `lengthOf` says how long each segment with payload is. The client's sequence numbers wrap around. */
export function segmentsOf({ turns }: Conversation, lengthOf: () => number): readonly Segment[] {
  const next = { client: first.client + 1, server: first.server + 1 }
  const other = { client: 'server', server: 'client' } as const
  const segment = (from: Segment['from'], flags: number, payload: Buffer, turn: number | null): Segment => {
    const [sequence, acknowledgement] = [next[from] >>> 0, next[other[from]] >>> 0]
    next[from] += payload.length + ((flags & fin) === 0 ? 0 : 1)
    return { from, sequence, acknowledgement, flags: flags | ack, payload, turn }
  }
  const none = Buffer.alloc(0)
  const segments: Segment[] = [
    { from: 'client', sequence: first.client, acknowledgement: 0, flags: syn, payload: none, turn: null },
    { from: 'server', sequence: first.server, acknowledgement: next.client >>> 0, flags: syn | ack, payload: none, turn: null },
    segment('client', 0, none, null),
  ]
  for (const [index, { from, bytes }] of turns.entries()) {
    for (let at = 0; at < bytes.length;) {
      const payload = bytes.subarray(at, at + Math.max(1, lengthOf()))
      segments.push(segment(from, push, payload, index))
      at += payload.length
    }
    segments.push(segment(other[from], 0, none, null))
  }
  segments.push(segment('server', fin, none, null), segment('client', fin, none, null), segment('server', 0, none, null))
  return segments
}

/** A segment on the wire. */
export function frameOf({ from, sequence, acknowledgement, flags, payload }: Segment, clientPort: number): Buffer {
  const frame = Buffer.alloc(54 + payload.length)
  frame.writeUInt16BE(0x0800, 12)
  frame.writeUInt8(0x45, 14)
  frame.writeUInt16BE(40 + payload.length, 16)
  frame.writeUInt8(64, 22)
  frame.writeUInt8(6, 23)
  const [client, server] = [
    [10, 0, 0, 1 + (clientPort % 9)],
    [10, 0, 1, 2],
  ] as const
  frame.set(from === 'client' ? [...client, ...server] : [...server, ...client], 26)
  frame.writeUInt16BE(from === 'client' ? clientPort : 8080, 34)
  frame.writeUInt16BE(from === 'client' ? 8080 : clientPort, 36)
  frame.writeUInt32BE(sequence, 38)
  frame.writeUInt32BE(acknowledgement, 42)
  frame.writeUInt8(0x50, 46)
  frame.writeUInt8(flags, 47)
  frame.writeUInt16BE(0xffff, 48)
  frame.set(payload, 54)
  return frame
}

/** A pcap file of the packets, as they come. */
export function pcapOf(packets: readonly Packet[]): Buffer {
  const header = Buffer.alloc(24)
  header.writeUInt32LE(0xa1b2_c3d4, 0)
  header.writeUInt16LE(2, 4)
  header.writeUInt16LE(4, 6)
  header.writeUInt32LE(0xffff, 16)
  header.writeUInt32LE(1, 20)
  const records = packets.map(({ timeUs, bytes }) => {
    const record = Buffer.alloc(16)
    record.writeUInt32LE(Math.floor(timeUs / 1_000_000), 0)
    record.writeUInt32LE(timeUs % 1_000_000, 4)
    record.writeUInt32LE(bytes.length, 8)
    record.writeUInt32LE(bytes.length, 12)
    return Buffer.concat([record, bytes])
  })
  return Buffer.concat([header, ...records])
}
