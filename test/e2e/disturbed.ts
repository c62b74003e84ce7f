import { Random } from '../traffic/random.ts'
import { captureOf, packetsOf, type CapturedPacket } from './capture_packets.ts'

/** What a path does to packets: each happens to one in so many, 0 for never. */
export interface Disturbance {
  readonly lost: number
  readonly late: number
  readonly doubled: number
}

/** The capture of what arrives of a capture; a packet that is late, and the copy of one, lets up to `packetsLateMax` others pass. The same for the same seed. */
export function disturbed(capture: Buffer, { lost, late, doubled }: Disturbance, seed: number): Buffer {
  const random = new Random(seed)
  const happens = (times: number): boolean => times > 0 && random.once(times)
  const arriving = packetsOf(capture).flatMap((packet, at) => {
    if (happens(lost)) return []
    const place = happens(late) ? at + 1 + random.below(packetsLateMax) : at
    const arrived = { place, packet }
    return happens(doubled) ? [arrived, { place: place + random.below(packetsLateMax), packet }] : [arrived]
  })
  const packets = arriving.toSorted((one, other) => one.place - other.place).map(({ packet }) => packet)
  return captureOf(
    capture,
    packets.map((packet, at) => stamped(packet, at)),
  )
}

const packetsLateMax = 12

/** Packets are captured when they arrive: one each 100 µs. */
function stamped(packet: CapturedPacket, at: number): CapturedPacket {
  const record = Buffer.from(packet.record)
  record.writeUInt32LE(1_772_442_000 + Math.floor(at / 10_000), 0)
  record.writeUInt32LE((at % 10_000) * 100, 4)
  return { ...packet, record }
}
