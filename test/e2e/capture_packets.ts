/** The packets of a classic little-endian capture of Ethernet frames with IPv4 and TCP, without parsing more than a test needs. */
export function packetsOf(capture: Buffer): readonly CapturedPacket[] {
  const packets: CapturedPacket[] = []
  for (let start = fileHeaderBytes; start < capture.length;) {
    const end = start + recordHeaderBytes + capture.readUInt32LE(start + 8)
    const frame = capture.subarray(start + recordHeaderBytes, end)
    const [source, target] = [frame.readUInt16BE(34), frame.readUInt16BE(36)]
    packets.push({ start, end, record: capture.subarray(start, end), clientPort: Math.max(source, target) })
    start = end
  }
  return packets
}

/** A capture with the file header of `capture` and only these packets. */
export function captureOf(capture: Buffer, packets: readonly CapturedPacket[]): Buffer {
  return Buffer.concat([capture.subarray(0, fileHeaderBytes), ...packets.map(({ record }) => record)])
}

export interface CapturedPacket {
  /** Offsets of the record in the file. */
  readonly start: number
  readonly end: number
  readonly record: Buffer
  /** The higher of the two ports: each client of the example has one of its own for each connection. */
  readonly clientPort: number
}

const fileHeaderBytes = 24
const recordHeaderBytes = 16
