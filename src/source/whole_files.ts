import { basename } from 'node:path'

import { readByContent } from './by_content.ts'
import type { EngineSecrets } from './feed.ts'
import { lookAt } from './look_at.ts'
import type { EngineOptions, InputReport } from './native.ts'
import type { LyingInput, SourceSink } from './source.ts'
import type { LogPool } from './tail/log_pool.ts'
import { beginningsOf, beginsAs, copiedFrom } from './tail/copied.ts'
import { windowBytes } from './tail/fingerprint.ts'
import { beginningsInLogs } from './tail/packed_copy.ts'
import { decompressed } from './tail/rotation.ts'
import { isWholePosition, readWhole, writeWhole, type WholePosition } from './whole_position.ts'

/** Files that do not grow line by line, as those that are compressed: each is read once, by content. */
export interface WholeFiles {
  /** Says which there are now. Those that were written to a moment ago are read when they are the same the next time. */
  look(files: readonly string[], sink: SourceSink): void
  /** Passes over those that are there, for good. */
  passOver(files: readonly string[], sink: SourceSink): Promise<void>
  /** Reads those that are to be read, one after the other. */
  read(sink: SourceSink, signal: AbortSignal): Promise<void>
  /** Those that are there and cannot be read to their ends, and why. */
  problems(): ReadonlyMap<string, string>
  /** Those that lie there, as far as they were read; null while one of them may be known that was not looked at. */
  lying(): readonly LyingInput[] | null
  /** Whether one is there that could be read to its end. */
  isAnyRead(): boolean
  counts(): { readonly files: number; readonly filesBad: number; readonly filesElsewhere: number }
  /** What is read right now; null for nothing. */
  detail(): string | null
}

export interface WholeFilesOptions {
  readonly engine: EngineSecrets
  /** The service of lines that name none, by the name of the file. */
  readonly hostOf: (name: string) => string
  readonly format?: NonNullable<EngineOptions['inputFormat']>
  /** Wait for files that are written to. */
  readonly follow: boolean
  readonly gate: LogPool['gate']
  readonly alike: LogPool['alike']
  /** Told what became of each that was read. */
  readonly note: (input: InputReport) => void
}

/** How long nothing was written to a file that is whole. */
const quietMs = 10_000
/** When one is tried again that the system has refused. */
const retryMs = 60_000

export function wholeFiles({ engine, hostOf, format, follow, gate, alike, note }: WholeFilesOptions): WholeFiles {
  const counts = { files: 0, filesBad: 0, filesElsewhere: 0 }
  /** Those that are there, as they were when they were looked at last. */
  let present = new Map<string, { readonly state: string; readonly changedMs: number; readonly isQuiet: boolean }>()
  /** Those that could not be read at all for now, as where a disk is away: they are tried again. */
  const failing = new Map<string, { readonly problem: string; readonly retryMs: number }>()
  let reading: string | null = null
  let positions: ReadonlyMap<string, string> = new Map()

  function kept(file: string): WholePosition | null {
    const text = positions.get(file)
    return text !== undefined && isWholePosition(text) ? readWhole(text) : null
  }

  /** What is kept of a file as it is now. */
  function current(file: string): WholePosition | null {
    const position = kept(file)
    return position?.whole === present.get(file)?.state ? position : null
  }

  return {
    look(files, sink) {
      positions = sink.positions()
      const before = present
      present = new Map()
      for (const file of files) {
        const facts = lookAt(file)
        if (facts === null || typeof facts === 'string') continue
        const state = `${facts.dev}:${facts.ino} ${facts.size} ${facts.mtimeMs} ${facts.ctimeMs}`
        const age = Date.now() - facts.mtimeMs
        const isQuiet = !follow || age > quietMs || before.get(file)?.state === state
        present.set(file, { state, changedMs: facts.mtimeMs, isQuiet: isQuiet && facts.size > 0 })
      }
    },
    async passOver(files, sink) {
      this.look(files, sink)
      const passed = [...present].map(([file, { state }]) => [file, writeWhole({ whole: state, input: null, problem: null })] as const)
      if (passed.length > 0) await sink.add({ batches: [], positions: new Map(passed) })
    },
    async read(sink, signal) {
      for (const [file, { state, isQuiet }] of present) {
        if (signal.aborted) return
        if (!isQuiet || current(file) !== null || (failing.get(file)?.retryMs ?? 0) > performance.now()) continue
        const host = hostOf(basename(file))
        const options = { host, ...(format === undefined ? {} : { inputFormat: format }) }
        let facts: Pick<WholePosition, 'head' | 'twice'> = {}
        const part = (input: InputReport | null): string | null =>
          isForNow(input) ? null : writeWhole({ whole: state, input: input?.position ?? null, problem: problemOf(file, input), ...facts })
        reading = basename(file)
        const isNew = kept(file) === null
        try {
          const read = await gate.alone(async () => {
            const followed = signal.aborted ? [] : await beginningsInLogs(file, alike)
            const copied = await copiedFrom(file, signal.aborted ? [] : sink.inputs())
            const head = (await decompressed(file, windowBytes))?.head
            facts = { ...(head === undefined ? {} : { head }), ...(copied.missing === null ? {} : { twice: copied.missing }) }
            return signal.aborted ? null : readByContent(file, engine, options, sink, signal, part, [...followed, ...beginningsOf(copied)])
          })
          if (read === null) return
          counts.files += 1
          if (read.isKnown && isNew) counts.filesElsewhere += 1
          const problem = problemOf(file, read.input)
          failing.delete(file)
          if (problem !== null && isForNow(read.input)) failing.set(file, { problem, retryMs: performance.now() + retryMs })
          if (problem !== null && problem !== '') counts.filesBad += 1
          if (read.input !== null) note(read.input)
        } finally {
          reading = null
        }
      }
    },
    problems() {
      const found = [...present.keys()].map((file) => {
        const { problem = null, twice } = current(file) ?? {}
        return [file, problem ?? (twice === undefined ? failing.get(file)?.problem : beginsAs(twice)) ?? ''] as const
      })
      return new Map(found.filter(([, problem]) => problem !== ''))
    },
    lying() {
      for (const [file, { isQuiet }] of present) if (isQuiet && kept(file) === null && !failing.has(file)) return null
      return [...present].flatMap(([file, { changedMs }]) => {
        const input = kept(file)?.input ?? null
        return input === null ? [] : [{ ...input, changedMs }]
      })
    },
    isAnyRead: () => [...present.keys()].some((file) => current(file)?.problem === null),
    counts: () => counts,
    detail: () => (reading === null ? null : `reading ${reading}`),
  }
}

/** Whether it may be read though nothing is written to it: nothing of it is known, and the system has refused it. */
function isForNow(input: InputReport | null): boolean {
  return input === null || (input.position === null && input.problem?.code === 'INPUT_IO')
}

/** Why a file was not read to its end; null where it was, empty where it holds nothing. */
function problemOf(file: string, input: InputReport | null): string | null {
  if (input === null) return 'cannot be read'
  if (input.problem?.code === 'INPUT_EMPTY') return ''
  if (input.problem !== null) {
    const { message } = input.problem
    return message.startsWith(`${file} `) ? message.slice(file.length + 1) : message
  }
  return input.cutAt === null ? null : `ends too early, after ${input.cutAt} bytes; what was before is read`
}
