import { Buffer } from 'node:buffer'

/** A batch as it lies in memory. */
export interface BatchBytes {
  readonly buffer: Buffer
  readonly view: DataView
  /** What texts are read from by their number; filled while the beginning of the batch is read. */
  readonly texts: readonly string[]
}

export function batchBytes(buffer: Buffer, texts: readonly string[]): BatchBytes {
  return { buffer, view: new DataView(buffer.buffer, buffer.byteOffset, buffer.length), texts }
}

/** Reads the primitives of the codec; running out of bytes throws `RangeError`. */
export class ByteReader {
  readonly #buffer: Buffer
  readonly #view: DataView
  readonly #texts: readonly string[]
  #offset: number

  constructor({ buffer, view, texts }: BatchBytes, offset = 0) {
    this.#buffer = buffer
    this.#view = view
    this.#texts = texts
    this.#offset = offset
  }

  get done(): boolean {
    return this.#offset >= this.#buffer.length
  }

  byte(): number {
    const byte = this.#buffer[this.#offset]
    if (byte === undefined) throw new RangeError('a batch of observations ends early')
    this.#offset += 1
    return byte
  }

  /** LEB128 up to 2^53 - 1. */
  varint(): number {
    const first = this.byte()
    if (first < 0x80) return first
    let value = first & 0x7f
    let scale = 0x80
    for (;;) {
      const byte = this.byte()
      value += (byte & 0x7f) * scale
      if (byte < 0x80) return value
      scale *= 0x80
      if (scale > 2 ** 49) throw new RangeError('a number in a batch of observations is too large')
    }
  }

  zigzag(): number {
    const value = this.varint()
    return value % 2 === 0 ? value / 2 : -(value + 1) / 2
  }

  float(): number {
    const value = this.#view.getFloat64(this.#offset, true)
    this.#offset += 8
    return value
  }

  hash(): number {
    const at = this.#offset
    const low = this.#view.getUint32(at, true)
    const high = this.#view.getUint16(at + 4, true)
    this.#offset = at + 6
    return high * 0x1_0000_0000 + low
  }

  /** A text that stands here. */
  text(): string {
    const end = this.varint() + this.#offset
    if (end > this.#buffer.length) throw new RangeError('a batch of observations ends early')
    const text = this.#buffer.toString('utf8', this.#offset, end)
    this.#offset = end
    return text
  }

  /** A text of the table. */
  string(): string {
    const text = this.#texts[this.varint()]
    if (text === undefined) throw new RangeError('a string in a batch of observations is not there')
    return text
  }

  /** Passes over a part, which stands behind its length; gives where it begins. */
  passPart(): number {
    const start = this.#offset + 4
    const end = start + this.#view.getUint32(this.#offset, true)
    if (end > this.#buffer.length) throw new RangeError('a batch of observations ends early')
    this.#offset = end
    return start
  }
}

/** Writes what `ByteReader` reads. */
export class ByteWriter {
  #numbers = new Map<string, number>()
  #buffer = Buffer.allocUnsafe(initialBytes)
  #length = 0

  byte(value: number): void {
    this.#room(1)
    this.#buffer[this.#length] = value
    this.#length += 1
  }

  varint(value: number): void {
    let rest = value
    while (rest >= 0x80) {
      this.byte((rest % 0x80) | 0x80)
      rest = Math.floor(rest / 0x80)
    }
    this.byte(rest)
  }

  zigzag(value: number): void {
    this.varint(value >= 0 ? value * 2 : -value * 2 - 1)
  }

  float(value: number): void {
    this.#room(8)
    this.#length = this.#buffer.writeDoubleLE(value, this.#length)
  }

  hash(value: number): void {
    this.#room(6)
    const [buffer, at] = [this.#buffer, this.#length]
    const high = Math.floor(value / 0x1_0000_0000)
    buffer[at] = value
    buffer[at + 1] = value >>> 8
    buffer[at + 2] = value >>> 16
    buffer[at + 3] = value >>> 24
    buffer[at + 4] = high
    buffer[at + 5] = high >>> 8
    this.#length = at + 6
  }

  text(text: string): void {
    const length = Buffer.byteLength(text, 'utf8')
    this.varint(length)
    this.#room(length)
    this.#length += this.#buffer.write(text, this.#length, 'utf8')
  }

  /** The number of a text in the table, which stands elsewhere. */
  string(text: string): void {
    let number = this.#numbers.get(text)
    if (number === undefined) this.#numbers.set(text, (number = this.#numbers.size))
    this.varint(number)
  }

  /** Writes a part behind its length, so that a reader may pass over it. */
  part(write: () => void): void {
    this.#room(4)
    const start = this.#length
    this.#length += 4
    write()
    this.#buffer.writeUInt32LE(this.#length - start - 4, start)
  }

  /** The table of texts. */
  texts(): readonly string[] {
    return [...this.#numbers.keys()]
  }

  /** Everything written so far, in memory that is used again after `clear`. */
  bytes(): Buffer {
    return this.#buffer.subarray(0, this.#length)
  }

  /** Begins anew, with the memory that is there unless it is much. */
  clear(): void {
    if (this.#buffer.length > keptBytesMax) this.#buffer = Buffer.allocUnsafe(initialBytes)
    this.#length = 0
    // A map that is cleared leads to what comes into it later: an old one that is garbage would keep all of it alive.
    this.#numbers = new Map()
  }

  #room(bytes: number): void {
    if (this.#length + bytes <= this.#buffer.length) return
    const larger = Buffer.allocUnsafe(Math.max(this.#buffer.length * 2, this.#length + bytes))
    this.#buffer.copy(larger, 0, 0, this.#length)
    this.#buffer = larger
  }
}

const initialBytes = 4096
const keptBytesMax = 2 ** 20
