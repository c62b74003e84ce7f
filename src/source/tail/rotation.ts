import type { FileHandle } from 'node:fs/promises'

import { openText } from '../text_file.ts'
import { begins, RollingFingerprint, unread, windowBytes, type Fingerprint } from './fingerprint.ts'
import type { Remembered } from './generations.ts'
import { bytesOf, type Generation } from './position.ts'
import { openRegular } from './regular.ts'
import { after, oldestFirst, siblingsOf, type Sibling } from './siblings.ts'

/** A file that holds what was written to a log before it was rotated, and was not read. */
export interface Rotated {
  readonly path: string
  readonly id: string
  readonly isCompressed: boolean
  /** What was read of it. */
  readonly one: Remembered
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
  /** Whether its first bytes were seen at this look: what was made of it between the last one and this is not known yet. */
  readonly isJustSeen: boolean
  /** Oldest first. */
  readonly all: readonly Remembered[]
  /** Those that somebody has open and reads, and their files. */
  readonly isOpen: (one: Remembered) => boolean
  readonly open: ReadonlyArray<{ readonly file: FileHandle; readonly id: string }>
}

/**
 * Finds each file again by its bytes, whatever it is called now and though it was compressed; where those of several are alike, by its number in the file
 * system.
 */
export async function findPlaces(sought: Sought): Promise<Places> {
  const { path, id, file, open } = sought
  return whileStill(path, async (siblings) => {
    // Another file may have come to the path meanwhile.
    const next = await openRegular(path).catch(() => null)
    try {
      const files = [file, ...open.map((one) => one.file), ...(next === null ? [] : [next])]
      const others = siblings.filter((one) => one.id !== id)
      return await placesAmong(others, files, sought)
    } finally {
      await next?.close()
    }
  })
}

/** `files` are those that are read, or will be: what holds their beginnings is no other one. */
async function placesAmong(siblings: readonly Sibling[], files: readonly FileHandle[], { file, id, isJustSeen, all, isOpen, open }: Sought): Promise<Places> {
  const ids = new Map(siblings.map((sibling) => [sibling.id, sibling]))
  const free = all.filter((one) => !isOpen(one))
  const sameBytes: Remembered[] = []
  for (const one of free) if (one.now.offset > 0 && one.now.isLeft !== true && (await begins(file, one.now))) sameBytes.push(one)
  const same = sameBytes.findLast(({ now }) => now.file === id)
  // Of those that held nothing only the number tells something.
  const isWithoutLine = async ({ now: { offset, seen } }: Remembered): Promise<boolean> => offset === 0 && (seen === undefined || (await begins(file, seen)))
  const withoutLine: Remembered[] = []
  for (const one of free) if (await isWithoutLine(one)) withoutLine.push(one)
  const empty = withoutLine.findLast(({ now }) => now.file === id)
  const latest = all.filter((one) => one !== same && one.now.offset > 0).slice(same === undefined ? -2 : -1)
  const grows = ({ now }: Remembered): boolean => now.isLeft !== true && (ids.get(now.file ?? '')?.size ?? 0) > seenBytes(now)
  const wanted = all.filter(
    (one) =>
      one !== same && one !== empty && (one.now.isOver !== true || grows(one) || latest.includes(one) || (same === undefined && sameBytes.includes(one))),
  )
  const found = await assign(wanted, siblings, all, files)
  // Under another number, with nothing beside it that has these bytes too, it was copied.
  const own = same ?? sameBytes.findLast((one) => !found.has(one)) ?? null
  const begun = empty ?? withoutLine.findLast((one) => one.now.seen !== undefined && !found.has(one)) ?? null

  const rests = free.filter((one) => one !== own && one !== begun && one.now.isLeft !== true && wanted.includes(one))
  const rotated = rests.flatMap((one) => {
    const at = found.get(one)
    return at === undefined || (one.now.isOver === true && (at.isCompressed || at.size <= seenBytes(one.now))) ? [] : [rotatedAt(at, one)]
  })
  const lost = rests.filter((one) => one.now.isOver !== true && !found.has(one))

  const taken = new Set(found.values())
  // An empty one may be about to become a copy.
  const isNew = async (sibling: Sibling): Promise<boolean> =>
    sibling.size > 0 &&
    !taken.has(sibling) &&
    open.every((one) => one.id !== sibling.id) &&
    !(await isKnown(sibling, all, found)) &&
    !(await isCopy(sibling, files)) &&
    (await isReadable(sibling))
  const last = latest.findLast((one) => one !== own)
  const between = siblingsSince(last)
  for (const sibling of between) if (await isNew(sibling)) rotated.push(rotatedAt(sibling, { now: await comeUpon(sibling) }))
  const left: Generation[] = []
  const sinceMs = last === undefined ? undefined : found.get(last)?.modifiedMs
  const unsure = own === null ? siblings.filter((one) => !between.includes(one) && (sinceMs === undefined || one.modifiedMs > sinceMs)) : []
  for (const sibling of unsure) {
    const beginning = (await isNew(sibling)) ? await beginningOf(sibling) : null
    if (beginning !== null) left.push(beginning)
  }
  return { own: own ?? begun, rotated: inOrder(rotated, siblings), lost, left }

  /** What was made of the log since the last file of which a line was read; where that is nowhere, since those that came after it and were empty. */
  function siblingsSince(last: Remembered | undefined): readonly Sibling[] {
    // When the log was looked at first nothing lay beside it.
    if (last === undefined) return own === null || isJustSeen || own.now.isJustSeen === true ? oldestFirst(siblings) : []
    const places = all.slice(all.indexOf(last)).map((one) => found.get(one))
    const place = places.find((sibling) => sibling !== undefined)
    return place === undefined ? [] : after(place, siblings)
  }
}

/** What lies beside a log that was never read: what is not its own beginning was written before, unless it came `sinceMs`, null for never. */
export async function findOlder(path: string, file: FileHandle | null, sinceMs: number | null): Promise<readonly Generation[]> {
  return whileStill(path, async (siblings) => {
    const older: Generation[] = []
    for (const sibling of oldestFirst(siblings).filter(({ bornMs }) => sinceMs === null || bornMs < sinceMs)) {
      const beginning = await beginningOf(sibling)
      if (beginning !== null && (file === null || !(await begins(file, beginning)))) older.push(beginning)
    }
    return older
  })
}

/** What `work` makes of the files beside a log: done anew where rotation has gone on meanwhile, when a file may have been seen under two names, or none. */
async function whileStill<T>(path: string, work: (siblings: readonly Sibling[]) => Promise<T>): Promise<T> {
  for (;;) {
    const siblings = await siblingsOf(path)
    const done = await work(siblings)
    if (named(siblings) === named(await siblingsOf(path))) return done
  }
}

async function isReadable({ path }: Sibling): Promise<boolean> {
  const file = await openRegular(path).catch(() => null)
  await file?.close()
  return file !== null
}

function seenBytes({ offset, cutAt = 0 }: Generation): number {
  return Math.max(offset, cutAt)
}

/** Which file has which name. */
function named(siblings: readonly Sibling[]): string {
  return JSON.stringify(siblings.map(({ path, id }) => `${path}\0${id}`).toSorted())
}

function rotatedAt({ path, id, isCompressed }: Sibling, one: Remembered): Rotated {
  return { path, id, isCompressed, one }
}

/** As they are read: the oldest first. */
function inOrder(rotated: readonly Rotated[], siblings: readonly Sibling[]): readonly Rotated[] {
  const ids = oldestFirst(siblings).map(({ id }) => id)
  return rotated.toSorted((a, b) => ids.indexOf(a.id) - ids.indexOf(b.id))
}

/** One of which nothing was read. */
async function comeUpon(sibling: Sibling): Promise<Generation> {
  const { offset = 0, head = '', last = '' } = (await beginningOf(sibling)) ?? {}
  return { ...unread, file: sibling.id, ...(offset === 0 ? {} : { seen: { offset, head, last } }) }
}

/** Which file is which, the newest first: one file is not two of them. */
async function assign(
  wanted: readonly Remembered[],
  siblings: readonly Sibling[],
  all: readonly Remembered[],
  files: readonly FileHandle[],
): Promise<ReadonlyMap<Remembered, Sibling>> {
  const found = new Map<Remembered, Sibling>()
  const taken = new Set<Sibling>()
  const take = async (isIt: (one: Remembered, sibling: Sibling) => boolean | Promise<boolean>): Promise<void> => {
    for (const one of wanted.toReversed()) {
      for (const sibling of found.has(one) ? [] : siblings) {
        if (taken.has(sibling) || !(await isIt(one, sibling))) continue
        found.set(one, sibling)
        taken.add(sibling)
        break
      }
    }
  }
  await take(({ now }, sibling) => now.file === sibling.id && goesOn(sibling, bytesOf(now)))
  await take(({ now }, sibling) => now.file !== sibling.id && goesOn(sibling, bytesOf(now)))
  await take(
    async ({ now }, sibling) =>
      bytesOf(now) === null &&
      now.file === sibling.id &&
      (await mayHaveBeenEmpty(sibling)) &&
      !(await isKnown(sibling, all, found)) &&
      !(await isCopy(sibling, files)),
  )
  return found
}

/** Whether its number tells that it was empty: that of one that is gone may have been given to another one, as where it was compressed. */
async function mayHaveBeenEmpty(sibling: Sibling): Promise<boolean> {
  return !sibling.isCompressed || (await beginningOf(sibling)) === null
}

/** Whether it is one of those of which a line was read, and which lie nowhere else. */
async function isKnown(sibling: Sibling, all: readonly Remembered[], found: ReadonlyMap<Remembered, Sibling>): Promise<boolean> {
  for (const one of all) if (one.now.offset > 0 && (found.get(one) ?? sibling) === sibling && (await goesOn(sibling, one.now))) return true
  return false
}

/** Whether it holds what one of these files begins with: it is copied just now, and cut afterwards, or was compressed before all was written. */
async function isCopy(sibling: Sibling, files: readonly FileHandle[]): Promise<boolean> {
  const beginning = await beginningOf(sibling)
  for (const file of files) if (beginning !== null && (await begins(file, beginning))) return true
  return false
}

/** Whether what was read is the beginning of a file. */
async function goesOn({ path, isCompressed }: Sibling, read: Generation | null): Promise<boolean> {
  if (read === null) return false
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
