import type { Buffer } from 'node:buffer'
import { ByteReader } from './bytes.ts'
import type { Histogram, Observation, ObservationKey } from './observation.ts'
import { readCounts, readHistogram, readMoments, readShape, readValues } from './part_codec.ts'
import type { Shape, Values } from './shape.ts'

/** An observation as it lies in a batch: a part is decoded each time that it is asked for. Decoded it takes twelve times the memory. */
export class PackedObservation implements Observation {
  readonly key: ObservationKey
  readonly count: number
  readonly firstSeenMs: number
  readonly lastSeenMs: number
  readonly #buffer: Buffer
  readonly #texts: readonly string[]
  readonly #start: number

  /** `reader` stands behind the key, and afterwards behind the observation. */
  constructor(buffer: Buffer, texts: readonly string[], reader: ByteReader, key: ObservationKey) {
    this.key = key
    this.count = reader.varint()
    this.firstSeenMs = reader.float()
    this.lastSeenMs = reader.float()
    this.#buffer = buffer
    this.#texts = texts
    this.#start = reader.offset
    for (let left = partsMax; left > 0; left -= 1) reader.skipPart()
  }

  get latencyUs(): Histogram {
    return readHistogram(this.#part(0))
  }

  get requestBytes(): Histogram {
    return readHistogram(this.#part(1))
  }

  get responseBytes(): Histogram {
    return readHistogram(this.#part(2))
  }

  get clients(): Values {
    return readValues(this.#part(3))
  }

  get path(): Shape {
    return readShape(this.#part(4))
  }

  get query(): Shape {
    return readShape(this.#part(5))
  }

  get headers(): Shape {
    return readShape(this.#part(6))
  }

  get cookies(): Shape {
    return readShape(this.#part(7))
  }

  get requestBody(): Shape {
    return readShape(this.#part(8))
  }

  get responseBody(): Shape {
    return readShape(this.#part(9))
  }

  get facts(): ReadonlyMap<string, number> {
    return readCounts(this.#part(10))
  }

  get moments(): ReadonlyMap<string, number> {
    return readMoments(this.#part(11))
  }

  #part(index: number): ByteReader {
    const reader = new ByteReader(this.#buffer, this.#texts, this.#start)
    for (let left = index; left > 0; left -= 1) reader.skipPart()
    return new ByteReader(this.#buffer, this.#texts, reader.skipPart())
  }
}

const partsMax = 12

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
