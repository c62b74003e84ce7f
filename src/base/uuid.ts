import { createHash } from 'node:crypto'

/** A UUID of version 5 (RFC 9562 §5.5) of parts, so that the same thing has the same one in every run. `('ab', 'c')` and `('a', 'bc')` differ. */
export function uuid5(...parts: string[]): string {
  const hash = createHash('sha1').update(namespace)
  for (const part of parts) hash.update(`${Buffer.byteLength(part)}:${part}`)
  const bytes = hash.digest().subarray(0, 16)
  bytes.writeUInt8((bytes.readUInt8(6) & 0x0f) | 0x50, 6)
  bytes.writeUInt8((bytes.readUInt8(8) & 0x3f) | 0x80, 8)
  const hex = bytes.toString('hex')
  return [hex.slice(0, 8), hex.slice(8, 12), hex.slice(12, 16), hex.slice(16, 20), hex.slice(20)].join('-')
}

/** Of Tapistry: one that was drawn once. */
const namespace = Buffer.from('6f2f6c0d1f7a4d0e9a53c5a4c3f1b7e2', 'hex')
