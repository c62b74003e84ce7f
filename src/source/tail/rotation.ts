import { open, readdir, stat } from 'node:fs/promises'
import { basename, dirname, join } from 'node:path'

import { openText } from '../text_file.ts'
import { begins, RollingFingerprint, type Fingerprint } from './fingerprint.ts'

/** A file that holds what was written to a log before it was rotated. */
export interface Rotated {
  readonly path: string
  /** Where what was not read begins, in decompressed bytes. */
  readonly offset: number
  readonly isCompressed: boolean
  /** Its number in the file system, which stays when it is renamed once more. */
  readonly inode: number
}

/**
 * The files beside `path` that hold what was written after `read` and before the file with the number `inode`, oldest first: `NAME.1`, `NAME-20260131`,
 * `NAME.2.gz`. Null where none of them begins with what was read: the rest is gone.
 */
export async function findRotated(path: string, read: Fingerprint, inode: number): Promise<readonly Rotated[] | null> {
  const all = await siblingsOf(path)
  // The file that is read next may have been rotated itself meanwhile.
  const siblings = all.slice(all.findIndex((sibling) => sibling.inode === inode) + 1)
  // The newest first: what is looked for was mostly rotated last.
  for (const [index, sibling] of siblings.entries()) {
    if (!(await isBeginningOf(sibling, read))) continue
    // Of another scheme of names is another log (`api-v2.log` beside `api.log`).
    const newer = siblings
      .slice(0, index)
      .filter(({ path: other }) => schemeOf(other) === schemeOf(sibling.path))
      .toReversed()
    return [rotatedAt(sibling, read.offset), ...newer.map((file) => rotatedAt(file, 0))]
  }
  return null
}

function rotatedAt({ path, isCompressed, inode }: Sibling, offset: number): Rotated {
  return { path, offset, isCompressed, inode }
}

const compressedEnding = /\.(?:gz|zst)$/

interface Sibling {
  readonly path: string
  readonly isCompressed: boolean
  readonly inode: number
  readonly modifiedMs: number
}

/** Files that rotation makes of `path`, newest first. Of a file that lies there plain and compressed the plain one counts. */
async function siblingsOf(path: string): Promise<Sibling[]> {
  const name = basename(path)
  const names = await readdir(dirname(path)).catch(() => [])
  const rotated = names.filter((other) => other !== name && isRotated(other, name))
  const plain = new Set(rotated)
  const found = await Promise.all(
    rotated
      .filter((other) => !(compressedEnding.test(other) && plain.has(other.replace(compressedEnding, ''))))
      .map(async (other): Promise<Sibling | null> => {
        const file = join(dirname(path), other)
        const facts = await stat(file).catch(() => null)
        return facts?.isFile() === true ? { path: file, isCompressed: compressedEnding.test(other), inode: facts.ino, modifiedMs: facts.mtimeMs } : null
      }),
  )
  return found.filter((sibling) => sibling !== null).toSorted((a, b) => b.modifiedMs - a.modifiedMs || (a.path < b.path ? -1 : 1))
}

/** Whether `other` is a name that rotation gives `name`: `access.log.1`, `access.log-20260131.gz`, `access.log.old`, `access-2026-01-31.log` of `access.log`. */
function isRotated(other: string, name: string): boolean {
  const stem = name.replace(/\.[^.]*$/, '')
  if (other.startsWith(name)) return /^[.-](?=.*\d|old\b|bak\b)/.test(other.slice(name.length))
  return stem !== name && other.startsWith(`${stem}-`) && /^-\d{4}[-_]?\d{2}/.test(other.slice(stem.length))
}

/** What the names of one rotation have in common: all but their numbers, and whether they are compressed. */
function schemeOf(path: string): string {
  return path.replace(compressedEnding, '').replaceAll(/\d+/g, '#')
}

async function isBeginningOf({ path, isCompressed }: Sibling, read: Fingerprint): Promise<boolean> {
  if (isCompressed) return beginsDecompressed(path, read)
  const file = await open(path).catch(() => null)
  if (file === null) return false
  try {
    return await begins(file, read)
  } finally {
    await file.close()
  }
}

/** The same for a compressed file, which can be read from its beginning only. */
async function beginsDecompressed(path: string, read: Fingerprint): Promise<boolean> {
  const text = openText(path)
  const rolling = RollingFingerprint.empty()
  let at = 0
  while (at < read.offset) {
    const bytes = await text.next().catch(() => null)
    if (bytes === null) return false
    const used = bytes.subarray(0, read.offset - at)
    rolling.push(used)
    at += used.length
  }
  const found = rolling.at(read.offset)
  return found.head === read.head && found.last === read.last
}
