import type { ByteReader, ByteWriter } from './bytes.ts'
import { noCounts } from './counts.ts'
import type { HistogramSum } from './histogram_sum.ts'
import type { Histogram } from './observation.ts'
import { isEmpty, type Range, type Shape, type Values } from './shape.ts'
import { widened, type ShapeSum } from './shape_sum.ts'
import type { ValuesSum } from './values_sum.ts'

/* The parts of an observation; their grammar stands in `codec.ts`. */

const has = { any: 1, numberRange: 2, lengthRange: 4, itemsRange: 8, items: 16, fields: 32, values: 64 } as const
const shapeDepthMax = 64

/** Adds the counts at the reader to `sum`, which belongs to the caller or is `noCounts`. */
export function readCounts(reader: ByteReader, sum: Map<string, number> = noCounts): Map<string, number> {
  const length = reader.varint()
  if (length === 0) return sum
  const own = sum === noCounts ? new Map<string, number>() : sum
  for (let left = length; left > 0; left -= 1) {
    const name = reader.string()
    own.set(name, (own.get(name) ?? 0) + reader.varint())
  }
  return own
}

export function writeCounts(writer: ByteWriter, counts: ReadonlyMap<string, number>): void {
  writer.varint(counts.size)
  for (const [name, count] of counts) {
    writer.string(name)
    writer.varint(count)
  }
}

/** Adds the histogram at the reader to `sum`. */
export function readHistogram(reader: ByteReader, sum: HistogramSum): void {
  const count = reader.varint()
  if (count === 0) return
  sum.count += count
  sum.sum += reader.varint()
  for (let left = reader.varint(); left > 0; left -= 1) sum.addToBucket(reader.zigzag(), reader.varint())
}

export function writeHistogram(writer: ByteWriter, histogram: Histogram): void {
  writer.varint(histogram.count)
  if (histogram.count === 0) return
  writer.varint(histogram.sum)
  writer.varint(histogram.buckets.size)
  for (const [bucket, count] of histogram.buckets) {
    writer.zigzag(bucket)
    writer.varint(count)
  }
}

/** Adds the values at the reader to `sum`. */
export function readValues(reader: ByteReader, sum: ValuesSum): void {
  const bounds = reader.varint()
  const length = reader.varint()
  let hasTexts = false
  for (let i = 0; i < length; i += 1) {
    columns.hashes[i] = reader.hash()
    columns.counts[i] = reader.varint()
    const text = reader.byte() === 1 ? reader.string() : null
    columns.texts[i] = text
    hasTexts ||= text !== null
  }
  const { hashes, counts, texts } = columns
  sum.add({ max: Math.floor(bounds / 2), isSample: bounds % 2 === 1, hashes, counts, texts: hasTexts ? texts : noTexts }, length)
}

export function writeValues(writer: ByteWriter, { max, isSample, hashes, counts, texts }: Values): void {
  writer.varint(max * 2 + (isSample ? 1 : 0))
  writer.varint(hashes.length)
  for (let at = 0; at < hashes.length; at += 1) {
    writer.hash(hashes[at] ?? 0)
    writer.varint(counts[at] ?? 0)
    const text = texts[at] ?? null
    writer.byte(text === null ? 0 : 1)
    if (text !== null) writer.string(text)
  }
}

/** Adds the shape at the reader to `sum`. */
export function readShape(reader: ByteReader, sum: ShapeSum, depth = 0): void {
  const flags = reader.byte()
  if (!(flags & has.any)) return
  if (depth > shapeDepthMax) throw new RangeError('a shape in a batch is too deep')
  sum.nulls += reader.varint()
  sum.booleans += reader.varint()
  sum.integers += reader.varint()
  sum.numbers += reader.varint()
  sum.strings += reader.varint()
  sum.arrays += reader.varint()
  sum.objects += reader.varint()
  sum.fieldsFolded += reader.varint()
  sum.seen = sum.nulls + sum.booleans + sum.integers + sum.numbers + sum.strings + sum.arrays + sum.objects
  if (flags & has.numberRange) sum.numberRange = widened(sum.numberRange, reader.float(), reader.float())
  if (flags & has.lengthRange) sum.lengthRange = widened(sum.lengthRange, reader.varint(), reader.varint())
  if (flags & has.itemsRange) sum.itemsRange = widened(sum.itemsRange, reader.varint(), reader.varint())
  sum.formats = readCounts(reader, sum.formats)
  sum.classes = readCounts(reader, sum.classes)
  if (flags & has.values) readValues(reader, sum.ownValues())
  if (flags & has.fields) {
    for (let left = reader.varint(); left > 0; left -= 1) readShape(reader, sum.ownField(reader.string()), depth + 1)
    sum.foldFields()
  }
  if (flags & has.items) readShape(reader, sum.ownItems(), depth + 1)
}

export function readMoments(reader: ByteReader): ReadonlyMap<string, number> {
  const moments = new Map<string, number>()
  for (let left = reader.varint(); left > 0; left -= 1) moments.set(reader.string(), reader.float())
  return moments
}

export function writeMoments(writer: ByteWriter, moments: ReadonlyMap<string, number>): void {
  writer.varint(moments.size)
  for (const [name, moment] of moments) {
    writer.string(name)
    writer.float(moment)
  }
}

export function writeShape(writer: ByteWriter, shape: Shape): void {
  if (isEmpty(shape)) {
    writer.byte(0)
    return
  }
  writer.byte(
    has.any |
      (shape.numberRange ? has.numberRange : 0) |
      (shape.lengthRange ? has.lengthRange : 0) |
      (shape.itemsRange ? has.itemsRange : 0) |
      (shape.items ? has.items : 0) |
      (shape.fields.size > 0 ? has.fields : 0) |
      (hasValues(shape) ? has.values : 0),
  )
  for (const count of [shape.nulls, shape.booleans, shape.integers, shape.numbers, shape.strings, shape.arrays, shape.objects, shape.fieldsFolded])
    writer.varint(count)
  if (shape.numberRange) for (const bound of bounds(shape.numberRange)) writer.float(bound)
  if (shape.lengthRange) for (const bound of bounds(shape.lengthRange)) writer.varint(bound)
  if (shape.itemsRange) for (const bound of bounds(shape.itemsRange)) writer.varint(bound)
  writeCounts(writer, shape.formats)
  writeCounts(writer, shape.classes)
  if (hasValues(shape)) writeValues(writer, shape.values)
  if (shape.fields.size > 0) {
    writer.varint(shape.fields.size)
    for (const [name, field] of shape.fields) {
      writer.string(name)
      writeShape(writer, field)
    }
  }
  if (shape.items) writeShape(writer, shape.items)
}

/** Whether its values say anything: some, or that there were too many. */
function hasValues({ values }: Shape): boolean {
  return values.hashes.length > 0 || values.max === 0
}

function bounds(range: Range): readonly [number, number] {
  return [range.min, range.max]
}

/** Where values are gathered until their number is known to be right. */
const columns: { readonly hashes: number[]; readonly counts: number[]; readonly texts: (string | null)[] } = { hashes: [], counts: [], texts: [] }

const noTexts: readonly (string | null)[] = []
