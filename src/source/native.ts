import { availableParallelism } from 'node:os'
import { systemCode, TapistryError } from '../base/errors.ts'
import type { NativeOptions, NativeRun } from './binding.d.ts'
import type { Descriptors } from './descriptors.ts'
import { binding } from './load_binding.ts'
import type { Rejections } from './rejections.ts'
import { tapOf, type Tap } from './tap.ts'
import type { TextFormat } from './text_formats.ts'

/** What the engine is asked to read, and how. */
export interface EngineOptions {
  /** Files, folders, globs, or `-`. */
  readonly inputs: readonly string[]
  /** Batches of observations, or lines of NDJSON. */
  readonly mode: 'observations' | 'exchanges'
  /** Threads that reassemble; by default all cores but one, at least one. */
  readonly workers?: number
  /** The service of log lines that name no host. */
  readonly host?: string
  /** Format of text inputs; told by content where absent. */
  readonly inputFormat?: TextFormat
  /** Whether lines carry `targetSha` and `bodySha`. */
  readonly digests?: boolean
  /** Whether lines of the input that are no exchange get a line too, `{"n":7,"rejected":"bad_json"}`; of exchanges only. */
  readonly rejections?: boolean
  /** Path literals of registered specs: shown whatever they look like. */
  readonly literals?: readonly string[]
  /** Words that are known in paths of APIs: they stay apart where there are too many literals to keep. */
  readonly words?: readonly string[]
  /** Secret of the keyed hashes, 16 bytes. Without one a constant is used, and nothing keyed may be shown or kept. */
  readonly hashKey?: Uint8Array
  /** What was read of which inputs before. */
  readonly resume?: readonly InputPosition[]
  /** Packet filter in tcpdump syntax; of captures only. */
  readonly filter?: string
  /** What is known of the tap that captures are from. */
  readonly tap?: Tap
  /** Files with secrets of TLS connections, absolute or from the working folder. */
  readonly keys?: readonly string[]
  /** What is known of the messages of gRPC. */
  readonly descriptors?: Descriptors
}

/** How far an input was read: bytes consumed, and their SHA-256. */
interface InputPosition {
  readonly digest: string
  readonly bytes: number
}

/** A run of the native engine. Pull `next` until null; then the report is whole. */
export interface Engine {
  /** The next batch, whose bytes belong to the caller; null at the end. Rejects with `TapistryError` where the packet filter is wrong. */
  next(): Promise<Uint8Array | null>
  report(): EngineReport
  /** Every counter of the engine by dotted name. */
  counters(): Readonly<Record<string, number>>
  /** Packets or lines read so far. */
  progress(): number
  /** Ends the run early; batches still come until it has stopped. */
  stop(): void
}

export interface EngineReport {
  readonly inputs: readonly InputReport[]
}

/** What became of one input. */
export interface InputReport {
  readonly name: string
  /** `capture`, `text`, or empty where it could not be told. */
  readonly kind: string
  readonly format: string | null
  /** Decompressed bytes read. */
  readonly bytes: number
  readonly packets: number
  readonly exchanges: number
  /** Why it was not read to its end. */
  readonly problem: { readonly code: string; readonly message: string } | null
  /** Where a capture ends inside a record. */
  readonly cutAt: number | null
  /** Packets of a capture that make no sense: their records are damaged, or name an interface that is not there. */
  readonly malformed: number
  /** Where the first of them lies. */
  readonly malformedAt: number | null
  /** Lines that are no exchange, by reason. */
  readonly rejected: Rejections
  readonly position: InputPosition | null
  /** How much of it was counted by a run before. */
  readonly resumed: InputPosition | null
  /** Of a pipe: how much of it was counted by a run before, and is counted again here. */
  readonly repeated: InputPosition | null
  /** The input that counts in its place, since it holds the same; then nothing of this one is read. */
  readonly countsAs: string | null
}

/** Starts reading on threads of the engine. Throws `TapistryError` where the binary is missing or the format is no template. */
export function openEngine(options: EngineOptions): Engine {
  const { NativeRun } = binding()
  const native: NativeOptions = {
    inputs: [...options.inputs],
    exchanges: options.mode === 'exchanges',
    workers: options.workers ?? Math.max(1, availableParallelism() - 1),
    digests: options.digests ?? false,
    rejections: options.rejections ?? false,
    literals: [...(options.literals ?? [])],
    words: [...(options.words ?? [])],
    resume: [...(options.resume ?? [])],
    ...tapOf(options.tap ?? {}),
    keys: [...(options.keys ?? [])],
    ...(options.host === undefined ? {} : { host: options.host }),
    ...(options.inputFormat === undefined ? {} : { inputFormat: options.inputFormat }),
    ...(options.hashKey === undefined ? {} : { hashKey: options.hashKey }),
    ...(options.filter === undefined ? {} : { filter: options.filter }),
  }
  const run = started(() => new NativeRun(native, options.descriptors?.native))
  return {
    next: () => run.next().catch(refused),
    report: () => JSON.parse(run.report()) as EngineReport,
    counters: () => JSON.parse(run.summary()) as Record<string, number>,
    progress: () => run.progress(),
    stop: () => run.stop(),
  }
}

function started(start: () => NativeRun): NativeRun {
  try {
    return start()
  } catch (thrown) {
    return refused(thrown)
  }
}

/** The path as it may be shown: `/users/{int}`; literals of registered specs are shown whatever they look like. */
export function shapePath(path: string, literals: readonly string[]): string {
  return binding().shapePath(path, [...literals])
}

/** Says of an option that the engine cannot meet that it is the caller's. */
function refused(thrown: unknown): never {
  if (thrown instanceof Error && systemCode(thrown) === 'InvalidArg') throw new TapistryError('USAGE', thrown.message, { cause: thrown })
  throw thrown
}
