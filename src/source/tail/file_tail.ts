import { open, stat, type FileHandle } from 'node:fs/promises'

import { systemCode } from '../../base/errors.ts'
import type { Feed } from '../feed.ts'
import { openCompressed } from './compressed.ts'
import { begins, RollingFingerprint, unread } from './fingerprint.ts'
import type { LogPool, LogTurn } from './log_pool.ts'
import { readPosition, writePosition, type TailPosition } from './position.ts'
import { findRotated, type Rotated } from './rotation.ts'

/** Reads a log that grows, through rotation and truncation, from where it was read before. */
export interface FileTail {
  /** Reads until `signal` aborts, or to the end where the file is not followed. Rejects with the error of the system where it cannot be read. */
  run(signal: AbortSignal): Promise<void>
  counts(): Readonly<Record<TailCount, number>>
  /** Bytes that were read of the file at hand, and that it has. */
  place(): { readonly offset: number; readonly size: number }
  /** Whether it has the file open or has read it to its end, and since when nothing is at the path, by the clock of `performance`; null while something is. */
  standing(): { readonly isRead: boolean; readonly missingSinceMs: number | null }
}

type TailCount = 'rotations' | 'truncations' | 'restsLost'

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
  /** A reader of lines for each file; what stands in the beginning of the file is given where reading goes on behind it. */
  readonly newFeed: (head: Uint8Array | null) => Feed
  /** Bytes are read in turn with other files. */
  readonly turn: LogPool['turn']
  /** Told what the feed has read, by where that leaves the file. */
  readonly note: (feed: Feed, position: string) => void
  readonly sleep: (ms: number, signal: AbortSignal) => Promise<void>
}

/** A file that is being read. */
interface Reading {
  readonly file: FileHandle
  readonly feed: Feed
  /** Where the feed's first byte stands. */
  readonly start: number
  /** Where the next byte to read stands. */
  at: number
  /** Where the last line ended that was read. */
  lineEnd: number
  readonly rolling: RollingFingerprint
}

/** How often the end of a file is looked at. */
const pollMs = 250
/** How long a writer may go on writing to a renamed file: it is told to open the new one after the renaming. */
const graceMs = 3_000
/** The same once somebody writes to the new one. */
const settleMs = 500
const lineFeed = 10
/** Where a file is read from its end, what its last line may have. */
const lastLineBytes = 1 << 20
/** How long a file stays open that was removed: until then somebody may write to it, and its room on the disk is taken. */
const goneMs = 60_000
/** The beginning of a file, where logs name their columns. */
const headBytes = 16 << 10

export function tailFile({ path, position, follow, isLookedFor, fromEnd, newFeed, turn, note, sleep }: TailOptions): FileTail {
  const counts: Record<TailCount, number> = { rotations: 0, truncations: 0, restsLost: 0 }
  let read: TailPosition = position === null ? unread : readPosition(position)
  let place = { offset: read.offset, size: read.offset }
  let isNew = fromEnd && position === null
  let isRead = false
  let missingSinceMs: number | null = null

  /** Reads a file on to its present end. */
  async function readOn(reading: Reading, signal: AbortSignal): Promise<void> {
    // Who has nothing to read asks for no turn.
    for (let isMore = true; isMore && !signal.aborted;) {
      isMore = (await reading.file.stat()).size > reading.at && (await turn((mine) => readTurn(reading, mine, signal)))
    }
  }

  /** Reads on while the turn lasts; false at the end. */
  async function readTurn(reading: Reading, { buffer, isOver }: LogTurn, signal: AbortSignal): Promise<boolean> {
    const { file, feed, start, rolling } = reading
    do {
      if (signal.aborted) return false
      const { bytesRead } = await file.read(buffer, 0, buffer.length, reading.at)
      if (bytesRead === 0) return false
      const bytes = buffer.subarray(0, bytesRead)
      reading.at += bytesRead
      rolling.push(bytes)
      const consumed = start + (await feed.push(bytes))
      // Inside a line that has no end yet, however long, what was read before still holds.
      if (consumed > reading.lineEnd) {
        reading.lineEnd = consumed
        noteAt(feed, rolling.at(consumed))
        rolling.forget(consumed)
      }
      place = { offset: consumed, size: reading.at }
    } while (!isOver())
    return true
  }

  async function readingOf(file: FileHandle, offset: number): Promise<Reading> {
    return { file, feed: newFeed(await headOf(file, offset)), start: offset, at: offset, lineEnd: offset, rolling: await RollingFingerprint.from(file, offset) }
  }

  /** Reads what was rotated away before it was read; false where a file is not any more where it was found. */
  async function readRotated(files: readonly Rotated[], signal: AbortSignal): Promise<boolean> {
    for (const rotated of files) {
      if (signal.aborted) return true
      const file = await open(rotated.path).catch(() => null)
      try {
        if (file === null || (await file.stat()).ino !== rotated.inode) return false
        await (rotated.isCompressed ? readCompressed(rotated, signal) : readPlain(file, rotated, signal))
      } finally {
        await file?.close()
      }
    }
    return true
  }

  async function readPlain(file: FileHandle, { offset }: Rotated, signal: AbortSignal): Promise<void> {
    const reading = await readingOf(file, offset)
    await readOn(reading, signal)
    if (!signal.aborted) await finish(reading)
  }

  async function readCompressed({ path: rotated, offset }: Rotated, signal: AbortSignal): Promise<void> {
    const { head, rolling, next } = await openCompressed(rotated, offset, headBytes, signal)
    const feed = newFeed(offset === 0 ? null : head)
    let lineEnd = offset
    const readPieces = async ({ isOver }: LogTurn): Promise<boolean> => {
      do {
        const bytes = await next()
        if (bytes === null) return false
        const consumed = offset + (await feed.push(bytes))
        if (consumed > lineEnd) noteAt(feed, rolling.at(consumed))
        lineEnd = consumed
      } while (!isOver())
      return true
    }
    for (let isMore = true; isMore;) isMore = await turn(readPieces)
    if (!signal.aborted) await finish({ feed, start: offset, rolling })
  }

  /** Nothing is written to the file any more: what is behind its last line feed is a line. */
  async function finish({ feed, start, rolling }: Pick<Reading, 'feed' | 'start' | 'rolling'>): Promise<void> {
    await turn(async () => noteAt(feed, { ...rolling.at(start + (await feed.end())), isOver: true }))
  }

  /**
   * Of a file in which no line was read yet, the one before it stays what is remembered: both may be rotated while nobody looks, and every file begins
   * with nothing.
   */
  function noteAt(feed: Feed, to: TailPosition): void {
    if (to.offset === 0) return
    read = to
    note(feed, writePosition(to))
  }

  /** Waits for the file; null where it is not followed, others look for it, or reading stops. */
  async function opened(signal: AbortSignal): Promise<FileHandle | null> {
    while (!signal.aborted) {
      try {
        const file = await open(path)
        missingSinceMs = null
        isRead = true
        return file
      } catch (thrown) {
        if (systemCode(thrown) !== 'ENOENT' || !follow) throw thrown
        missingSinceMs ??= performance.now()
        // What is written from now on is read from its beginning, by the next run too.
        if (isNew) note(newFeed(null), writePosition(unread))
        isNew = false
        if (isLookedFor) return null
        await sleep(pollMs, signal)
      }
    }
    return null
  }

  /** Where a file that was there before anybody looked is read from its end: its last whole line. */
  async function skipToEnd(file: FileHandle): Promise<number> {
    isNew = false
    const { size } = await file.stat()
    const reading = await readingOf(file, Math.max(0, size - lastLineBytes))
    const { bytesRead, buffer } = await file.read(new Uint8Array(lastLineBytes), 0, lastLineBytes, reading.start)
    reading.rolling.push(buffer.subarray(0, bytesRead))
    const end = reading.start + buffer.subarray(0, bytesRead).lastIndexOf(lineFeed) + 1
    read = reading.rolling.at(end)
    note(reading.feed, writePosition(read))
    return end
  }

  /** Where the file that is at the path now is read on from: it is the one that was read before, or a new one, once the rest of the old one was read. */
  async function catchUp(file: FileHandle, signal: AbortSignal): Promise<number> {
    if (await begins(file, read)) return read.offset
    await readBefore(file, signal)
    return 0
  }

  /** Reads what was written after `read` and before this file. */
  async function readBefore(file: FileHandle, signal: AbortSignal): Promise<void> {
    const { ino } = await file.stat()
    for (let isAll = read.offset === 0; !isAll;) {
      const rotated = await findRotated(path, read, ino)
      if (rotated === null && read.isOver !== true) {
        counts.restsLost += 1
        read = { ...read, isOver: true }
      }
      // Rotation may go on meanwhile: then they are looked for anew.
      isAll = rotated === null || (await readRotated(rotated, signal))
    }
  }

  /** Follows one file until another one is at its path, it was cut, or it is gone. */
  async function followOne(file: FileHandle, start: number, signal: AbortSignal): Promise<void> {
    const { ino, dev } = await file.stat()
    const reading = await readingOf(file, start)
    place = { offset: start, size: start }
    let quietMs = 0
    let missingMs = 0
    while (!signal.aborted) {
      const before = reading.at
      // While it was empty it may have been filled, copied and cut: what was in it lies beside it.
      if (reading.at === 0 && (await file.stat()).size > 0) await readBefore(file, signal)
      await readOn(reading, signal)
      if (!follow) return finish(reading)
      await sleep(pollMs, signal)
      if (signal.aborted) return
      quietMs = reading.at > before ? 0 : quietMs + pollMs
      // By all that was read: of a line that is still open too, since another one may be there now.
      if (!(await begins(file, reading.rolling.at(reading.at)))) {
        counts.truncations += 1
        return
      }
      const now = await stat(path).catch(() => null)
      missingMs = now === null && quietMs > 0 ? missingMs + pollMs : 0
      if (missingMs >= goneMs) return finish(reading)
      missingSinceMs = now === null ? (missingSinceMs ?? performance.now()) : null
      if (now === null || (now.ino === ino && now.dev === dev)) continue
      // The new file is there; the writer, or one of several, may not have opened it yet.
      if (quietMs < (now.size === 0 ? graceMs : settleMs)) continue
      await readOn(reading, signal)
      if (signal.aborted) return
      counts.rotations += 1
      return finish(reading)
    }
  }

  return {
    async run(signal) {
      while (!signal.aborted) {
        const file = await opened(signal)
        if (file === null) return
        try {
          const start = await (isNew ? skipToEnd(file) : catchUp(file, signal))
          if (!signal.aborted) await followOne(file, start, signal)
        } catch (thrown) {
          isRead = false
          throw thrown
        } finally {
          await file.close()
        }
        if (!follow) return
      }
    },
    counts: () => counts,
    place: () => place,
    standing: () => ({ isRead, missingSinceMs }),
  }
}

/** The beginning of a file that is read from further on. */
async function headOf(file: FileHandle, offset: number): Promise<Uint8Array | null> {
  if (offset === 0) return null
  const buffer = new Uint8Array(Math.min(offset, headBytes))
  const { bytesRead } = await file.read(buffer, 0, buffer.length, 0)
  return buffer.subarray(0, bytesRead)
}
