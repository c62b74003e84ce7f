import { createHash } from 'node:crypto'
import type { FileHandle } from 'node:fs/promises'

/**
 * How a file is known again after it was renamed or compressed: by its first bytes and by those before the place up to which it was read. A log grows at
 * its end only, so both stay as they are.
 */
export interface Fingerprint {
  /** Bytes up to the end of the last line that was read. */
  readonly offset: number
  /** SHA-256 of the first bytes before the offset, at most `windowBytes`. */
  readonly head: string
  /** SHA-256 of the last bytes before the offset, at most `windowBytes`. */
  readonly last: string
}

/** Enough lines that no two logs begin and go on alike. */
export const windowBytes = 4096

/** Nothing read: every file begins like this. */
export const unread: Fingerprint = { offset: 0, head: hashOf(new Uint8Array()), last: hashOf(new Uint8Array()) }

/** The fingerprint of a file that was read up to `offset`; null where it is shorter. */
export async function fingerprintOf(file: FileHandle, offset: number): Promise<Fingerprint | null> {
  const length = Math.min(offset, windowBytes)
  const [head, last] = [await bytesAt(file, 0, length), await bytesAt(file, offset - length, length)]
  return head === null || last === null ? null : { offset, head: hashOf(head), last: hashOf(last) }
}

/** Whether what was read of another file, or of this one before, is the beginning of this one. */
export async function begins(file: FileHandle, read: Fingerprint): Promise<boolean> {
  const found = await fingerprintOf(file, read.offset)
  return found !== null && found.head === read.head && found.last === read.last
}

/** Fingerprints of what is read of a file, as it is read: the file may be cut or removed meanwhile. */
export class RollingFingerprint {
  #head: Uint8Array
  /** The last bytes that were read, enough for a window before any line that may still be open. */
  #recent: Uint8Array
  #end: number

  private constructor(head: Uint8Array, recent: Uint8Array, end: number) {
    this.#head = head
    this.#recent = recent
    this.#end = end
  }

  /** Nothing read. */
  static empty(): RollingFingerprint {
    return new RollingFingerprint(new Uint8Array(), new Uint8Array(), 0)
  }

  /** Of a file that is read from `offset` on. */
  static async from(file: FileHandle, offset: number): Promise<RollingFingerprint> {
    const length = Math.min(offset, windowBytes)
    const [head, last] = [await bytesAt(file, 0, length), await bytesAt(file, offset - length, length)]
    return head === null || last === null ? RollingFingerprint.empty() : new RollingFingerprint(head, last, offset)
  }

  push(bytes: Uint8Array): void {
    if (this.#head.length < windowBytes) this.#head = joined(this.#head, bytes.subarray(0, windowBytes - this.#head.length))
    this.#recent = joined(this.#recent.subarray(Math.max(0, this.#recent.length - recentBytes)), bytes)
    this.#end += bytes.length
  }

  /** Nothing before `offset` is asked for any more. */
  forget(offset: number): void {
    this.#recent = this.#recent.slice(Math.max(0, this.#recent.length - (this.#end - offset) - windowBytes))
  }

  /** The last bytes before `offset`, fewer than a window. */
  before(offset: number, bytes: number): Uint8Array {
    const end = this.#recent.length - (this.#end - offset)
    return this.#recent.slice(Math.max(0, end - bytes), Math.max(0, end))
  }

  /** Of what was read up to `offset`, which is at most the longest line before the end. */
  at(offset: number): Fingerprint {
    const length = Math.min(offset, windowBytes)
    const end = this.#recent.length - (this.#end - offset)
    return { offset, head: hashOf(this.#head.subarray(0, length)), last: hashOf(this.#recent.subarray(Math.max(0, end - length), Math.max(0, end))) }
  }
}

/** The longest line that the engine holds, and a window. */
const recentBytes = (1 << 20) + windowBytes

function joined(a: Uint8Array, b: Uint8Array): Uint8Array<ArrayBuffer> {
  const both = new Uint8Array(a.length + b.length)
  both.set(a)
  both.set(b, a.length)
  return both
}

function hashOf(bytes: Uint8Array): string {
  return createHash('sha256').update(bytes).digest('hex')
}

/** Exactly `length` bytes from `offset`; null where the file ends before. */
async function bytesAt(file: FileHandle, offset: number, length: number): Promise<Uint8Array | null> {
  const buffer = new Uint8Array(length)
  let filled = 0
  while (filled < length) {
    const { bytesRead } = await file.read(buffer, filled, length - filled, offset + filled)
    if (bytesRead === 0) return null
    filled += bytesRead
  }
  return buffer
}
