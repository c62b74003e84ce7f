import type { Frame } from './pcap.ts'
import type { Random } from './random.ts'

export interface Endpoint {
  readonly address: string
  readonly port: number
}

/** One direction's bytes, sent when the previous turn has arrived; `thinkUs` is the wait before them. */
export interface Turn {
  readonly from: 'client' | 'server'
  readonly bytes: Uint8Array
  readonly thinkUs: number
}

/** What the tap does to a connection: the peers themselves see a clean one. */
export type TapFault = 'none' | 'lose-one' | 'swap' | 'repeat' | 'join-late'

/** The frames of one connection, from SYN to FIN, as a tap with `fault` records them. */
export function connectionFrames(client: Endpoint, server: Endpoint, startUs: number, turns: readonly Turn[], fault: TapFault, random: Random): Frame[] {
  const frames: Frame[] = []
  const dataIndexes: number[] = []
  let timeUs = startUs
  const next = { client: random.between(1e6, 4e9), server: random.between(1e6, 4e9) }
  const send = (from: 'client' | 'server', flags: number, payload: Uint8Array = new Uint8Array()): void => {
    const [source, target] = from === 'client' ? [client, server] : [server, client]
    const acknowledged = from === 'client' ? next.server : next.client
    if (payload.length > 0) dataIndexes.push(frames.length)
    frames.push({ timeUs, bytes: frame(source, target, next[from], flags === flag.syn ? 0 : acknowledged, flags, payload) })
    next[from] = (next[from] + payload.length + ((flags & (flag.syn | flag.fin)) === 0 ? 0 : 1)) >>> 0
    timeUs += random.between(40, 160)
  }

  send('client', flag.syn)
  send('server', flag.syn | flag.ack)
  send('client', flag.ack)
  for (const turn of turns) {
    timeUs += turn.thinkUs
    for (let offset = 0; offset < turn.bytes.length; offset += segmentBytesMax) {
      send(turn.from, flag.ack | flag.push, turn.bytes.subarray(offset, offset + segmentBytesMax))
    }
    send(turn.from === 'client' ? 'server' : 'client', flag.ack)
  }
  send('client', flag.ack | flag.fin)
  send('server', flag.ack | flag.fin)
  send('client', flag.ack)
  return applyFault(frames, dataIndexes, fault, random)
}

const segmentBytesMax = 1_400
const flag = { fin: 1, syn: 2, push: 8, ack: 16 } as const

function applyFault(frames: Frame[], dataIndexes: readonly number[], fault: TapFault, random: Random): Frame[] {
  const chosen = dataIndexes[random.between(0, Math.max(0, dataIndexes.length - 1))]
  const frame = chosen === undefined ? undefined : frames[chosen]
  if (chosen === undefined || frame === undefined) return frames
  switch (fault) {
    case 'none':
      return frames
    case 'lose-one':
      return frames.toSpliced(chosen, 1)
    case 'join-late':
      return frames.slice(3)
    case 'repeat':
      return frames.toSpliced(chosen + 1, 0, { timeUs: frame.timeUs + 30, bytes: frame.bytes })
    case 'swap': {
      const following = frames[chosen + 1]
      if (following === undefined) return frames
      return frames.toSpliced(chosen, 2, { timeUs: frame.timeUs, bytes: following.bytes }, { timeUs: following.timeUs, bytes: frame.bytes })
    }
    default:
      return fault satisfies never
  }
}

/** Ethernet II, IPv4 without options, TCP without options, with right checksums. */
function frame(source: Endpoint, target: Endpoint, sequence: number, acknowledged: number, flags: number, payload: Uint8Array): Uint8Array {
  const bytes = Buffer.alloc(54 + payload.length)
  bytes.set([0x02, 0, 0, 0, 0, 2, 0x02, 0, 0, 0, 0, 1, 0x08, 0x00])
  const ip = bytes.subarray(14)
  ip[0] = 0x45
  ip.writeUInt16BE(ip.length, 2)
  ip.writeUInt16BE(0x4000, 6)
  ip[8] = 64
  ip[9] = 6
  ip.set(addressBytes(source.address), 12)
  ip.set(addressBytes(target.address), 16)
  ip.writeUInt16BE(checksum(ip.subarray(0, 20), 0), 10)
  const tcp = ip.subarray(20)
  tcp.writeUInt16BE(source.port, 0)
  tcp.writeUInt16BE(target.port, 2)
  tcp.writeUInt32BE(sequence, 4)
  tcp.writeUInt32BE(acknowledged, 8)
  tcp[12] = 0x50
  tcp[13] = flags
  tcp.writeUInt16BE(0xffff, 14)
  tcp.set(payload, 20)
  tcp.writeUInt16BE(checksum(tcp, wordSum(ip.subarray(12, 20)) + 6 + tcp.length), 16)
  return bytes
}

function addressBytes(address: string): number[] {
  return address.split('.').map(Number)
}

/** RFC 1071. */
function checksum(bytes: Uint8Array, start: number): number {
  let sum = start + wordSum(bytes)
  while (sum > 0xffff) sum = (sum & 0xffff) + (sum >>> 16)
  return ~sum & 0xffff
}

function wordSum(bytes: Uint8Array): number {
  let sum = 0
  for (let index = 0; index < bytes.length; index += 2) sum += ((bytes[index] ?? 0) << 8) | (bytes[index + 1] ?? 0)
  return sum
}
