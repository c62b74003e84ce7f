import { globSync, readdirSync, statSync } from 'node:fs'
import { basename, join } from 'node:path'
import { setTimeout as sleepFor } from 'node:timers/promises'

import { systemReason, TapistryError } from '../base/errors.ts'
import { openFeed, type EngineSecrets, type Feed, type FeedCounts } from './feed.ts'
import type { Source, SourceSink } from './source.ts'
import { tailFile, type FileTail } from './tail/file_tail.ts'
import type { TextFormat } from './text_formats.ts'

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
export function logSource({ path, format, host, follow, readFrom }: LogOptions, engine: EngineSecrets): Source {
  const id = `log:${path}`
  const tails = new Map<string, FileTail>()
  const counts = new Map<string, number>()
  const add = (name: string, count: number): void => void counts.set(name, (counts.get(name) ?? 0) + count)

  function tailOf(file: string, sink: SourceSink): FileTail {
    const told = new WeakMap<Feed, FeedCounts>()
    return tailFile({
      path: file,
      position: sink.positions().get(file) ?? null,
      follow,
      fromEnd: readFrom === 'end',
      newFeed: (head) =>
        openFeed({ host: host ?? `unknown (${basename(file)})`, engine, ...(format === undefined ? {} : { format }), ...(head === null ? {} : { head }) }),
      async keep(feed, position) {
        const now = feed.counts()
        countNew(now, told.get(feed), add)
        told.set(feed, now)
        await sink.add({ batches: feed.drain(), positions: new Map([[file, position]]) })
      },
      sleep: async (ms, signal) => void (await sleepFor(ms, undefined, { signal }).catch(() => undefined)),
    })
  }

  return {
    id,
    kind: 'log',
    async run(sink, signal) {
      const running = new Map<string, Promise<void>>()
      const stop = new AbortController()
      const both = AbortSignal.any([signal, stop.signal])
      try {
        while (!signal.aborted) {
          const isPattern = isSeveral(path)
          for (const file of isPattern ? filesOf(path) : [path]) {
            if (running.has(file)) continue
            if (running.size >= filesMax) {
              counts.set('filesLeftOut', (counts.get('filesLeftOut') ?? 0) + 1)
              break
            }
            const tail = tailOf(file, sink)
            tails.set(file, tail)
            running.set(file, tail.run(both))
          }
          const over = Promise.all(running.values())
          if (!follow || !isPattern) {
            await over
            return
          }
          await Promise.race([over.then(() => sleepFor(rescanMs, undefined, { signal })), sleepFor(rescanMs, undefined, { signal })]).catch((thrown) => {
            if (!signal.aborted) throw thrown
          })
        }
        await Promise.all(running.values())
      } catch (thrown) {
        throw thrown instanceof TapistryError ? thrown : new TapistryError('INPUT', `${path}: ${systemReason(thrown)}`, { cause: thrown })
      } finally {
        stop.abort()
        await Promise.allSettled(running.values())
      }
    },
    counts() {
      const all = Object.fromEntries(counts)
      for (const tail of tails.values()) {
        for (const [name, count] of Object.entries(tail.counts())) if (count > 0) all[name] = (all[name] ?? 0) + count
      }
      return all
    },
    detail() {
      const places = [...tails].map(([file, tail]) => ({ file, ...tail.place() }))
      const [first] = places
      if (first === undefined) return null
      if (places.length === 1) return `${basename(first.file)} at ${first.offset} of ${first.size} bytes`
      return `${places.length} files, ${places.reduce((sum, { offset }) => sum + offset, 0)} bytes read`
    },
  }
}

/** Files of one source that are followed at once. */
const filesMax = 1_000
/** How often a folder or glob is looked at for new files. */
const rescanMs = 5_000

function isSeveral(path: string): boolean {
  return /[*?[{]/.test(path) || statSync(path, { throwIfNoEntry: false })?.isDirectory() === true
}

function filesOf(path: string): string[] {
  const isFolder = statSync(path, { throwIfNoEntry: false })?.isDirectory() === true
  const files = isFolder ? readdirSync(path).map((name) => join(path, name)) : globSync(path)
  return files.filter((file) => statSync(file, { throwIfNoEntry: false })?.isFile() === true && !isRotatedName(file)).toSorted()
}

/** What rotation made of a log: it is read through the log that it was. */
function isRotatedName(file: string): boolean {
  return /\.(?:gz|zst|bz2|xz|old|bak|\d+)$|-\d{8,}$/.test(basename(file))
}

/** Counts what a feed has gained since it was last asked. */
function countNew(now: FeedCounts, before: FeedCounts | undefined, add: (name: string, count: number) => void): void {
  add('lines', now.lines - (before?.lines ?? 0))
  add('exchanges', now.exchanges - (before?.exchanges ?? 0))
  for (const [reason, { count }] of Object.entries(now.rejected)) add(`rejectedBy.${reason}`, count - (before?.rejected[reason]?.count ?? 0))
}
