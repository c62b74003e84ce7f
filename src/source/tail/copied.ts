import { knownBeginning } from '../known_beginning.ts'
import type { InputPosition } from '../source.ts'
import { openText } from '../text_file.ts'
import { commonBeginning } from './common_beginning.ts'
import { windowBytes } from './fingerprint.ts'
import { decompressed } from './rotation.ts'
import { siblingsOf } from './siblings.ts'

/** What of a file was counted as that of a longer one: it is a copy that was made before all of that was written. */
export interface Copied {
  /** Beginnings of it that were, to the end of a line. */
  readonly lines: readonly InputPosition[]
  /** All of it, where it holds nothing else: it may end inside a line. */
  readonly whole: InputPosition | null
  /** A file that began like it, was read, and is nowhere any more, so that nobody can tell what both held: that counts twice. Null for none. */
  readonly missing: string | null
}

const nothing: Copied = { lines: [], whole: null, missing: null }

/** Files that begin alike of which one is looked for: only logs of equal lines have more. */
const originalsMax = 8

/**
 * Of `known` beginnings those are compared that say of which file they are, byte by byte with that file, under its own name or one that rotation gave it. A file is
 * known by its first `windowBytes`: less than that is alike by chance.
 */
export async function copiedFrom(path: string, known: readonly InputPosition[]): Promise<Copied> {
  const heads = known.filter(({ bytes, original }) => original !== undefined && bytes >= windowBytes)
  const head = heads.length === 0 ? undefined : (await decompressed(path, windowBytes))?.head
  const alike = heads.filter(({ original }) => original?.head === head)
  if (alike.length === 0) return nothing
  const full = (await knownBeginning(path, alike).catch(() => null))?.bytes ?? 0
  const longer = alike.filter(({ bytes }) => bytes > full).toSorted((a, b) => b.bytes - a.bytes)
  // What is known to its end needs no original.
  if (longer.length === 0 || (await decompressed(path, full + 1)) === null) return nothing
  const lines: InputPosition[] = []
  let missing: string | null = null
  for (const one of longer.slice(0, originalsMax)) {
    const place = await placeOf(one)
    const common = place === null ? null : await commonBeginning(path, openText(place), one.bytes).catch(() => null)
    if (place === null) missing ??= one.original?.path ?? null
    if (common === null) continue
    if (common.lines !== null) lines.push(common.lines)
    if (common.whole !== null) return { lines, whole: common.whole, missing: null }
  }
  return { lines, whole: null, missing }
}

/** Where it is read on from by who reads it to its end. */
export function beginningsOf({ lines, whole }: Copied): readonly InputPosition[] {
  return whole === null ? lines : [...lines, whole]
}

/** What is said of a file where what it has in common with another one is not known. */
export function beginsAs(missing: string): string {
  return `begins as ${missing} did, which is not there any more: what both hold counts twice`
}

/** Where the file lies now that has this beginning; null for nowhere. */
async function placeOf(one: InputPosition): Promise<string | null> {
  const { path = '', head = '' } = one.original ?? {}
  for (const place of [path, ...(await siblingsOf(path)).map((sibling) => sibling.path)]) {
    if ((await decompressed(place, windowBytes))?.head !== head) continue
    if ((await knownBeginning(place, [one]).catch(() => null)) !== null) return place
  }
  return null
}
