import { ByteReader, type BatchBytes } from './bytes.ts'
import { HistogramSum } from './histogram_sum.ts'
import type { Histogram, Observation, ObservationKey } from './observation.ts'
import { readCounts, readHistogram, readMoments, readShape, readValues } from './part_codec.ts'
import type { Shape, Values } from './shape.ts'
import { ShapeSum } from './shape_sum.ts'
import { ValuesSum } from './values_sum.ts'

/** The parts of an observation of each type, by where they stand. */
export const histogramParts = { latencyUs: 0, requestBytes: 1, responseBytes: 2 } as const
export const shapeParts = { path: 4, query: 5, headers: 6, cookies: 7, requestBody: 8, responseBody: 9 } as const
const parts = { clients: 3, facts: 10, moments: 11 } as const
const partsMax = 12

export type HistogramPart = keyof typeof histogramParts
export type ShapePart = keyof typeof shapeParts

/**
 * An observation as it lies in a batch: a part is decoded each time that it is asked for. Decoded it takes twelve times the memory. Whoever adds up
 * many lets each add its part to a sum, straight from the bytes.
 */
export class PackedObservation implements Observation {
  readonly key: ObservationKey
  readonly count: number
  readonly firstSeenMs: number
  readonly lastSeenMs: number
  readonly #bytes: BatchBytes
  /** Where each part begins. */
  readonly #starts: readonly number[]

  /** `reader` stands behind the key, and afterwards behind the observation. */
  constructor(bytes: BatchBytes, reader: ByteReader, key: ObservationKey) {
    this.key = key
    this.count = reader.varint()
    this.firstSeenMs = reader.float()
    this.lastSeenMs = reader.float()
    this.#bytes = bytes
    const starts: number[] = []
    for (let part = 0; part < partsMax; part += 1) starts[part] = reader.passPart()
    this.#starts = starts
  }

  get latencyUs(): Histogram {
    return this.#histogram('latencyUs')
  }

  get requestBytes(): Histogram {
    return this.#histogram('requestBytes')
  }

  get responseBytes(): Histogram {
    return this.#histogram('responseBytes')
  }

  get clients(): Values {
    const sum = new ValuesSum()
    this.addClients(sum)
    return sum
  }

  get path(): Shape {
    return this.#shape('path')
  }

  get query(): Shape {
    return this.#shape('query')
  }

  get headers(): Shape {
    return this.#shape('headers')
  }

  get cookies(): Shape {
    return this.#shape('cookies')
  }

  get requestBody(): Shape {
    return this.#shape('requestBody')
  }

  get responseBody(): Shape {
    return this.#shape('responseBody')
  }

  get facts(): ReadonlyMap<string, number> {
    return this.addFacts()
  }

  get moments(): ReadonlyMap<string, number> {
    return readMoments(this.#part(parts.moments))
  }

  addHistogram(part: HistogramPart, sum: HistogramSum): void {
    readHistogram(this.#part(histogramParts[part]), sum)
  }

  addShape(part: ShapePart, sum: ShapeSum): void {
    readShape(this.#part(shapeParts[part]), sum)
  }

  addClients(sum: ValuesSum): void {
    readValues(this.#part(parts.clients), sum)
  }

  /** Gives the sum, which belongs to the caller or is `noCounts`. */
  addFacts(sum?: Map<string, number>): Map<string, number> {
    return readCounts(this.#part(parts.facts), sum)
  }

  #histogram(part: HistogramPart): Histogram {
    const sum = new HistogramSum()
    this.addHistogram(part, sum)
    return sum
  }

  #shape(part: ShapePart): Shape {
    const sum = new ShapeSum()
    this.addShape(part, sum)
    return sum
  }

  #part(index: number): ByteReader {
    return new ByteReader(this.#bytes, this.#starts[index])
  }
}

/** The same observation with every part decoded: for those who look at many, more than once. Throws `RangeError` where one is damaged. */
export function unpacked(observation: Observation): Observation {
  return {
    key: observation.key,
    count: observation.count,
    firstSeenMs: observation.firstSeenMs,
    lastSeenMs: observation.lastSeenMs,
    latencyUs: observation.latencyUs,
    requestBytes: observation.requestBytes,
    responseBytes: observation.responseBytes,
    clients: observation.clients,
    path: observation.path,
    query: observation.query,
    headers: observation.headers,
    cookies: observation.cookies,
    requestBody: observation.requestBody,
    responseBody: observation.responseBody,
    facts: observation.facts,
    moments: observation.moments,
  }
}
