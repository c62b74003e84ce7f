import { createHash } from 'node:crypto'

import type { InputPosition } from '../source.ts'
import { openText } from '../text_file.ts'
import type { AlikeLogs, OpenLog } from './alike.ts'
import { windowBytes } from './fingerprint.ts'
import { decompressed } from './rotation.ts'

/** The beginnings of a file, compressed or not, that were read of logs which are followed now, to the end of a line; nothing where it cannot be read. */
export async function beginningsInLogs(path: string, alike: AlikeLogs): Promise<readonly InputPosition[]> {
  const head = (await decompressed(path, windowBytes))?.head
  const found: InputPosition[] = []
  for (const log of head === undefined ? [] : alike.thatBegin(head)) {
    const beginning = await commonBeginning(path, log).catch(() => null)
    if (beginning !== null) found.push(beginning)
  }
  return found
}

async function commonBeginning(path: string, { file, lineEnd }: OpenLog): Promise<InputPosition | null> {
  const text = openText(path)
  const hash = createHash('sha256')
  let [at, lines] = [0, { digest: '', bytes: 0 }]
  for (let bytes = await text.next(); bytes !== null && at < lineEnd; bytes = await text.next()) {
    const other = new Uint8Array(Math.min(bytes.length, lineEnd - at))
    const { bytesRead } = await file.read(other, 0, other.length, at)
    const mine = bytes.subarray(0, bytesRead)
    const isSame = Buffer.compare(mine, other.subarray(0, bytesRead)) === 0
    const same = isSame ? bytesRead : mine.findIndex((byte, index) => byte !== other[index])
    const end = same === 0 ? 0 : mine.lastIndexOf(lineFeed, same - 1) + 1
    hash.update(mine.subarray(0, end))
    if (end > 0) lines = { digest: hash.copy().digest('hex'), bytes: at + end }
    hash.update(mine.subarray(end))
    at += bytesRead
    if (same < bytes.length) break
  }
  return lines.bytes === 0 ? null : lines
}

const lineFeed = 10
