import { createRecordsBatch, Reader, readRecordsBatches } from '@platformatic/kafka'
import { describe, expect, it } from 'vitest'

import { boundedBatches, inflatedBytesMax, tooLargeBit, undecodableBit } from '../../../src/source/kafka/bounded_batches.ts'

type Compression = 'none' | 'gzip' | 'snappy' | 'lz4' | 'zstd'

/** A batch as a producer sends it, whose records are these. */
function batchOf(values: readonly string[], compression: Compression): Buffer {
  return createRecordsBatch(
    values.map((value) => ({ topic: 't', key: Buffer.from('k'), value: Buffer.from(value), timestamp: 1n })),
    { compression },
  ).buffer
}

/** What the library makes of it: marks and values of each batch. */
function readBack(set: Buffer, bytes: number = inflatedBytesMax): unknown[] {
  return readRecordsBatches(Reader.from(boundedBatches(set, { bytes }))).map(({ attributes, records, lastOffsetDelta }) =>
    (attributes & (tooLargeBit | undecodableBit)) === 0
      ? records.map(({ value }) => String(value))
      : [(attributes & tooLargeBit) === 0 ? 'undecodable' : 'too large', lastOffsetDelta + 1, records.length],
  )
}

const some = ['one', 'two'.repeat(50_000), '']
const large = ['x'.repeat(inflatedBytesMax), 'y']

describe('batches of an answer', () => {
  it.each(['none', 'gzip', 'snappy', 'lz4', 'zstd'] as const)('are plain behind it, with what %s has packed', (codec) => {
    expect(readBack(Buffer.concat([batchOf(some, codec), batchOf(['three'], 'none')]))).toEqual([some, ['three']])
  })

  it.each(['gzip', 'snappy', 'lz4', 'zstd'] as const)('lose their records where %s inflates beyond the bound, and keep their place', (codec) => {
    expect(readBack(Buffer.concat([batchOf(large, codec), batchOf(['three'], codec)]))).toEqual([['too large', 2, 0], ['three']])
  })

  it.each(['gzip', 'snappy', 'lz4', 'zstd'] as const)('lose their records where they are not what %s has packed', (codec) => {
    const batch = batchOf(some, codec)
    batch.fill(0xff, 70)
    expect(readBack(Buffer.concat([batch, batchOf(['three'], codec)]))).toEqual([['undecodable', 3, 0], ['three']])
  })

  it('that say they hold very many records are not asked for them', () => {
    const batch = batchOf(some, 'gzip')
    batch.writeInt32BE(2 ** 31 - 1, 57)
    expect(readBack(batch)).toEqual([['too large', 3, 0]])
  })

  it('end where all that may be held is used up, and what is left comes with the next answer', () => {
    const set = Buffer.concat([batchOf(some, 'gzip'), batchOf(['three'], 'none'), batchOf(['four'], 'gzip')])
    expect(readBack(set, 10)).toEqual([some, ['three']])
    expect(readBack(set, 0)).toEqual([])
  })

  it('may be cut at any byte', () => {
    const set = Buffer.concat([batchOf(['one'], 'gzip'), batchOf(['two'], 'none')])
    for (let end = 0; end < set.length; end += 1) expect(readBack(set.subarray(0, end)).length).toBeLessThan(2)
  })
})
