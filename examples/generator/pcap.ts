/** A captured frame; `timeUs` is microseconds since the epoch. */
export interface Frame {
  readonly timeUs: number
  readonly bytes: Uint8Array
}

/** A classic little-endian capture file of Ethernet frames with microseconds, ordered by time. */
export function pcapFile(frames: readonly Frame[]): Uint8Array {
  const header = Buffer.alloc(24)
  header.writeUInt32LE(0xa1b2c3d4, 0)
  header.writeUInt16LE(2, 4)
  header.writeUInt16LE(4, 6)
  header.writeUInt32LE(65_535, 16)
  header.writeUInt32LE(1, 20)
  const chunks: Uint8Array[] = [header]
  for (const frame of frames.toSorted((one, other) => one.timeUs - other.timeUs)) {
    const record = Buffer.alloc(16)
    record.writeUInt32LE(Math.floor(frame.timeUs / 1e6), 0)
    record.writeUInt32LE(frame.timeUs % 1e6, 4)
    record.writeUInt32LE(frame.bytes.length, 8)
    record.writeUInt32LE(frame.bytes.length, 12)
    chunks.push(record, frame.bytes)
  }
  return Buffer.concat(chunks)
}
