import { createHash } from 'node:crypto'

import type { InputPosition } from '../source.ts'
import { openText, type TextFile } from '../text_file.ts'

/** What two files begin with. */
export interface CommonBeginning {
  /** To the end of a line; null where that is nothing. */
  readonly lines: InputPosition | null
  /** All of the first one; null where it holds more, or other bytes. */
  readonly whole: InputPosition | null
}

/** What a file, compressed or not, has in common with the first `bytes` bytes of another one. Rejects where one of them cannot be read. */
export async function commonBeginning(path: string, other: TextFile, bytes: number): Promise<CommonBeginning> {
  const text = openText(path)
  const hash = createHash('sha256')
  const position = (end: number): InputPosition => ({ digest: hash.copy().digest('hex'), bytes: end })
  let [at, lines]: [number, InputPosition | null] = [0, null]
  let [mine, its]: [Uint8Array | null, Uint8Array | null] = [new Uint8Array(), new Uint8Array()]
  for (;;) {
    if (mine.length === 0) mine = await text.next()
    if (mine === null) return { lines, whole: at === 0 ? null : position(at) }
    if (its.length === 0) its = await other.next()
    // What stands behind the bytes that are asked for is not read.
    if (its === null || at === bytes) return { lines, whole: null }
    const length = Math.min(mine.length, its.length, bytes - at)
    const isSame = Buffer.compare(mine.subarray(0, length), its.subarray(0, length)) === 0
    const same = isSame ? length : mine.findIndex((byte, index) => byte !== its?.[index])
    const end = same === 0 ? 0 : mine.lastIndexOf(lineFeed, same - 1) + 1
    hash.update(mine.subarray(0, end))
    if (end > 0) lines = position(at + end)
    hash.update(mine.subarray(end, same))
    at += same
    if (!isSame) return { lines, whole: null }
    ;[mine, its] = [mine.subarray(length), its.subarray(length)]
  }
}

const lineFeed = 10
