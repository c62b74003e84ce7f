import type { InputPosition } from '../source.ts'
import type { TextFile } from '../text_file.ts'
import type { AlikeLogs, OpenLog } from './alike.ts'
import { commonBeginning } from './common_beginning.ts'
import { windowBytes } from './fingerprint.ts'
import { decompressed } from './rotation.ts'

/** The beginnings of a file, compressed or not, that were read of logs which are followed now; nothing where it cannot be read. */
export async function beginningsInLogs(path: string, alike: AlikeLogs): Promise<readonly InputPosition[]> {
  const head = (await decompressed(path, windowBytes))?.head
  const found: InputPosition[] = []
  for (const log of head === undefined ? [] : alike.thatBegin(head)) {
    const common = await commonBeginning(path, piecesOf(log), log.lineEnd).catch(() => null)
    for (const beginning of [common?.lines, common?.whole]) if (beginning !== undefined && beginning !== null) found.push(beginning)
  }
  return found
}

function piecesOf({ file }: OpenLog): TextFile {
  let at = 0
  return {
    async next() {
      const { bytesRead, buffer } = await file.read(new Uint8Array(pieceBytes), 0, pieceBytes, at)
      at += bytesRead
      return bytesRead === 0 ? null : buffer.subarray(0, bytesRead)
    },
  }
}

const pieceBytes = 256 << 10
