import { compressionsAlgorithmsByBitmask } from '@platformatic/kafka'
import { gunzipSync, zstdDecompressSync } from 'node:zlib'

import { systemCode } from '../../base/errors.ts'

/** Bytes that a batch may hold decompressed, and all batches of one answer together, but for the last of them. */
export const inflatedBytesMax: number = 64 * 2 ** 20
/** Records of a compressed batch: each becomes an object, whatever it holds. */
const recordsMax = 1_000_000

/** Attributes that Kafka does not use mark batches without records: they held more than is taken, or are not what their codec says. */
export const tooLargeBit: number = 1 << 14
export const undecodableBit: number = 1 << 13

/** Where things stand in a batch (Kafka, message format v2). */
const at = { length: 8, attributes: 21, count: 57, records: 61 } as const
/** What comes before the bytes that `length` counts. */
const headBytes = 12
const codecBits = 0b111

/** What is left to be decompressed of one answer. */
export interface Budget {
  bytes: number
}

/**
 * The batches of a partition in an answer, decompressed within the bounds. One that does not fit alone is left without its records, and marked; one that does
 * not fit beside those before it ends the answer, and is fetched again.
 */
export function boundedBatches(set: Buffer, budget: Budget): Buffer {
  const pieces: Buffer[] = []
  for (let from = 0; from + at.records <= set.length;) {
    const end = from + headBytes + set.readInt32BE(from + at.length)
    // The last one may be cut, and makes no sense to anybody then.
    if (end > set.length || end < from + at.records) break
    const batch = set.subarray(from, end)
    if ((batch.readInt16BE(at.attributes) & codecBits) === 0) pieces.push(batch)
    else {
      if (budget.bytes <= 0) break
      pieces.push(...plainBatch(batch, budget))
    }
    from = end
  }
  return Buffer.concat(pieces)
}

function plainBatch(batch: Buffer, budget: Budget): Buffer[] {
  const head = Buffer.from(batch.subarray(0, at.records))
  const attributes = batch.readInt16BE(at.attributes)
  const inflated = batch.readInt32BE(at.count) > recordsMax ? 'tooLarge' : inflate(batch.subarray(at.records), attributes & codecBits)
  const mark = inflated === 'tooLarge' ? tooLargeBit : inflated === 'undecodable' ? undecodableBit : 0
  const records = typeof inflated === 'string' ? null : inflated
  budget.bytes -= records?.length ?? 0
  head.writeInt32BE(at.records - headBytes + (records?.length ?? 0), at.length)
  head.writeInt16BE((attributes & ~codecBits) | mark, at.attributes)
  if (records === null) head.writeInt32BE(0, at.count)
  return records === null ? [head] : [head, records]
}

function inflate(data: Buffer, codec: number): Buffer | 'tooLarge' | 'undecodable' {
  const limit = { maxOutputLength: inflatedBytesMax }
  try {
    if (codec === 1) return gunzipSync(data, limit)
    if (codec === 4) return zstdDecompressSync(data, limit)
    // These two say beforehand how much they hold at most.
    if ((codec === 2 ? snappyBytes(data) : lz4BytesMost(data)) > inflatedBytesMax) return 'tooLarge'
    return compressionsAlgorithmsByBitmask[codec]?.decompressSync(data) ?? 'undecodable'
  } catch (thrown) {
    return systemCode(thrown) === 'ERR_BUFFER_TOO_LARGE' ? 'tooLarge' : 'undecodable'
  }
}

const xerial = Buffer.from([0x82, 0x53, 0x4e, 0x41, 0x50, 0x50, 0x59, 0x00])

/** Snappy begins with its length; Java's clients write blocks of it, each with its size before. */
function snappyBytes(data: Buffer): number {
  if (!data.subarray(0, xerial.length).equals(xerial)) return variableInteger(data)
  let sum = 0
  for (let from = 16; from + 4 <= data.length; from += 4 + data.readUInt32BE(from)) sum += variableInteger(data.subarray(from + 4))
  return sum
}

function variableInteger(data: Buffer): number {
  let value = 0
  for (let index = 0; index < 5; index += 1) {
    const byte = data[index] ?? 0
    value += (byte & 0x7f) * 2 ** (7 * index)
    if (byte < 0x80) return value
  }
  return Infinity
}

/** A frame of LZ4 says how large its blocks are at most. */
function lz4BytesMost(data: Buffer): number {
  const flags = data.readUInt8(4)
  const blockBytesMax = 2 ** (8 + 2 * ((data.readUInt8(5) >> 4) & 7))
  const checksum = (flags & 0x10) === 0 ? 0 : 4
  let blocks = 0
  for (let from = 7 + ((flags & 8) === 0 ? 0 : 8) + ((flags & 1) === 0 ? 0 : 4); from + 4 <= data.length; blocks += 1) {
    const size = data.readUInt32LE(from) & 0x7fff_ffff
    if (size === 0) break
    from += 4 + size + checksum
  }
  return blocks * blockBytesMax
}
