import type { FileHandle } from 'node:fs/promises'

import { openText } from '../text_file.ts'
import { begins, RollingFingerprint, unread, windowBytes, type Fingerprint } from './fingerprint.ts'
import type { Remembered } from './generations.ts'
import type { Generation } from './position.ts'
import { openRegular } from './regular.ts'
import { after, siblingsOf, type Sibling } from './siblings.ts'

/** A file that holds what was written to a log before it was rotated, and was not read. */
export interface Rotated {
  readonly path: string
  readonly id: string
  readonly isCompressed: boolean
  /** What was read of it; null for nothing. */
  readonly one: Remembered | null
}

/** Where the files of a log are now, which was rotated any number of times. */
export interface Places {
  /** What the file at the path goes on; null where it is a new one. */
  readonly own: Remembered | null
  /** What is to be read before that file, oldest first. */
  readonly rotated: readonly Rotated[]
  /** Those whose rests are nowhere. */
  readonly lost: readonly Remembered[]
  /** Files of which nobody can tell whether they were written before what was read: they are not. */
  readonly left: readonly Generation[]
}

export interface Sought {
  readonly path: string
  /** The file that is at the path now. */
  readonly file: FileHandle
  readonly id: string
  /** Oldest first. */
  readonly all: readonly Remembered[]
  /** Those that somebody has open and reads, and their files. */
  readonly isOpen: (one: Remembered) => boolean
  readonly isOpenFile: (id: string) => boolean
}

/**
 * Finds each file again by its bytes, whatever it is called now and though it was compressed; where those of several are alike, by its number in the file
 * system.
 */
export async function findPlaces({ path, file, id, all, isOpen, isOpenFile }: Sought): Promise<Places> {
  const siblings = (await siblingsOf(path)).filter((sibling) => sibling.id !== id)
  const ids = new Map(siblings.map((sibling) => [sibling.id, sibling]))
  const free = all.filter((one) => !isOpen(one))
  const sameBytes: Remembered[] = []
  for (const one of free) if (one.now.offset > 0 && one.now.isLeft !== true && (await begins(file, one.now))) sameBytes.push(one)
  const same = sameBytes.findLast(({ now }) => now.file === id)
  // Of one without a line it is not certain that it is found.
  const latest = [all.at(-1), all.findLast(({ now }) => now.offset > 0)]
  const grows = ({ now }: Remembered): boolean => now.isLeft !== true && (ids.get(now.file ?? '')?.size ?? 0) > now.offset
  const wanted = all.filter(
    (one) => one !== same && (one.now.isOver !== true || grows(one) || (same === undefined && (latest.includes(one) || sameBytes.includes(one)))),
  )
  const found = await assign(wanted, siblings)
  // Under another number, with nothing beside it that has these bytes too, it was copied.
  const own = same ?? sameBytes.findLast((one) => !found.has(one)) ?? null

  const rests = free.filter((one) => one !== own && one.now.isLeft !== true && wanted.includes(one))
  const rotated = rests.flatMap((one) => {
    const at = found.get(one)
    return at === undefined || (one.now.isOver === true && (at.isCompressed || at.size <= one.now.offset)) ? [] : [rotatedAt(at, one)]
  })
  const lost = rests.filter((one) => one.now.isOver !== true && !found.has(one))
  if (own !== null) return { own, rotated, lost, left: [] }

  const last = latest.map((one) => found.get(one ?? { now: unread })).find((sibling) => sibling !== undefined)
  // When the log was looked at first nothing lay beside it.
  const between = all.length === 0 ? siblings.toReversed() : last === undefined ? [] : after(last, siblings)
  const unsure = siblings.filter((one) => !between.includes(one) && (last === undefined || one.modifiedMs > last.modifiedMs))
  const isNew = async (sibling: Sibling): Promise<boolean> => {
    if (isOpenFile(sibling.id)) return false
    for (const one of all) if (one.now.offset > 0 && (found.get(one) ?? sibling) === sibling && (await goesOn(sibling, one.now))) return false
    return true
  }
  for (const sibling of between) if (await isNew(sibling)) rotated.push(rotatedAt(sibling, null))
  const left: Generation[] = []
  for (const sibling of unsure) {
    const beginning = (await isNew(sibling)) ? await beginningOf(sibling) : null
    if (beginning !== null) left.push(beginning)
  }
  return { own, rotated, lost, left }
}

/** What lies beside a log that was never read: what is not its own beginning was written before. */
export async function findOlder(path: string, file: FileHandle | null): Promise<readonly Generation[]> {
  const older: Generation[] = []
  for (const sibling of (await siblingsOf(path)).toReversed()) {
    const beginning = await beginningOf(sibling)
    if (beginning !== null && (file === null || !(await begins(file, beginning)))) older.push(beginning)
  }
  return older
}

function rotatedAt({ path, id, isCompressed }: Sibling, one: Remembered | null): Rotated {
  return { path, id, isCompressed, one }
}

/** Which file is which, the newest first: one file is not two of them. */
async function assign(wanted: readonly Remembered[], siblings: readonly Sibling[]): Promise<ReadonlyMap<Remembered, Sibling>> {
  const found = new Map<Remembered, Sibling>()
  const taken = new Set<Sibling>()
  for (const isSame of [true, false]) {
    for (const one of wanted.toReversed()) {
      for (const sibling of found.has(one) ? [] : siblings) {
        if (taken.has(sibling) || (sibling.id === one.now.file) !== isSame || (!isSame && one.now.offset === 0) || !(await goesOn(sibling, one.now))) continue
        found.set(one, sibling)
        taken.add(sibling)
        break
      }
    }
  }
  return found
}

/** Whether what was read is the beginning of a file. */
async function goesOn({ path, isCompressed }: Sibling, read: Generation): Promise<boolean> {
  if (isCompressed) {
    // Of what is read to its end no byte is wanted any more: its beginning tells.
    const offset = Math.min(read.offset, windowBytes)
    const beginning = await decompressed(path, offset)
    if (beginning?.head !== read.head || read.isOver === true || offset === read.offset) return beginning?.head === read.head
    return (await decompressed(path, read.offset))?.last === read.last
  }
  const file = await openRegular(path).catch(() => null)
  if (file === null) return false
  try {
    return await begins(file, read)
  } finally {
    await file.close()
  }
}

/** The first bytes of a file, which tell it from others; null where it has none, or cannot be read. */
async function beginningOf({ path, isCompressed, id, size }: Sibling): Promise<Generation | null> {
  const found = await decompressed(path, isCompressed ? windowBytes : Math.min(size, windowBytes), true)
  return found === null || found.offset === 0 ? null : { ...found, file: id, isOver: true, isLeft: true }
}

/** Of a file, compressed or not, that is read up to `offset`, or where it is shorter to its end if `isAny`, otherwise null. */
export async function decompressed(path: string, offset: number, isAny: boolean = false): Promise<Fingerprint | null> {
  const text = openText(path)
  const rolling = RollingFingerprint.empty()
  let at = 0
  while (at < offset) {
    const bytes = await text.next().catch(() => null)
    if (bytes === null) return isAny ? rolling.at(at) : null
    const used = bytes.subarray(0, offset - at)
    rolling.push(used)
    at += used.length
  }
  return rolling.at(at)
}
