import { basename } from 'node:path'

import { systemCode, systemReason, TapistryError } from '../base/errors.ts'
import { sleep } from '../base/sleep.ts'
import type { EngineSecrets, Feed, FeedCounts } from './feed.ts'
import { isSeveral, logFilesAt } from './log_files.ts'
import { lookAt } from './look_at.ts'
import { namedProblems } from './named_problems.ts'
import { shapesIn, type Rejections } from './rejections.ts'
import type { LyingInput, Source, SourceSink, SourceStanding } from './source.ts'
import { windowBytes } from './tail/fingerprint.ts'
import { goneLongest } from './tail/gone.ts'
import { sameFile, tailFile, type FileTail } from './tail/file_tail.ts'
import type { LogPool } from './tail/log_pool.ts'
import { beginningsIn, readPosition, writePosition } from './tail/position.ts'
import type { TextFormat } from './text_formats.ts'
import { wholeFiles } from './whole_files.ts'
import { isWholePosition } from './whole_position.ts'
import { fixedPart } from './wildcards.ts'

export interface LogOptions {
  /** File, folder or glob, absolute. */
  readonly path: string
  /** Told by content where absent. */
  readonly format?: TextFormat
  /** The service of lines that name none. */
  readonly host?: string
  readonly follow: boolean
  /** Where a file begins that was there when it was looked at first; one that comes later begins at its beginning. */
  readonly readFrom: 'beginning' | 'end'
}

/**
 * Access logs. Those that grow are read on from where they were read before, through rotation, compression of the old one, and truncation; those that are
 * written once, as compressed ones, are read once by content, one after the other.
 */
export function logSource({ path, format, host, follow, readFrom }: LogOptions, engine: EngineSecrets, pool: LogPool): Source {
  const id = `log:${path}`
  const tails = new Map<string, FileTail>()
  const counts = new Map<string, number>()
  /** Files that could not be read when they were looked at last, and why. */
  const unread = new Map<string, string>()
  /** Other names of files that are followed, and theirs. */
  let otherNames: ReadonlyMap<string, string> = new Map()
  let isOfSeveral = false
  let isWholeOne = false
  /** Whether it has ever read files that do not grow; null before the first look. */
  let isWholeEver: boolean | null = null
  const hostOf = (name: string): string => host ?? `unknown (${name})`
  const wholes = wholeFiles({
    engine,
    hostOf,
    ...(format === undefined ? {} : { format }),
    follow,
    gate: pool.gate,
    alike: pool.alike,
    note({ exchanges, rejected }) {
      countNew({ lines: exchanges + rejectedIn(rejected), exchanges, rejected }, undefined, add)
      shapes = { ...shapes, ...shapesIn(rejected) }
    },
  })
  let filesLeftOut = 0
  let shapes: Readonly<Record<string, string>> = {}
  const add = (name: string, count: number): void => void counts.set(name, (counts.get(name) ?? 0) + count)

  function tailOf(file: string, sinceMs: number | null, sink: SourceSink): FileTail {
    const told = new WeakMap<Feed, FeedCounts>()
    const place = `${id}\0${file}`
    const before = sink.positions().get(file) ?? null
    pool.followed.set(place, before === null ? [] : beginningsIn(file, before))
    return tailFile({
      path: file,
      position: before,
      follow,
      isLookedFor: isSeveral(path),
      fromEnd: readFrom === 'end',
      sinceMs,
      newFeed: (behind) => pool.newFeed({ host: hostOf(basename(file)), ...(format === undefined ? {} : { format }), ...behind }),
      turn: pool.turn,
      gate: pool.gate,
      alike: pool.alike,
      known(id) {
        // A short beginning of a log that is followed is that of any other log too, where it is another file.
        const isOther = (beginning: { readonly bytes: number; readonly file?: string }): boolean => beginning.bytes < windowBytes && beginning.file !== id
        const followed = [...pool.followed.values()].flat()
        const others = new Set(followed.filter(isOther).map(({ digest }) => digest))
        // What was read a moment ago waits in the pool.
        return [...sink.inputs(), ...followed].filter(({ digest }) => !others.has(digest))
      },
      note(feed, position, replaced) {
        const now = feed.counts()
        countNew(now, told.get(feed), add)
        told.set(feed, now)
        shapes = { ...shapes, ...shapesIn(now.rejected) }
        pool.followed.set(place, beginningsIn(file, position))
        pool.note({ source: id, sink, part: file }, position, replaced)
      },
      kept: () => pool.keep(sink),
      sleep,
    })
  }

  /** What comes to a folder or glob after it was looked at first is new, for the next life too, though nothing was there. */
  async function lookFirst(sink: SourceSink): Promise<void> {
    if (readFrom === 'end') await wholes.passOver(logFilesAt(path, [], format === 'har', unread).whole, sink)
    if (isSeveral(path)) pool.note({ source: id, sink, part: path }, writePosition([]), null)
    await pool.keep(sink)
  }

  function standingOfOne(): SourceStanding {
    const standing = tails.get(path)?.standing()
    if (standing === undefined) return { state: 'starting', problem: null }
    const { isRead, missingSinceMs } = standing
    // For a moment in each rotation nothing is there.
    if (missingSinceMs !== null && performance.now() - missingSinceMs > missingMs) {
      return { state: 'down', problem: `${path}: no such file; it is read once it is there` }
    }
    return isRead ? { state: 'up', problem: namedProblems(new Map([...elsewhere(), ...twice()])) } : { state: 'starting', problem: null }
  }

  /** What lies there and counts elsewhere, and where. */
  function elsewhere(): ReadonlyMap<string, string> {
    const found = new Map([...otherNames].map(([file, name]) => [file, sameFile(name)]))
    for (const [file, tail] of tails) {
      const place = tail.countsElsewhere()
      if (place !== null) found.set(file, place)
    }
    return found
  }

  /** What may count twice, and why. */
  function twice(): ReadonlyMap<string, string> {
    return new Map([...tails].flatMap(([file, tail]) => (tail.countsTwice() === null ? [] : [[file, tail.countsTwice() ?? '']])))
  }

  function lyingInputs(): readonly LyingInput[] | null {
    if (isWholeEver === false) return []
    // While a folder or its disk is away, what lies in it is not gone.
    return isWholeEver === null || unread.size > 0 || lookAt(fixedPart(path)) === null ? null : wholes.lying()
  }

  function standingOfWhole(): SourceStanding {
    if (wholes.isAnyRead()) return { state: 'up', problem: null }
    const problem = namedProblems(wholes.problems())
    if (problem !== null) return { state: 'down', problem }
    const found = lookAt(path)
    if (typeof found === 'string') return { state: 'down', problem: `${path}: ${found}` }
    if (found === null) return { state: 'down', problem: `${path}: no such file; it is read once it is there` }
    return found.size === 0 ? { state: 'waiting', problem: `${path}: is empty; it is read once it is written` } : { state: 'starting', problem: null }
  }

  function standingOfSeveral(): SourceStanding {
    const isReadNow = (file: string): boolean => tails.get(file)?.standing().isRead === true
    const problem = namedProblems(new Map([...[...unread].filter(([file]) => !isReadNow(file)), ...wholes.problems(), ...elsewhere(), ...twice()]))
    if ([...tails.keys()].some(isReadNow) || wholes.isAnyRead()) return { state: 'up', problem }
    if (problem !== null) return { state: 'down', problem }
    const folder = fixedPart(path)
    if (lookAt(folder) === null) return { state: 'down', problem: `${folder}: no such folder; what is in it is read once it is there` }
    return { state: 'waiting', problem: `${path}: no log is there yet` }
  }

  return {
    id,
    kind: 'log',
    async run(sink, signal) {
      const running = new Map<string, Promise<void>>()
      const readingWhole = new Set<Promise<void>>()
      let lookedMs = lastLookMs(sink.positions())
      const stop = new AbortController()
      const both = AbortSignal.any([signal, stop.signal])
      // The first that fails ends them all: they are run again together.
      const failures: unknown[] = []
      const fail = (thrown: unknown): void => {
        failures.push(thrown)
        stop.abort()
      }
      const start = (file: string, sinceMs: number | null): void => {
        const tail = tailOf(file, sinceMs, sink)
        tails.set(file, tail)
        running.set(
          file,
          tail
            .run(both)
            .then(() => end(file, tail))
            .catch((thrown: unknown) => {
              if (!isOfSeveral || systemCode(thrown) === null) return fail(thrown)
              // The others go on, and this one is tried again when they are looked at next.
              unread.set(file, systemReason(thrown))
              running.delete(file)
            }),
        )
      }
      // A file that is gone; it is looked for with the others.
      const end = async (file: string, tail: FileTail): Promise<void> => {
        if (!follow || both.aborted) return
        await pool.flush()
        for (const [name, count] of Object.entries(tail.counts())) if (count > 0) add(name, count)
        tails.delete(file)
        running.delete(file)
        pool.followed.delete(`${id}\0${file}`)
      }
      const readWhole = async (files: readonly string[]): Promise<void> => {
        wholes.look(files, sink)
        await wholes.read(sink, both)
      }
      const look = (): void => {
        try {
          const sinceMs = lookedMs
          lookedMs = Date.now()
          isOfSeveral = isSeveral(path)
          for (const file of unread.keys()) if (lookAt(file) === null) unread.delete(file)
          const isOfLog = ([file, position]: readonly [string, string]): boolean => !isWholePosition(position) && !(isOfSeveral && file === path)
          const before = [...sink.positions()].filter(isOfLog).map(([file]) => file)
          const { followed: files, whole, otherNames: names } = logFilesAt(path, [...running.keys(), ...before], format === 'har', unread)
          otherNames = names
          isWholeOne = !isOfSeveral && files.length === 0
          isWholeEver = whole.length > 0 || [...sink.positions().values()].some(isWholePosition)
          const forgotten = goneLongest(sink.positions(), new Set([path, ...files, ...whole, ...running.keys()]))
          if (forgotten.length > 0) {
            add('positionsForgotten', forgotten.length)
            // Not in turn with what is read: one that comes again at this moment is a new file.
            sink.add({ batches: [], positions: new Map(forgotten.map((file) => [file, null])) }).catch(fail)
          }
          filesLeftOut = Math.max(0, files.length - filesMax)
          for (const file of files.slice(0, filesMax)) if (!running.has(file)) start(file, sinceMs)
          if (isWholeOne && !follow && lookAt(path) === null) throw new TapistryError('INPUT', `${path}: no such file`)
          if (readingWhole.size > 0) return
          const reading = readWhole(whole)
            .catch(fail)
            .finally(() => readingWhole.delete(reading))
          readingWhole.add(reading)
        } catch (thrown) {
          fail(thrown)
        }
      }
      if (sink.positions().size === 0) {
        const firstMs = Date.now()
        await lookFirst(sink).catch(fail)
        // What has come to a folder since is new.
        if (isSeveral(path)) lookedMs = firstMs
      }
      look()
      if (follow) await eachTime(rescanMs, both, look)
      await Promise.all(running.values())
      await Promise.all(readingWhole)
      await pool.flush()
      if (failures.length === 0 && unread.size > 0 && !follow) throw new TapistryError('INPUT', namedProblems(unread) ?? path)
      if (failures.length === 0) return
      const [thrown] = failures
      throw thrown instanceof TapistryError ? thrown : new TapistryError('INPUT', `${path}: ${systemReason(thrown)}`, { cause: thrown })
    },
    lyingInputs,
    standing: () => (isOfSeveral ? standingOfSeveral() : isWholeOne ? standingOfWhole() : standingOfOne()),
    counts() {
      const all: Record<string, number> = Object.fromEntries(counts)
      for (const [name, count] of Object.entries(wholes.counts())) if (count > 0) all[name] = count
      const filesElsewhere = elsewhere().size + wholes.counts().filesElsewhere
      if (filesElsewhere > 0) all['filesElsewhere'] = filesElsewhere
      if (filesLeftOut > 0) all['filesLeftOut'] = filesLeftOut
      for (const tail of tails.values()) {
        for (const [name, count] of Object.entries(tail.counts())) if (count > 0) all[name] = (all[name] ?? 0) + count
      }
      return all
    },
    lastRejected: () => shapes,
    detail() {
      const whole = wholes.detail()
      if (whole !== null) return whole
      const places = [...tails].map(([file, tail]) => ({ file, place: tail.place() }))
      const [first] = places
      const { files } = wholes.counts()
      if (first === undefined) return files === 0 ? null : `${files} files read`
      if (places.length === 1) return `${basename(first.file)} at ${first.place.offset} of ${first.place.size} bytes`
      return `${places.length} files, ${places.reduce((sum, { place }) => sum + place.offset, 0)} bytes read`
    },
  }
}

/** When a source looked at its files last, in the life before; null where it found none. */
function lastLookMs(positions: ReadonlyMap<string, string>): number | null {
  const times = [...positions.values()].flatMap((position) => (isWholePosition(position) ? [] : [readPosition(position).usedMs ?? 0]))
  return times.length === 0 ? null : Math.max(...times) - rescanMs
}

async function eachTime(ms: number, signal: AbortSignal, work: () => void): Promise<void> {
  while (!signal.aborted) {
    await sleep(ms, signal)
    if (!signal.aborted) work()
  }
}

/** Files of one source that are followed at once. */
const filesMax = 1_000
/** How often a folder or glob is looked at for new files. */
const rescanMs = 5_000
/** How long a file may be away until that is a problem. */
const missingMs = 3_000

/** Counts what a feed has gained since it was last asked. */
function countNew(now: Omit<FeedCounts, 'format'>, before: FeedCounts | undefined, add: (name: string, count: number) => void): void {
  add('lines', now.lines - (before?.lines ?? 0))
  add('exchanges', now.exchanges - (before?.exchanges ?? 0))
  for (const [reason, { count }] of Object.entries(now.rejected)) add(`rejectedBy.${reason}`, count - (before?.rejected[reason]?.count ?? 0))
}

function rejectedIn(rejected: Rejections): number {
  return Object.values(rejected).reduce((sum, { count }) => sum + count, 0)
}
