import { openText } from '../text_file.ts'
import { RollingFingerprint } from './fingerprint.ts'

/** What a compressed file holds from some place on. */
export interface CompressedRest {
  /** The beginning of the file as far as it lies before that place, at most so many bytes as were asked for. */
  readonly head: Uint8Array
  /** Of all that was read of it. */
  readonly rolling: RollingFingerprint
  /** The next bytes of the rest, null at the end or once it was stopped. Rejects as a text file does. */
  next(): Promise<Uint8Array | null>
}

/** A compressed file can be read from its beginning only: passes over the first `offset` bytes. */
export async function openCompressed(path: string, offset: number, headBytes: number, signal: AbortSignal): Promise<CompressedRest> {
  const text = openText(path)
  const rolling = RollingFingerprint.empty()
  const heads: Uint8Array[] = []
  const take = async (): Promise<Uint8Array | null> => {
    const bytes = signal.aborted ? null : await text.next()
    if (bytes !== null) rolling.push(bytes)
    return bytes
  }
  let first: Uint8Array | null = null
  for (let left = offset; first === null;) {
    const bytes = await take()
    if (bytes === null) break
    heads.push(bytes.subarray(0, Math.max(0, Math.min(left, headBytes - (offset - left)))))
    if (bytes.length > left) first = bytes.subarray(left)
    left -= bytes.length
  }
  return {
    head: Buffer.concat(heads),
    rolling,
    async next() {
      if (first === null) return take()
      const piece = first
      first = null
      return piece
    },
  }
}
