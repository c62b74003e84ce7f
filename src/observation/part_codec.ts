import type { ByteReader, ByteWriter } from './bytes.ts'
import { emptyShape } from './empty_shape.ts'
import { isEmpty } from './merge.ts'
import type { Histogram } from './observation.ts'
import type { Range, Shape, Values } from './shape.ts'

/* The parts of an observation; their grammar stands in `codec.ts`. */

const has = { any: 1, numberRange: 2, lengthRange: 4, itemsRange: 8, items: 16, fields: 32, values: 64 } as const
const shapeDepthMax = 64

export function readCounts(reader: ByteReader): ReadonlyMap<string, number> {
  const length = reader.varint()
  if (length === 0) return noCounts
  const counts = new Map<string, number>()
  for (let i = 0; i < length; i += 1) counts.set(reader.string(), reader.varint())
  return counts
}

export function writeCounts(writer: ByteWriter, counts: ReadonlyMap<string, number>): void {
  writer.varint(counts.size)
  for (const [name, count] of counts) {
    writer.string(name)
    writer.varint(count)
  }
}

export function readHistogram(reader: ByteReader): Histogram {
  const count = reader.varint()
  if (count === 0) return emptyHistogram
  const sum = reader.varint()
  const buckets = new Map<number, number>()
  for (let left = reader.varint(); left > 0; left -= 1) buckets.set(reader.zigzag(), reader.varint())
  return { count, sum, buckets }
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

export function readValues(reader: ByteReader): Values {
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
  // A slice takes just the room it needs, where an array that grows takes more.
  return {
    max: Math.floor(bounds / 2),
    isSample: bounds % 2 === 1,
    hashes: columns.hashes.slice(0, length),
    counts: columns.counts.slice(0, length),
    texts: hasTexts ? columns.texts.slice(0, length) : noTexts,
  }
}

export function writeValues(writer: ByteWriter, { max, isSample, hashes, counts, texts }: Values): void {
  writer.varint(max * 2 + (isSample ? 1 : 0))
  writer.varint(hashes.length)
  for (const [at, hash] of hashes.entries()) {
    writer.hash(hash)
    writer.varint(counts[at] ?? 0)
    const text = texts[at] ?? null
    writer.byte(text === null ? 0 : 1)
    if (text !== null) writer.string(text)
  }
}

export function readShape(reader: ByteReader, depth = 0): Shape {
  const flags = reader.byte()
  if (!(flags & has.any)) return emptyShape
  if (depth > shapeDepthMax) throw new RangeError('a shape in a batch is too deep')
  const [nulls, booleans, integers, numbers, strings, arrays, objects, fieldsFolded] = [
    reader.varint(),
    reader.varint(),
    reader.varint(),
    reader.varint(),
    reader.varint(),
    reader.varint(),
    reader.varint(),
    reader.varint(),
  ]
  return {
    seen: nulls + booleans + integers + numbers + strings + arrays + objects,
    nulls,
    booleans,
    integers,
    numbers,
    strings,
    arrays,
    objects,
    fieldsFolded,
    numberRange: flags & has.numberRange ? { min: reader.float(), max: reader.float() } : null,
    lengthRange: flags & has.lengthRange ? { min: reader.varint(), max: reader.varint() } : null,
    itemsRange: flags & has.itemsRange ? { min: reader.varint(), max: reader.varint() } : null,
    formats: readCounts(reader),
    classes: readCounts(reader),
    values: flags & has.values ? readValues(reader) : emptyShape.values,
    fields: flags & has.fields ? readFields(reader, depth) : emptyShape.fields,
    items: flags & has.items ? readShape(reader, depth + 1) : null,
  }
}

export function readMoments(reader: ByteReader): ReadonlyMap<string, number> {
  return new Map(Array.from({ length: reader.varint() }, () => [reader.string(), reader.float()]))
}

export function writeMoments(writer: ByteWriter, moments: ReadonlyMap<string, number>): void {
  writer.varint(moments.size)
  for (const [name, moment] of moments) {
    writer.string(name)
    writer.float(moment)
  }
}

function readFields(reader: ByteReader, depth: number): ReadonlyMap<string, Shape> {
  const fields = new Map<string, Shape>()
  for (let left = reader.varint(); left > 0; left -= 1) fields.set(reader.string(), readShape(reader, depth + 1))
  return fields
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

const noCounts: ReadonlyMap<string, number> = new Map()

/** No value seen. */
const emptyHistogram: Histogram = { count: 0, sum: 0, buckets: new Map() }
