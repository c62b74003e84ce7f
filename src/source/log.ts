import { globSync, readdirSync, statSync } from 'node:fs'
import { basename, dirname, join } from 'node:path'

import { systemCode, systemReason, TapistryError } from '../base/errors.ts'
import { sleep } from '../base/sleep.ts'
import type { Feed, FeedCounts } from './feed.ts'
import { lookAt } from './look_at.ts'
import { namedProblems } from './named_problems.ts'
import type { Source, SourceSink, SourceStanding } from './source.ts'
import { goneLongest } from './tail/gone.ts'
import { tailFile, type FileTail } from './tail/file_tail.ts'
import type { LogPool } from './tail/log_pool.ts'
import type { TextFormat } from './text_formats.ts'
import { fixedPart, hasWildcards } from './wildcards.ts'

export interface LogOptions {
  /** File, folder or glob, absolute. */
  readonly path: string
  /** Told by content where absent. */
  readonly format?: TextFormat
  /** The service of lines that name none. */
  readonly host?: string
  readonly follow: boolean
  /** Where a file begins that was never read. */
  readonly readFrom: 'beginning' | 'end'
}

/** Access logs that grow: each file is read on from where it was read before, through rotation, compression of the old one, and truncation. */
export function logSource({ path, format, host, follow, readFrom }: LogOptions, pool: LogPool): Source {
  const id = `log:${path}`
  const tails = new Map<string, FileTail>()
  const counts = new Map<string, number>()
  /** Files that could not be read when they were looked at last, and why. */
  const unread = new Map<string, string>()
  let isOfSeveral = false
  let filesLeftOut = 0
  const add = (name: string, count: number): void => void counts.set(name, (counts.get(name) ?? 0) + count)

  function tailOf(file: string, sink: SourceSink): FileTail {
    const told = new WeakMap<Feed, FeedCounts>()
    return tailFile({
      path: file,
      position: sink.positions().get(file) ?? null,
      follow,
      isLookedFor: isSeveral(path),
      fromEnd: readFrom === 'end',
      newFeed: (head) =>
        pool.newFeed({ host: host ?? `unknown (${basename(file)})`, ...(format === undefined ? {} : { format }), ...(head === null ? {} : { head }) }),
      turn: pool.turn,
      note(feed, position) {
        const now = feed.counts()
        countNew(now, told.get(feed), add)
        told.set(feed, now)
        pool.note({ source: id, sink, part: file }, position)
      },
      sleep,
    })
  }

  function standingOfOne(): SourceStanding {
    const standing = tails.get(path)?.standing()
    if (standing === undefined) return { state: 'starting', problem: null }
    const { isRead, missingSinceMs } = standing
    // For a moment in each rotation nothing is there.
    if (missingSinceMs !== null && performance.now() - missingSinceMs > missingMs) {
      return { state: 'down', problem: `${path}: no such file; it is read once it is there` }
    }
    return { state: isRead ? 'up' : 'starting', problem: null }
  }

  function standingOfSeveral(): SourceStanding {
    const isReadNow = (file: string): boolean => tails.get(file)?.standing().isRead === true
    const problem = namedProblems(new Map([...unread].filter(([file]) => !isReadNow(file))))
    if ([...tails.keys()].some(isReadNow)) return { state: 'up', problem }
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
      const stop = new AbortController()
      const both = AbortSignal.any([signal, stop.signal])
      // The first that fails ends them all: they are run again together.
      const failures: unknown[] = []
      const fail = (thrown: unknown): void => {
        failures.push(thrown)
        stop.abort()
      }
      const start = (file: string): void => {
        const tail = tailOf(file, sink)
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
      }
      const look = (): void => {
        try {
          isOfSeveral = isSeveral(path)
          for (const file of unread.keys()) if (lookAt(file) === null) unread.delete(file)
          const files = isOfSeveral ? filesOf(path, [...running.keys(), ...sink.positions().keys()], unread) : [path]
          const forgotten = goneLongest(sink.positions(), new Set([...files, ...running.keys()]))
          if (forgotten.length > 0) {
            add('positionsForgotten', forgotten.length)
            // Not in turn with what is read: one that comes again at this moment is a new file.
            sink.add({ batches: [], positions: new Map(forgotten.map((file) => [file, null])) }).catch(fail)
          }
          filesLeftOut = Math.max(0, files.length - filesMax)
          for (const file of files.slice(0, filesMax)) if (!running.has(file)) start(file)
        } catch (thrown) {
          fail(thrown)
        }
      }
      look()
      if (follow) await eachTime(rescanMs, both, look)
      await Promise.all(running.values())
      await pool.flush()
      if (failures.length === 0 && unread.size > 0 && !follow) throw new TapistryError('INPUT', namedProblems(unread) ?? path)
      if (failures.length === 0) return
      const [thrown] = failures
      throw thrown instanceof TapistryError ? thrown : new TapistryError('INPUT', `${path}: ${systemReason(thrown)}`, { cause: thrown })
    },
    standing: () => (isOfSeveral ? standingOfSeveral() : standingOfOne()),
    counts() {
      const all: Record<string, number> = Object.fromEntries(counts)
      if (filesLeftOut > 0) all['filesLeftOut'] = filesLeftOut
      for (const tail of tails.values()) {
        for (const [name, count] of Object.entries(tail.counts())) if (count > 0) all[name] = (all[name] ?? 0) + count
      }
      return all
    },
    detail() {
      const places = [...tails].map(([file, tail]) => ({ file, place: tail.place() }))
      const [first] = places
      if (first === undefined) return null
      if (places.length === 1) return `${basename(first.file)} at ${first.place.offset} of ${first.place.size} bytes`
      return `${places.length} files, ${places.reduce((sum, { place }) => sum + place.offset, 0)} bytes read`
    },
  }
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

function isSeveral(path: string): boolean {
  return hasWildcards(path) || statSync(path, { throwIfNoEntry: false })?.isDirectory() === true
}

/** The logs at `path`; `known` are those that were there before, also where rotation has just taken them away. `unread` is told which cannot be looked at. */
function filesOf(path: string, known: readonly string[], unread: Map<string, string>): string[] {
  const isFolder = statSync(path, { throwIfNoEntry: false })?.isDirectory() === true
  const files = isFolder ? readdirSync(path).map((name) => join(path, name)) : globSync(path)
  const logs = new Set([...files, ...known])
  const found = files.filter((file) => {
    const facts = lookAt(file)
    if (typeof facts === 'string') unread.set(file, facts)
    return typeof facts === 'object' && facts?.isFile() === true
  })
  return found.filter((file) => !isOfAnother(file, logs)).toSorted()
}

/** What rotation made of a log is read through the log that it was. */
function isOfAnother(file: string, logs: ReadonlySet<string>): boolean {
  const name = basename(file)
  if (/\.(?:gz|zst|bz2|xz|old|bak|\d+)$|-\d{8,}$/.test(name)) return true
  // `access.log` of `access-20260131.log`: there are few such names, and a folder may have many files.
  const dated = /^(.+?)-\d{4}[-_]?\d{2}[^.]*(\..*)?$/.exec(name)
  return dated !== null && logs.has(join(dirname(file), `${dated[1]}${dated[2] ?? ''}`))
}

/** Counts what a feed has gained since it was last asked. */
function countNew(now: FeedCounts, before: FeedCounts | undefined, add: (name: string, count: number) => void): void {
  add('lines', now.lines - (before?.lines ?? 0))
  add('exchanges', now.exchanges - (before?.exchanges ?? 0))
  for (const [reason, { count }] of Object.entries(now.rejected)) add(`rejectedBy.${reason}`, count - (before?.rejected[reason]?.count ?? 0))
}
