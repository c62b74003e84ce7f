import { createHash } from 'node:crypto'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { gzipSync } from 'node:zlib'
import { afterAll, expect, it } from 'vitest'

import { commonBeginning } from '../../src/source/tail/common_beginning.ts'
import type { TextFile } from '../../src/source/text_file.ts'

const folder = mkdtempSync(join(tmpdir(), 'tapistry-common-'))
afterAll(() => rmSync(folder, { recursive: true, force: true }))

/** More than any piece that is read at a time. */
const text = Array.from({ length: 40_000 }, (_, at) => `line ${at} of some\n`).join('')

function inPieces(whole: string, size: number): TextFile {
  let at = 0
  return {
    async next() {
      const piece = Buffer.from(whole.slice(at, at + size))
      at += size
      return piece.length === 0 ? null : piece
    },
  }
}

const lineEnd = text.indexOf('\n', 500_000) + 1
const changed = (at: number): string => `${text.slice(0, at)}#${text.slice(at + 1)}`

it.each([
  ['a shorter copy', text.slice(0, lineEnd), text, text.length, lineEnd, lineEnd],
  ['one that is cut in a line', text.slice(0, lineEnd + 5), text, text.length, lineEnd, lineEnd + 5],
  ['one that goes on otherwise', changed(lineEnd + 3), text, text.length, lineEnd, null],
  ['one that is longer', text, text.slice(0, lineEnd + 4), text.length, lineEnd, null],
  ['one of which less was counted than it has', text, text, lineEnd + 2, lineEnd, null],
  ['one that ends where that does which was counted', text.slice(0, lineEnd), text, lineEnd, lineEnd, lineEnd],
  ['another one', `#${text}`, text, text.length, null, null],
  ['an empty one', '', text, text.length, null, null],
] as const)('of %s is told to the end of a line, and of all of it', async (_, copy, original, counted, lines, whole) => {
  const position = (bytes: number | null): unknown =>
    bytes === null ? null : { digest: createHash('sha256').update(text.slice(0, bytes)).digest('hex'), bytes }
  for (const [name, bytes] of [['plain', copy] as const, ['packed.gz', gzipSync(copy)] as const]) {
    writeFileSync(join(folder, name), bytes)
    for (const size of [977, 65_536, 1 << 20]) {
      const found = await commonBeginning(join(folder, name), inPieces(original, size), counted)
      expect(found).toEqual({ lines: position(lines), whole: position(whole) })
    }
  }
})
