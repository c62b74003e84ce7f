import type { Plant } from './planted_traffic.ts'

/** A secret that was found where nothing of traffic may be. */
export interface Leak {
  readonly plant: Plant
  /** What of it was found, in lower case. */
  readonly found: string
  /** Where in the bytes that were searched. */
  readonly offset: number
}

/**
 * Finds pieces of secrets in bytes: any 13 bytes in a row of a secret or of its hexadecimal or base64 form, whatever the case, percent-encoded or
 * not, and its first and last 10; numbers also as binary floats and as variable-length integers.
 *
 * One pass with a rolling hash over the bytes and a bitmap of the hashes of all pieces; what the bitmap lets through is compared exactly.
 */
export function leakSearch(plants: readonly Plant[]): (bytes: Uint8Array) => readonly Leak[] {
  const pieces = new Map<string, Plant>()
  const bitmap = new Uint32Array(1 << 21)
  const numbers = new Map<number, { readonly form: Buffer; readonly plant: Plant }[]>()
  for (const plant of plants) {
    for (const piece of piecesOf(plant.secret.text)) {
      if (pieces.has(piece)) continue
      pieces.set(piece, plant)
      let hash = 0
      for (let index = 0; index < pieceBytes; index += 1) hash = (Math.imul(hash, base) + piece.charCodeAt(index)) | 0
      mark(bitmap, hash)
    }
    if (!plant.secret.isNumeric) continue
    for (const form of binaryForms(Number(plant.secret.text))) {
      const start = form.readUIntLE(0, numberBytes)
      numbers.set(start, [...(numbers.get(start) ?? []), { form, plant }])
    }
  }
  return (bytes) => {
    const leaks = new Map<Plant, Leak>()
    for (const text of [Buffer.from(bytes).toString('latin1'), percentDecoded(bytes)]) {
      for (const [offset, piece] of candidates(text.toLowerCase(), bitmap)) {
        const plant = pieces.get(piece)
        if (plant !== undefined && !leaks.has(plant)) leaks.set(plant, { plant, found: piece, offset })
      }
    }
    const buffer = Buffer.from(bytes)
    for (let offset = 0; offset + numberBytes <= buffer.length; offset += 1) {
      for (const { form, plant } of numbers.get(buffer.readUIntLE(offset, numberBytes)) ?? []) {
        if (leaks.has(plant) || buffer.compare(form, 0, undefined, offset, offset + form.length) !== 0) continue
        leaks.set(plant, { plant, found: `bytes ${form.toString('hex')}`, offset })
      }
    }
    return [...leaks.values()]
  }
}

const pieceBytes = 10
const pieceStride = 4
/** Of a binary number, the bytes that are looked up before it is compared: what is planted has at least 12 digits, five bytes. */
const numberBytes = 5
const base = 0x01000193

function piecesOf(secret: string): Set<string> {
  const bytes = Buffer.from(secret)
  const encoded = [0, 1, 2].flatMap((shift) => {
    // The characters at both ends depend on what stands beside the secret.
    const text = Buffer.concat([Buffer.alloc(shift), bytes])
      .toString('base64')
      .replaceAll('=', '')
      .slice(shift === 0 ? 0 : shift + 1, -1)
    return [text, text.replaceAll('+', '-').replaceAll('/', '_')]
  })
  const pieces = new Set<string>()
  for (const form of [secret, bytes.toString('hex'), ...encoded]) {
    const text = form.toLowerCase()
    for (let offset = 0; offset + pieceBytes <= text.length; offset += pieceStride) pieces.add(text.slice(offset, offset + pieceBytes))
    if (text.length >= pieceBytes) pieces.add(text.slice(-pieceBytes))
  }
  return pieces
}

function mark(bitmap: Uint32Array, hash: number): void {
  const bit = mixed(hash)
  bitmap[bit >>> 5] = (bitmap[bit >>> 5] ?? 0) | (1 << (bit & 31))
}

/** 26 bits: the bitmap's size. */
function mixed(hash: number): number {
  return Math.imul(hash ^ (hash >>> 15), 0x2c1b3c6d) >>> 6
}

function* candidates(text: string, bitmap: Uint32Array): Iterable<readonly [offset: number, piece: string]> {
  let leaving = 1
  for (let index = 0; index < pieceBytes; index += 1) leaving = Math.imul(leaving, base)
  let hash = 0
  for (let index = 0; index < text.length; index += 1) {
    hash = (Math.imul(hash, base) + text.charCodeAt(index)) | 0
    if (index >= pieceBytes) hash = (hash - Math.imul(leaving, text.charCodeAt(index - pieceBytes))) | 0
    const bit = mixed(hash)
    if (index >= pieceBytes - 1 && ((bitmap[bit >>> 5] ?? 0) & (1 << (bit & 31))) !== 0) {
      const offset = index - pieceBytes + 1
      yield [offset, text.slice(offset, index + 1)]
    }
  }
}

function percentDecoded(bytes: Uint8Array): string {
  const text = Buffer.from(bytes).toString('latin1')
  return text.includes('%') ? text.replaceAll(/%([0-9a-f]{2})/gi, (_, digits: string) => String.fromCharCode(Number.parseInt(digits, 16))) : ''
}

/** As a float, as a fixed and as a variable-length (LEB128) integer. */
function binaryForms(number: number): Buffer[] {
  const float = Buffer.alloc(8)
  float.writeDoubleLE(number)
  const varint: number[] = []
  for (let rest = BigInt(number); rest > 0n; rest >>= 7n) varint.push(Number(rest & 0x7fn) | (rest > 0x7fn ? 0x80 : 0))
  const fixed = Buffer.alloc(8)
  fixed.writeBigUInt64LE(BigInt(number))
  // From the first byte that says something: how many zeros stand before or after depends on the width of the integer.
  return [
    float,
    Buffer.from(float.toReversed()),
    fixed.subarray(0, fixedBytes(number)),
    Buffer.from(fixed.toReversed()).subarray(8 - fixedBytes(number)),
    Buffer.from(varint),
  ]
}

function fixedBytes(number: number): number {
  return Math.ceil(Math.log2(number) / 8)
}
