import type { Stats } from 'node:fs'
import { stat, type FileHandle } from 'node:fs/promises'

import { systemCode } from '../../base/errors.ts'
import type { Feed } from '../feed.ts'
import { knownBeginning } from '../known_beginning.ts'
import type { InputPosition } from '../source.ts'
import { beginsAs, copiedFrom } from './copied.ts'
import { fileId } from './file_id.ts'
import { begins, fingerprintOf, RollingFingerprint, unread, windowBytes } from './fingerprint.ts'
import { readGenerations, type Remembered } from './generations.ts'
import type { LogPool } from './log_pool.ts'
import { bytesOf, type Generation } from './position.ts'
import { openReader, type Before, type Reading } from './reading.ts'
import { openRegular } from './regular.ts'
import { openRenamed } from './renamed.ts'
import { decompressed, findOlder, findPlaces, type Rotated } from './rotation.ts'

/** Reads a log that grows, through rotation and truncation, from where it was read before. */
export interface FileTail {
  /** Reads until `signal` aborts, or to the end where the file is not followed. Rejects with the error of the system where it cannot be read. */
  run(signal: AbortSignal): Promise<void>
  counts(): Readonly<Record<TailCount, number>>
  /** Bytes that were read of the file at hand, and that it has. */
  place(): { readonly offset: number; readonly size: number }
  /** Whether it has the file open or has read it to its end, and since when nothing is at the path, by the clock of `performance`; null while something is. */
  standing(): { readonly isRead: boolean; readonly missingSinceMs: number | null }
  /** Where the file counts of which it is another name, or a copy, in words for people; null where it is neither. */
  countsElsewhere(): string | null
  /** Why some of the file may count twice, in words for people; null where nothing does. */
  countsTwice(): string | null
}

type TailCount = 'rotations' | 'truncations' | 'restsLost' | 'restsUnknown' | 'restsDamaged' | 'closedEarly' | 'linesCut' | 'bytesElsewhere'

export interface TailOptions {
  readonly path: string
  /** Where it was read to before, as `note` was given it; null for never. */
  readonly position: string | null
  /** Wait for more at the end. */
  readonly follow: boolean
  /** Somebody looks for files anew: one that is gone is not waited for. */
  readonly isLookedFor: boolean
  /** Never read before: begin at its end. */
  readonly fromEnd: boolean
  /** Never read before: since when it or what lies beside it would have been seen had it been there, by the clock of the system; null for never. */
  readonly sinceMs: number | null
  /** A reader of lines for each file; what stands in the beginning of the file is given where reading goes on behind it. */
  readonly newFeed: (before: Before) => Feed
  /** Bytes are read in turn with other files. */
  readonly turn: LogPool['turn']
  /** Held until the file was read to its end for the first time. */
  readonly gate: LogPool['gate']
  readonly alike: LogPool['alike']
  /** What is counted of any file, where that may be a beginning of the file that this names. */
  readonly known: (id: string) => readonly InputPosition[]
  /** Told what the feed has read, by where that leaves the file, and whose open end was read with it. */
  readonly note: (feed: Feed, position: string, replaced: string | null) => void
  /** Resolves when what was noted is kept: the next life knows it. */
  readonly kept: () => Promise<void>
  readonly sleep: (ms: number, signal: AbortSignal) => Promise<void>
}

/** How often the end of a file is looked at. */
const pollMs = 250
const lineFeed = 10
/** Where a file is read from its end, what its last line may have. */
const lastLineBytes = 1 << 20
/** How long a file stays open that was removed: until then somebody may write to it, and its room on the disk is taken. */
const goneMs = 60_000

export function tailFile(options: TailOptions): FileTail {
  const { path, position, follow, isLookedFor, fromEnd, sinceMs, newFeed, turn, gate, alike, known, note, kept, sleep } = options
  const counts = { rotations: 0, truncations: 0, restsLost: 0, restsUnknown: 0, restsDamaged: 0, linesCut: 0, bytesElsewhere: 0 }
  const generations = readGenerations(position, (one) => renamed.has(one) || one === current?.one)
  const readBefore = generations.all().at(-1)?.now.offset ?? 0
  const reader = openReader({
    log: alike.add(path, follow),
    alike,
    passed: (bytes) => void (counts.bytesElsewhere += bytes),
    newFeed,
    turn,
    note(feed, one, now, replaced) {
      // Of a file in which no line was read yet those before it are what is remembered: every file begins with nothing. But where it was rotated.
      if (now.offset === 0 && one.now.file === undefined) return
      generations.set(one, justSeen.has(one) ? { ...now, isJustSeen: true } : now)
      note(feed, generations.written(), replaced)
    },
  })
  const renamed = openRenamed(reader)
  /** Those of which no line was read when they were looked at last. */
  const justSeen = new WeakSet<Remembered>()
  let current: Reading | null = null
  let isNew = fromEnd && position === null
  let isFirst = position === null
  /** Until the file was found that is followed. */
  let isCatchingUp = true
  let isRead = false
  let missingSinceMs: number | null = null
  let twice: string | null = null

  async function finish(reading: Reading): Promise<void> {
    if (await reader.finish(reading)) counts.linesCut += 1
  }

  /** Reads what was rotated away before it was read; false where a file is not any more where it was found. */
  async function readRotated(files: readonly Rotated[], signal: AbortSignal): Promise<boolean> {
    for (const rotated of files) {
      if (!(await alike.alone(() => readRest(rotated, signal)))) return false
    }
    return true
  }

  async function readRest({ path: at, id, isCompressed, one }: Rotated, signal: AbortSignal): Promise<boolean> {
    if (signal.aborted) return true
    const file = await openRegular(at).catch(() => null)
    if (file === null) return false
    let isKept = false
    try {
      if (fileId(await file.stat()) !== id) return false
      // A plain one is compared with those that are open while it is read.
      if (isCatchingUp || isCompressed) await passOverKnown(one, at, id, isCompressed ? null : file)
      if (isCompressed) {
        const outcome = await reader.readCompressed({ path: at, id }, one, signal)
        if (outcome === 'gone') return false
        if (outcome === 'damaged') counts.restsDamaged += 1
        return true
      }
      const reading = await reader.begin(file, id, one)
      if (reading === null) return false
      await reader.readOn(reading, signal)
      if (signal.aborted) return true
      isKept = follow
      await (follow ? renamed.add(reading) : finish(reading))
      return true
    } finally {
      if (!isKept) await file.close()
    }
  }

  /** Waits for the file; null where it is not followed, others look for it, or reading stops. */
  async function opened(signal: AbortSignal): Promise<FileHandle | null> {
    while (!signal.aborted) {
      try {
        const file = await openRegular(path)
        missingSinceMs = null
        isRead = true
        return file
      } catch (thrown) {
        if (systemCode(thrown) !== 'ENOENT' || !follow) throw thrown
        missingSinceMs ??= performance.now()
        // What is written from now on is read from its beginning, by the next run too.
        if (isFirst) await passOver(null, '')
        isNew = false
        if (isLookedFor && renamed.count() === 0) return null
        await pause(signal)
      }
    }
    return null
  }

  /** Meanwhile files that were renamed are read on. */
  async function pause(signal: AbortSignal): Promise<void> {
    await sleep(pollMs, signal)
    if (!signal.aborted) await renamed.readOn(pollMs, signal)
  }

  /** Where a file that was there before anybody looked is read from its end: its last whole line. */
  async function skipToEnd(file: FileHandle, id: string): Promise<Remembered> {
    const { size } = await file.stat()
    const start = Math.max(0, size - lastLineBytes)
    const rolling = await RollingFingerprint.from(file, start)
    const { bytesRead, buffer } = await file.read(new Uint8Array(lastLineBytes), 0, lastLineBytes, start)
    rolling.push(buffer.subarray(0, bytesRead))
    const one: Remembered = { now: unread }
    generations.set(one, { ...rolling.at(start + buffer.subarray(0, bytesRead).lastIndexOf(lineFeed) + 1), file: id })
    note(newFeed({}), generations.written(), null)
    await kept()
    return one
  }

  /**
   * What the file that is at the path now goes on: it is one that was read before, or null for a new one, once the rests of the old ones were read. Where its
   * first bytes were just seen, what was made of it before is one of those.
   */
  async function catchUp(file: FileHandle, id: string, isJustSeen: boolean, signal: AbortSignal): Promise<Remembered | null> {
    for (;;) {
      const sought = { path, file, id, isJustSeen, all: generations.all(), isOpen: renamed.has, open: renamed.files() }
      const { own, rotated, lost, left } = await findPlaces(sought)
      for (const one of lost) {
        if (bytesOf(one.now) === null) generations.forget(one)
        else one.now = { ...one.now, isOver: true }
      }
      // Of one that was empty when it was looked at last nobody knows that it had any.
      const isLost = (bytes: Generation | null, file: string): boolean => bytes !== null && alike.isMissedFirst(file, bytes.head)
      counts.restsLost += lost.filter(({ now }) => isLost(bytesOf(now), now.file ?? '')).length
      for (const now of left) generations.claimOldest(now)
      counts.restsUnknown += left.length
      // With the first line that is read of one the others are known to be unread, whatever comes meanwhile.
      let next = own
      for (const { one } of rotated.toReversed()) {
        generations.claim(one, next)
        next = one
      }
      // Rotation may go on meanwhile: then they are looked for anew.
      if (!(await readRotated(rotated, signal))) continue
      if (own !== null && !signal.aborted) hasSeen(own)
      return own
    }
  }

  /** What was made of the log before this file is read, or known to be unread. */
  function hasSeen(one: Remembered): void {
    justSeen.delete(one)
    const { isJustSeen, ...now } = one.now
    if (isJustSeen !== true) return
    generations.set(one, now)
    note(newFeed({}), generations.written(), null)
  }

  /** Looks at a log for the first time: it may have to wait before it is read, and be rotated meanwhile. */
  async function lookFirst(file: FileHandle, id: string): Promise<Remembered> {
    isNew &&= sinceMs === null || (await file.stat()).birthtimeMs < sinceMs
    const one = await passOver(file, id)
    return isNew ? skipToEnd(file, id) : one
  }

  /** Where a file is read from that was at the path with these `stats`; `first` is what the first look found. */
  async function placeOf(file: FileHandle, stats: Stats, first: Remembered | null, signal: AbortSignal): Promise<Remembered> {
    const id = fileId(stats)
    if (first !== null && (sinceMs === null || isNew)) {
      const now = await stat(path).catch(() => null)
      // One that was renamed meanwhile is read to its end before what has its place now is looked at.
      const isRenamed = now === null || fileId(now) !== id
      if (isRenamed || now.ctimeMs === stats.ctimeMs) return first
    }
    return (await catchUp(file, id, false, signal)) ?? { now: unread }
  }

  /**
   * What lies beside a log that is looked at for the first time was written before; all that comes is read, by the next run too. That is kept before anything is
   * read: who is killed then finds what the log held, whatever it is called by then.
   */
  async function passOver(file: FileHandle | null, id: string): Promise<Remembered> {
    isFirst = false
    for (const now of await findOlder(path, file, sinceMs)) generations.claim({ now }, null)
    const seen = file === null ? null : await fingerprintOf(file, Math.min((await file.stat()).size, windowBytes))
    const one: Remembered = { now: { ...unread, ...(file === null ? {} : { file: id }), ...(seen === null || seen.offset === 0 ? {} : { seen }) } }
    if (file !== null && isNew) return one
    if (file !== null) generations.claim(one, null)
    note(newFeed({}), generations.written(), null)
    await kept()
    return one
  }

  /**
   * What others have counted of it is not read again: a scan of it, or who read a copy of it. Asked when a file is come upon, and not of one that takes the
   * place of another: that is a new one, whatever it begins with.
   */
  async function passOverKnown(one: Remembered, at: string, id: string, file: FileHandle | null): Promise<void> {
    const size = file === null ? Infinity : (await file.stat()).size
    const own = new Set(generations.all().map(({ now }) => now.digest))
    const counted = known(id).filter(({ digest, bytes }) => bytes > one.now.offset && !own.has(digest))
    const { lines, missing } = await copiedFrom(at, one.now.offset === 0 ? counted : [])
    if (missing !== null) twice = beginsAs(missing)
    const others = [...counted, ...lines].filter(({ bytes }) => bytes <= size)
    const found = others.length === 0 ? null : await knownBeginning(at, others).catch(() => null)
    const fingerprint = found === null ? null : await (file === null ? decompressed(at, found.bytes) : fingerprintOf(file, found.bytes))
    if (found === null || fingerprint === null) return
    counts.bytesElsewhere += found.bytes - one.now.offset
    generations.set(one, { ...fingerprint, file: id, digest: found.digest, state: found.state })
    note(newFeed({}), generations.written(), null)
  }

  /** Follows one file until another one is at its path, it was cut, or it is gone; whether it is read on among those that were renamed. */
  async function followOne(reading: Reading, caughtUp: () => void, signal: AbortSignal): Promise<boolean> {
    const { file, id } = reading
    let missingMs = 0
    let { ctimeMs } = await file.stat()
    /**
     * Until a line of it was read it may have been filled, copied and cut any number of times, since lines begin alike: what was in it lies beside it. Later it is
     * seen where it is cut.
     */
    const seeOn = async (): Promise<void> => {
      const before = reading.lineEnd
      if (before === 0) justSeen.add(reading.one)
      await reader.readOn(reading, signal)
      if (before > 0 || signal.aborted) return
      const now = await file.stat()
      if (reading.lineEnd > 0 || now.ctimeMs !== ctimeMs) await catchUp(file, id, true, signal)
      ctimeMs = now.ctimeMs
    }
    /** By all that was read: of a line that is still open too, since another one may be there now. */
    const isCut = async (): Promise<boolean> => {
      if (await begins(file, reading.rolling.at(reading.at))) return false
      counts.truncations += 1
      return true
    }
    while (!signal.aborted) {
      const before = reading.at
      await seeOn()
      caughtUp()
      if (!follow) await finish(reading)
      else await pause(signal)
      if (signal.aborted || !follow) return false
      if (await isCut()) return false
      const now = await stat(path).catch(() => null)
      missingMs = now === null && reading.at === before ? missingMs + pollMs : 0
      if (missingMs >= goneMs) {
        await finish(reading)
        return false
      }
      missingSinceMs = now === null ? (missingSinceMs ?? performance.now()) : null
      if (now === null || fileId(now) === id) continue
      counts.rotations += 1
      // Who compresses it may have done so already: then it is known by what was in it.
      await seeOn()
      if (await isCut()) return false
      await renamed.add(reading)
      return true
    }
    return false
  }

  return {
    async run(signal) {
      try {
        while (!signal.aborted) {
          const file = await opened(signal)
          if (file === null) return
          let isKept = false
          let leave = outside
          try {
            const stats = await file.stat()
            const id = fileId(stats)
            const first = isFirst ? await lookFirst(file, id) : null
            if (isCatchingUp) leave = await gate.enter()
            const one = await placeOf(file, stats, first, signal)
            if (isCatchingUp && !isNew) await passOverKnown(one, path, id, file)
            isCatchingUp = false
            const reading = await reader.begin(file, id, one)
            // It was cut since it was found: what was read of it lies beside it.
            if (reading === null) continue
            current = reading
            // Files that come after it may be read before its first line is.
            if (one.now.file === undefined) generations.set(one, { ...one.now, file: id })
            isNew = false
            if (!signal.aborted) isKept = await followOne(reading, leave, signal)
          } catch (thrown) {
            isRead = false
            throw thrown
          } finally {
            leave()
            if (!isKept) await file.close()
          }
          if (!follow) return
        }
      } finally {
        await renamed.close()
      }
    },
    counts: () => ({ ...counts, closedEarly: renamed.closedEarly(), linesCut: counts.linesCut + renamed.linesCut() }),
    place: () => (current === null ? { offset: readBefore, size: readBefore } : { offset: current.lineEnd, size: current.at }),
    standing: () => ({ isRead, missingSinceMs }),
    countsTwice: () => twice,
    countsElsewhere() {
      const twin = current?.twin ?? null
      if (twin === null || twin.file.fd < 0) return null
      return twin.id === current?.id ? sameFile(twin.log.path) : `is a copy of ${twin.log.path}; what both hold counts once`
    },
  }
}

/** What is said of a second name of a file. */
export function sameFile(path: string): string {
  return `is the same file as ${path}, and counts there`
}

/** Who is in nobody's way needs not to leave. */
function outside(): void {}
