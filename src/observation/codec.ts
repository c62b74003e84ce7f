import { Buffer } from 'node:buffer'
import { runThrough } from '../base/run_through.ts'
import { batchBytes, ByteReader, ByteWriter } from './bytes.ts'
import type { Batch, Observation, ObservationKey, ServiceCount, ServiceVisibility, SourceKind } from './observation.ts'
import { PackedObservation } from './packed.ts'
import { readCounts, writeCounts, writeHistogram, writeMoments, writeShape, writeValues } from './part_codec.ts'

/*
 * The one binary form of a batch, for the binding, the database and later Kafka alike.
 *
 *   batch       := 0x54 version:u8 n:varint (length:varint utf8)*n record*
 *   record      := 1 observation | 2 visibility | 3 counts | 4 input:varint (the whole batch is the tail of that input)
 *   visibility  := service:str counts
 *   counts      := n:varint (name:str count:varint)*n
 *   observation := key count:varint first:f64 last:f64 part*12: latency:hist request:hist response:hist clients:values
 *                  path:shape query:shape headers:shape cookies:shape requestBody:shape responseBody:shape facts:counts moments
 *   part        := length:u32 and so many bytes
 *   key         := source:u8 service:str kind:str method:str path:str status:varint requestMediaType:str
 *                  responseMediaType:str hasCredentials:u8
 *   moments     := n:varint (name:str f64)*n
 *   hist        := count:varint [count > 0: sum:varint n:varint (bucket:zigzag count:varint)*n]
 *   values      := 2 * max + isSample:varint n:varint (hash:u48 count:varint hasText:u8 [text:str])*n
 *   shape       := flags:u8 [flags & 1: nulls booleans integers numbers strings arrays objects fieldsFolded: varint*8
 *                  [2: f64 f64] [4: varint varint] [8: varint varint] formats:counts classes:counts [64: values]
 *                  [32: n:varint (name:str shape)*n] [16: shape]]
 *   str         := number:varint of a text at the beginning, from 0
 *   varint      := LEB128, at most 2^53 - 1; u32, u48, f64 little endian
 */

/** The version this build writes and the only one it reads. */
const codecVersion = 2

const magic = 0x54
const recordKind = { observation: 1, visibility: 2, counters: 3, tail: 4 } as const
const sources: readonly SourceKind[] = ['packets', 'logs']

/**
 * The batch in `bytes`, which it keeps: the parts of an observation are decoded when they are looked at, since most are looked at once.
 * Throws `RangeError` for another version or a damaged buffer, a part of an observation when it is looked at; both are faults of the
 * writer, never of traffic.
 */
export function decodeBatch(bytes: Uint8Array): Batch {
  return runThrough(decodingBatch(bytes))
}

/** The same in pieces of less than a millisecond: batches of the engine hold thousands of observations. */
export function* decodingBatch(bytes: Uint8Array): Generator<void, Batch> {
  const buffer = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  const texts: string[] = []
  const packed = batchBytes(buffer, texts)
  const reader = new ByteReader(packed)
  if (reader.byte() !== magic) throw new RangeError('not a batch of observations')
  const version = reader.byte()
  if (version < codecVersion) throw new RangeError(`observations have version ${version}, this build reads ${codecVersion}: scan again into an empty folder`)
  if (version > codecVersion) throw new RangeError(`observations have version ${version}, this build reads ${codecVersion}: upgrade tapistry`)
  for (let left = reader.varint(); left > 0; left -= 1) texts.push(reader.text())
  const observations: Observation[] = []
  const visibility: ServiceVisibility[] = []
  const counters = new Map<string, number>()
  let tailOf: number | null = null
  for (let records = 1; !reader.done; records += 1) {
    if (records % pieceRecords === 0) yield
    const kind = reader.byte()
    if (kind === recordKind.observation) observations.push(new PackedObservation(packed, reader, readKey(reader)))
    else if (kind === recordKind.visibility) visibility.push({ service: reader.string(), counts: readCounts(reader) as ReadonlyMap<ServiceCount, number> })
    else if (kind === recordKind.counters) for (const [name, count] of readCounts(reader)) counters.set(name, (counters.get(name) ?? 0) + count)
    else if (kind === recordKind.tail) tailOf = reader.varint()
    else throw new RangeError(`unknown record kind ${kind} in a batch of observations`)
  }
  return { observations, visibility, counters, tailOf }
}

const pieceRecords = 64

/** The bytes of a batch; `decodeBatch` gives it back unchanged. */
export function encodeBatch(batch: Batch): Buffer {
  writer.clear()
  head.clear()
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
  head.byte(magic)
  head.byte(codecVersion)
  const texts = writer.texts()
  head.varint(texts.length)
  for (const text of texts) head.text(text)
  return Buffer.concat([head.bytes(), writer.bytes()])
}

/** An observation in bytes of its own: small buffers are slices of 64 KiB, which would live as long as any one in them. */
export function packedAlone(observation: Observation): Uint8Array {
  return new Uint8Array(encodeBatch({ observations: [observation], visibility: [], counters: new Map() }))
}

/** The observation that `packedAlone` packed. */
export function unpackedAlone(bytes: Uint8Array): Observation {
  const [observation] = decodeBatch(bytes).observations
  if (observation === undefined) throw new RangeError('there is no observation in these bytes')
  return observation
}

/** Batches of one observation are written by the thousand: the two writers of a batch stay. */
const writer = new ByteWriter()
const head = new ByteWriter()

function writeObservation(writer: ByteWriter, value: Observation): void {
  writeKey(writer, value.key)
  writer.varint(value.count)
  writer.float(value.firstSeenMs)
  writer.float(value.lastSeenMs)
  for (const histogram of [value.latencyUs, value.requestBytes, value.responseBytes]) writer.part(() => writeHistogram(writer, histogram))
  writer.part(() => writeValues(writer, value.clients))
  for (const shape of [value.path, value.query, value.headers, value.cookies, value.requestBody, value.responseBody])
    writer.part(() => writeShape(writer, shape))
  writer.part(() => writeCounts(writer, value.facts))
  writer.part(() => writeMoments(writer, value.moments))
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
