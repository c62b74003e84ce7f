import type { FileHandle } from 'node:fs/promises'

import type { Feed } from '../feed.ts'
import { openCompressed } from './compressed.ts'
import { RollingFingerprint } from './fingerprint.ts'
import type { Remembered } from './generations.ts'
import type { LogPool, LogTurn } from './log_pool.ts'
import type { Generation } from './position.ts'

/** A file that is being read. */
export interface Reading {
  readonly file: FileHandle
  /** Its device and number. */
  readonly id: string
  readonly one: Remembered
  readonly feed: Feed
  /** Where the feed's first byte stands. */
  readonly start: number
  /** Where the next byte to read stands. */
  at: number
  /** Where the last line ended that was read. */
  lineEnd: number
  readonly rolling: RollingFingerprint
}

/** Reads files, in turn with other logs. */
export interface Reader {
  /** Of a file that goes on from where it was read to. */
  begin(file: FileHandle, id: string, one: Remembered): Promise<Reading>
  /** Reads a file on to its present end. */
  readOn(reading: Reading, signal: AbortSignal): Promise<void>
  /** Reads the rest of a compressed file. */
  readCompressed(rotated: { readonly path: string; readonly id: string }, one: Remembered, signal: AbortSignal): Promise<void>
  /** Nothing is written to the file any more: what is behind its last line feed is a line. */
  finish(reading: Pick<Reading, 'id' | 'one' | 'feed' | 'start' | 'rolling'>): Promise<void>
}

export interface ReaderOptions {
  readonly newFeed: (head: Uint8Array | null) => Feed
  readonly turn: LogPool['turn']
  /** Told what a feed has read, by where that leaves its file. */
  readonly note: (feed: Feed, one: Remembered, now: Generation) => void
}

/** The beginning of a file, where logs name their columns. */
const headBytes = 16 << 10

export function openReader({ newFeed, turn, note }: ReaderOptions): Reader {
  /** Reads on while the turn lasts; false at the end. */
  async function readTurn(reading: Reading, { buffer, isOver }: LogTurn, signal: AbortSignal): Promise<boolean> {
    const { file, id, one, feed, start, rolling } = reading
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
        note(feed, one, { ...rolling.at(consumed), file: id })
        rolling.forget(consumed)
      }
    } while (!isOver())
    return true
  }

  async function finish({ id, one, feed, start, rolling }: Parameters<Reader['finish']>[0]): Promise<void> {
    await turn(async () => note(feed, one, { ...rolling.at(start + (await feed.end())), file: id, isOver: true }))
  }

  return {
    async begin(file, id, one) {
      const { offset } = one.now
      const rolling = await RollingFingerprint.from(file, offset)
      return { file, id, one, feed: newFeed(await headOf(file, offset)), start: offset, at: offset, lineEnd: offset, rolling }
    },
    async readOn(reading, signal) {
      // Who has nothing to read asks for no turn.
      for (let isMore = true; isMore && !signal.aborted;) {
        isMore = (await reading.file.stat()).size > reading.at && (await turn((mine) => readTurn(reading, mine, signal)))
      }
    },
    async readCompressed({ path, id }, one, signal) {
      const { offset } = one.now
      const { head, rolling, next } = await openCompressed(path, offset, headBytes, signal)
      const feed = newFeed(offset === 0 ? null : head)
      let lineEnd = offset
      const readPieces = async ({ isOver }: LogTurn): Promise<boolean> => {
        do {
          const bytes = await next()
          if (bytes === null) return false
          const consumed = offset + (await feed.push(bytes))
          if (consumed > lineEnd) note(feed, one, { ...rolling.at(consumed), file: id })
          lineEnd = consumed
        } while (!isOver())
        return true
      }
      for (let isMore = true; isMore;) isMore = await turn(readPieces)
      if (!signal.aborted) await finish({ id, one, feed, start: offset, rolling })
    },
    finish,
  }
}

/** The beginning of a file that is read from further on. */
async function headOf(file: FileHandle, offset: number): Promise<Uint8Array | null> {
  if (offset === 0) return null
  const buffer = new Uint8Array(Math.min(offset, headBytes))
  const { bytesRead } = await file.read(buffer, 0, buffer.length, 0)
  return buffer.subarray(0, bytesRead)
}
