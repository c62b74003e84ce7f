import { Buffer } from 'node:buffer'
import { ByteReader, ByteWriter } from './bytes.ts'
import { emptyShape } from './empty_shape.ts'
import { isEmpty } from './merge.ts'
import type { Batch, Histogram, Observation, ObservationKey, ServiceCount, ServiceVisibility, SourceKind } from './observation.ts'
import type { Range, Shape, Value, Values } from './shape.ts'

/*
 * The one binary form of a batch, for the binding, the database and later Kafka alike.
 *
 *   batch       := 0x54 version:u8 record*
 *   record      := 1 observation | 2 visibility | 3 counts | 4 input:varint (the whole batch is the tail of that input)
 *   visibility  := service:str counts
 *   counts      := n:varint (name:str count:varint)*n
 *   observation := key count:varint first:f64 last:f64 latency:hist request:hist response:hist clients:values
 *                  path:shape query:shape headers:shape cookies:shape requestBody:shape responseBody:shape facts:counts moments
 *   key         := source:u8 service:str kind:str method:str path:str status:varint requestMediaType:str
 *                  responseMediaType:str hasCredentials:u8
 *   moments     := n:varint (name:str f64)*n
 *   hist        := count:varint [count > 0: sum:varint n:varint (bucket:zigzag count:varint)*n]
 *   values      := max:varint n:varint (hash:u48 count:varint hasText:u8 [text:str])*n
 *   shape       := flags:u8 [flags & 1: nulls booleans integers numbers strings arrays objects fieldsFolded: varint*8
 *                  [2: f64 f64] [4: varint varint] [8: varint varint] formats:counts classes:counts [64: values]
 *                  [32: n:varint (name:str shape)*n] [16: shape]]
 *   str         := 0 length:varint utf8 (a new string, numbered from 1) | number:varint (one seen before in the batch)
 *   varint      := LEB128, at most 2^53 - 1; u48, f64 little endian
 */

/** The version this build writes and the newest it reads. */
const codecVersion = 1

const magic = 0x54
const recordKind = { observation: 1, visibility: 2, counters: 3, tail: 4 } as const
const has = { any: 1, numberRange: 2, lengthRange: 4, itemsRange: 8, items: 16, fields: 32, values: 64 } as const
const sources: readonly SourceKind[] = ['packets', 'logs']
const shapeDepthMax = 64

/**
 * The batch in `buffer`, copied out: the buffer may be reused afterwards.
 * Throws `RangeError` for a newer version or a damaged buffer; both are faults of the writer, never of traffic.
 */
export function decodeBatch(buffer: Uint8Array): Batch {
  const reader = new ByteReader(buffer)
  if (reader.byte() !== magic) throw new RangeError('not a batch of observations')
  const version = reader.byte()
  if (version > codecVersion) throw new RangeError(`observations have version ${version}, this build reads up to ${codecVersion}: upgrade tapistry`)
  const observations: Observation[] = []
  const visibility: ServiceVisibility[] = []
  const counters = new Map<string, number>()
  let tailOf: number | null = null
  while (!reader.done) {
    const kind = reader.byte()
    if (kind === recordKind.observation) observations.push(readObservation(reader))
    else if (kind === recordKind.visibility) visibility.push({ service: reader.string(), counts: readCounts(reader) as ReadonlyMap<ServiceCount, number> })
    else if (kind === recordKind.counters) for (const [name, count] of readCounts(reader)) counters.set(name, (counters.get(name) ?? 0) + count)
    else if (kind === recordKind.tail) tailOf = reader.varint()
    else throw new RangeError(`unknown record kind ${kind} in a batch of observations`)
  }
  return { observations, visibility, counters, tailOf }
}

/** The bytes of a batch; `decodeBatch` gives it back unchanged. */
export function encodeBatch(batch: Batch): Buffer {
  const writer = new ByteWriter()
  writer.byte(magic)
  writer.byte(codecVersion)
  if (batch.tailOf !== null && batch.tailOf !== undefined) {
    writer.byte(recordKind.tail)
    writer.varint(batch.tailOf)
  }
  for (const observation of batch.observations) {
    writer.byte(recordKind.observation)
    writeObservation(writer, observation)
  }
  for (const { service, counts } of batch.visibility) {
    writer.byte(recordKind.visibility)
    writer.string(service)
    writeCounts(writer, counts)
  }
  if (batch.counters.size > 0) {
    writer.byte(recordKind.counters)
    writeCounts(writer, batch.counters)
  }
  return writer.bytes()
}

function readObservation(reader: ByteReader): Observation {
  return {
    key: readKey(reader),
    count: reader.varint(),
    firstSeenMs: reader.float(),
    lastSeenMs: reader.float(),
    latencyUs: readHistogram(reader),
    requestBytes: readHistogram(reader),
    responseBytes: readHistogram(reader),
    clients: readValues(reader),
    path: readShape(reader, 0),
    query: readShape(reader, 0),
    headers: readShape(reader, 0),
    cookies: readShape(reader, 0),
    requestBody: readShape(reader, 0),
    responseBody: readShape(reader, 0),
    facts: readCounts(reader),
    moments: new Map(Array.from({ length: reader.varint() }, () => [reader.string(), reader.float()])),
  }
}

function writeObservation(writer: ByteWriter, value: Observation): void {
  writeKey(writer, value.key)
  writer.varint(value.count)
  writer.float(value.firstSeenMs)
  writer.float(value.lastSeenMs)
  for (const histogram of [value.latencyUs, value.requestBytes, value.responseBytes]) writeHistogram(writer, histogram)
  writeValues(writer, value.clients)
  for (const shape of [value.path, value.query, value.headers, value.cookies, value.requestBody, value.responseBody]) writeShape(writer, shape)
  writeCounts(writer, value.facts)
  writer.varint(value.moments.size)
  for (const [name, moment] of value.moments) {
    writer.string(name)
    writer.float(moment)
  }
}

function readKey(reader: ByteReader): ObservationKey {
  const source = sources[reader.byte()]
  if (!source) throw new RangeError('unknown source kind in a batch of observations')
  return {
    source,
    service: reader.string(),
    kind: reader.string(),
    method: reader.string(),
    path: reader.string(),
    status: reader.varint(),
    requestMediaType: reader.string(),
    responseMediaType: reader.string(),
    hasCredentials: reader.byte() === 1,
  }
}

function writeKey(writer: ByteWriter, key: ObservationKey): void {
  writer.byte(sources.indexOf(key.source))
  for (const text of [key.service, key.kind, key.method, key.path]) writer.string(text)
  writer.varint(key.status)
  writer.string(key.requestMediaType)
  writer.string(key.responseMediaType)
  writer.byte(key.hasCredentials ? 1 : 0)
}

function readCounts(reader: ByteReader): ReadonlyMap<string, number> {
  const length = reader.varint()
  if (length === 0) return noCounts
  const counts = new Map<string, number>()
  for (let i = 0; i < length; i += 1) counts.set(reader.string(), reader.varint())
  return counts
}

function writeCounts(writer: ByteWriter, counts: ReadonlyMap<string, number>): void {
  writer.varint(counts.size)
  for (const [name, count] of counts) {
    writer.string(name)
    writer.varint(count)
  }
}

function readHistogram(reader: ByteReader): Histogram {
  const count = reader.varint()
  if (count === 0) return emptyHistogram
  const sum = reader.varint()
  const buckets = new Map<number, number>()
  for (let left = reader.varint(); left > 0; left -= 1) buckets.set(reader.zigzag(), reader.varint())
  return { count, sum, buckets }
}

function writeHistogram(writer: ByteWriter, histogram: Histogram): void {
  writer.varint(histogram.count)
  if (histogram.count === 0) return
  writer.varint(histogram.sum)
  writer.varint(histogram.buckets.size)
  for (const [bucket, count] of histogram.buckets) {
    writer.zigzag(bucket)
    writer.varint(count)
  }
}

function readValues(reader: ByteReader): Values {
  const max = reader.varint()
  const length = reader.varint()
  const entries: Value[] = []
  for (let i = 0; i < length; i += 1) entries.push({ hash: reader.hash(), count: reader.varint(), text: reader.byte() === 1 ? reader.string() : null })
  return { max, entries }
}

function writeValues(writer: ByteWriter, values: Values): void {
  writer.varint(values.max)
  writer.varint(values.entries.length)
  for (const { hash, count, text } of values.entries) {
    writer.hash(hash)
    writer.varint(count)
    writer.byte(text === null ? 0 : 1)
    if (text !== null) writer.string(text)
  }
}

function readShape(reader: ByteReader, depth: number): Shape {
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

function readFields(reader: ByteReader, depth: number): ReadonlyMap<string, Shape> {
  const fields = new Map<string, Shape>()
  for (let left = reader.varint(); left > 0; left -= 1) fields.set(reader.string(), readShape(reader, depth + 1))
  return fields
}

function writeShape(writer: ByteWriter, shape: Shape): void {
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
      (shape.values.entries.length > 0 ? has.values : 0),
  )
  for (const count of [shape.nulls, shape.booleans, shape.integers, shape.numbers, shape.strings, shape.arrays, shape.objects, shape.fieldsFolded])
    writer.varint(count)
  if (shape.numberRange) for (const bound of bounds(shape.numberRange)) writer.float(bound)
  if (shape.lengthRange) for (const bound of bounds(shape.lengthRange)) writer.varint(bound)
  if (shape.itemsRange) for (const bound of bounds(shape.itemsRange)) writer.varint(bound)
  writeCounts(writer, shape.formats)
  writeCounts(writer, shape.classes)
  if (shape.values.entries.length > 0) writeValues(writer, shape.values)
  if (shape.fields.size > 0) {
    writer.varint(shape.fields.size)
    for (const [name, field] of shape.fields) {
      writer.string(name)
      writeShape(writer, field)
    }
  }
  if (shape.items) writeShape(writer, shape.items)
}

function bounds(range: Range): readonly [number, number] {
  return [range.min, range.max]
}

const noCounts: ReadonlyMap<string, number> = new Map()

/** No value seen. */
const emptyHistogram: Histogram = { count: 0, sum: 0, buckets: new Map() }
