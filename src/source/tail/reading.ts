import { stat, type FileHandle } from 'node:fs/promises'

import type { Feed, PooledFeedOptions } from '../feed.ts'
import type { AlikeLogs, Log, OpenLog } from './alike.ts'
import { openCompressed } from './compressed.ts'
import { fileId } from './file_id.ts'
import { begins, RollingFingerprint } from './fingerprint.ts'
import type { Remembered } from './generations.ts'
import type { LogPool, LogTurn } from './log_pool.ts'
import type { Generation } from './position.ts'

/** A file that is being read. */
export interface Reading extends OpenLog {
  readonly one: Remembered
  readonly feed: Feed
  /** Where the feed's first byte stands. */
  readonly start: number
  at: number
  lineEnd: number
  /** The digest of what was read before: another reader may have left an open end there. Null once that is read. */
  replaces: string | null
}

type Ending = Pick<Reading, 'id' | 'one' | 'feed' | 'start' | 'rolling' | 'replaces' | 'lineEnd'>

/** Reads files, in turn with other logs. */
export interface Reader {
  /** Of a file that goes on from where it was read to; null where that is not there any more. */
  begin(file: FileHandle, id: string, one: Remembered): Promise<Reading | null>
  /** Reads a file on to its present end. */
  readOn(reading: Reading, signal: AbortSignal): Promise<void>
  /** Reads the rest of a compressed file: of one that is `damaged` what comes before the damage, of one that is `gone` from its path as much as was there. */
  readCompressed(rotated: { readonly path: string; readonly id: string }, one: Remembered, signal: AbortSignal): Promise<'whole' | 'damaged' | 'gone'>
  /** Nothing is written to the file any more: what is behind its last line feed is a line. Where it is none, more may come after all; whether that is so. */
  finish(reading: Ending): Promise<boolean>
}

export interface ReaderOptions {
  readonly log: Log
  readonly alike: AlikeLogs
  /** Told how many bytes were passed over. */
  readonly passed: (bytes: number) => void
  readonly newFeed: (before: Before) => Feed
  readonly turn: LogPool['turn']
  /** Told what a feed has read, by where that leaves its file. */
  readonly note: (feed: Feed, one: Remembered, now: Generation, replaced: string | null) => void
}

/** What comes before that which a feed is given. */
export type Before = Pick<PooledFeedOptions, 'head' | 'after'>

/** The beginning of a file, where logs name their columns. */
const headBytes = 16 << 10

export function openReader({ log, alike, passed, newFeed, turn, note }: ReaderOptions): Reader {
  /** Whether what comes next is read here: not what another one of these bytes has read, or reads first. */
  async function isOwn(reading: Reading, buffer: Uint8Array, signal: AbortSignal): Promise<boolean> {
    for (let ahead = await alike.aheadOf(reading); ahead !== null && !signal.aborted; ahead = await alike.aheadOf(reading)) {
      const { lines, isParted } = await sameLines(reading, ahead, buffer)
      // Where the other one does not hold any more what was read of it, it was cut, and what stands there now nobody has read.
      if (!(await begins(ahead.file, ahead.rolling.at(ahead.lineEnd)))) break
      if (isParted) alike.part(reading, ahead)
      if (lines.length === 0 && !isParted) return ahead.lineEnd - reading.lineEnd >= buffer.length / 2
      if (lines.length > 0) await pass(reading, lines)
    }
    return !signal.aborted
  }

  async function pass(reading: Reading, lines: Uint8Array): Promise<void> {
    const { id, one, feed, start, rolling, at, lineEnd } = reading
    rolling.push(lines.subarray(at - lineEnd))
    reading.lineEnd = reading.at = start + (await feed.pass(lines))
    note(feed, one, { ...rolling.at(reading.lineEnd), file: id, ...hashed(feed) }, reading.replaces)
    reading.replaces = null
    rolling.forget(reading.lineEnd)
    passed(lines.length)
  }

  /** Reads on while the turn lasts; false at the end. */
  async function readTurn(reading: Reading, { buffer, isOver }: LogTurn, signal: AbortSignal): Promise<boolean> {
    const { file, id, one, feed, start, rolling } = reading
    do {
      if (signal.aborted || !(await isOwn(reading, buffer, signal))) return false
      const { bytesRead } = await file.read(buffer, 0, buffer.length, reading.at)
      // Who waits for a turn may find the file cut and filled beyond the place where the next byte stood.
      if (bytesRead === 0 || !(await begins(file, rolling.at(reading.at)))) return false
      const bytes = buffer.subarray(0, bytesRead)
      reading.at += bytesRead
      rolling.push(bytes)
      const consumed = start + (await feed.push(bytes))
      // Inside a line that has no end yet, however long, what was read before still holds.
      if (consumed > reading.lineEnd) {
        reading.lineEnd = consumed
        note(feed, one, { ...rolling.at(consumed), file: id, ...hashed(feed) }, reading.replaces)
        reading.replaces = null
        rolling.forget(consumed)
      }
    } while (!isOver())
    return true
  }

  async function finish({ id, one, feed, start, lineEnd, rolling, replaces }: Ending): Promise<boolean> {
    return turn(async () => {
      const [lines, { exchanges }] = [hashed(feed), feed.counts()]
      const end = start + (await feed.end())
      const isCut = end > lineEnd && feed.counts().exchanges === exchanges
      if (isCut) note(feed, one, { ...rolling.at(lineEnd), file: id, isOver: true, cutAt: end, ...lines }, null)
      else note(feed, one, { ...rolling.at(end), file: id, isOver: true, ...hashed(feed) }, replaces)
      return isCut
    })
  }

  return {
    async begin(file, id, one) {
      const { offset } = one.now
      const rolling = await RollingFingerprint.from(file, offset)
      const { head, last } = rolling.at(offset)
      if (head !== one.now.head || last !== one.now.last) return null
      const feed = newFeed({ ...(await headOf(file, offset)), ...afterOf(one.now, rolling) })
      const reading = { log, file, id, one, feed, start: offset, at: offset, lineEnd: offset, rolling, twin: null, replaces: one.now.digest ?? null }
      alike.enter(reading)
      return reading
    },
    async readOn(reading, signal) {
      // Who has nothing to read asks for no turn.
      for (let isMore = true; isMore && !signal.aborted;) {
        isMore = (await reading.file.stat()).size > reading.at && (await turn((mine) => readTurn(reading, mine, signal)))
      }
    },
    async readCompressed({ path, id }, one, signal) {
      const { offset } = one.now
      const opened = await openCompressed(path, offset, headBytes, signal).catch(() => null)
      // Rotation may have given its name to another one.
      if (opened === null || !(await isAt(path, id))) return 'gone'
      const { head, rolling, next } = opened
      const feed = newFeed({ ...(offset === 0 ? {} : { head }), ...afterOf(one.now, rolling) })
      const reading = { id, one, feed, start: offset, lineEnd: offset, rolling, replaces: one.now.digest ?? null }
      let isWhole = true
      const readPieces = async ({ isOver }: LogTurn): Promise<boolean> => {
        do {
          const bytes = await next().catch(() => undefined)
          isWhole = bytes !== undefined
          if (bytes === undefined || bytes === null) return false
          const consumed = offset + (await feed.push(bytes))
          if (consumed > reading.lineEnd) {
            note(feed, one, { ...rolling.at(consumed), file: id, ...hashed(feed) }, reading.replaces)
            reading.replaces = null
          }
          reading.lineEnd = consumed
        } while (!isOver())
        return true
      }
      for (let isMore = true; isMore;) isMore = await turn(readPieces)
      if (signal.aborted) return 'whole'
      if (!isWhole && !(await isAt(path, id))) return 'gone'
      await finish(reading)
      return isWhole ? 'whole' : 'damaged'
    },
    finish,
  }
}

/** Whole lines behind the last one that was read, as far as another one was read too and holds the same; `isParted` where both go on otherwise. */
async function sameLines(reading: Reading, ahead: OpenLog, buffer: Uint8Array): Promise<{ readonly lines: Uint8Array; readonly isParted: boolean }> {
  const half = buffer.length / 2
  const length = Math.min(half, ahead.lineEnd - reading.lineEnd)
  const [mine, other] = [buffer.subarray(0, length), buffer.subarray(half, half + length)]
  const { bytesRead } = await reading.file.read(mine, 0, length, reading.lineEnd)
  // Where it was cut meanwhile it holds none of this.
  const { bytesRead: there } = await ahead.file.read(other, 0, bytesRead, reading.lineEnd)
  const end = Math.min(bytesRead, there)
  const isSame = Buffer.compare(mine.subarray(0, end), other.subarray(0, end)) === 0
  const same = isSame ? end : mine.findIndex((byte, at) => byte !== other[at])
  return { lines: mine.subarray(0, same === 0 ? 0 : mine.lastIndexOf(lineFeed, same - 1) + 1), isParted: same < bytesRead }
}

const lineFeed = 10

async function isAt(path: string, id: string): Promise<boolean> {
  const there = await stat(path).catch(() => null)
  return there !== null && fileId(there) === id
}

/** The beginning of a file that is read from further on. */
async function headOf(file: FileHandle, offset: number): Promise<Before> {
  if (offset === 0) return {}
  const buffer = new Uint8Array(Math.min(offset, headBytes))
  const { bytesRead } = await file.read(buffer, 0, buffer.length, 0)
  return { head: buffer.subarray(0, bytesRead) }
}

/** What was read of a file from its beginning, to go on hashing from; nothing where it was not read from there. */
function afterOf({ offset, state }: Generation, rolling: RollingFingerprint): Before {
  if (offset === 0) return { after: { bytes: 0, state: '', rest: new Uint8Array() } }
  const rest = rolling.before(offset, offset % hashBlockBytes)
  return state === undefined || rest.length !== offset % hashBlockBytes ? {} : { after: { bytes: offset, state, rest } }
}

/** SHA-256 goes on from its last whole block. */
const hashBlockBytes = 64

function hashed(feed: Feed): Pick<Generation, 'digest' | 'state'> {
  const beginning = feed.beginning()
  return beginning === null ? {} : { digest: beginning.digest, state: beginning.state }
}
