import { systemCode, TapistryError } from '../base/errors.ts'
import type { NativeFeed } from './binding.d.ts'
import type { Descriptors } from './descriptors.ts'
import type { Beginning } from './known_beginning.ts'
import { binding } from './load_binding.ts'
import type { Rejections } from './rejections.ts'
import type { TextFormat } from './text_formats.ts'

/** Text records that come piece by piece, as from a growing file or a socket. The engine reads them; here their bytes only pass through. */
export interface Feed {
  /**
   * Takes bytes and reads the whole lines in them. Resolves to the bytes of all pushes, decoded, up to the last line feed. Rejects with `TapistryError` (INPUT)
   * where they cannot be decoded.
   */
  push(bytes: Uint8Array): Promise<number>
  /** Takes whole lines that count elsewhere, from the last line feed on. Resolves as `push` does. */
  pass(bytes: Uint8Array): Promise<number>
  /** What is behind the last line feed is a line too. Resolves to the bytes of all pushes. */
  end(): Promise<number>
  /**
   * Takes whole records, of one or more lines each, whether or not a line feed ends them; `ends` are their ends in `bytes`, in order. Resolves to those that
   * held no exchange.
   */
  pushRecords(bytes: Uint8Array, ends: Uint32Array): Promise<readonly PoisonRecord[]>
  /** What was observed since the last call, packed. */
  drain(): readonly Uint8Array[]
  /** Over the life of the feed. */
  counts(): FeedCounts
  /** What was read, as the beginning of its file; null where `PooledFeedOptions.after` did not say what came before. */
  beginning(): Beginning | null
}

/** A record without an exchange: which of those that were pushed together, and why its last line is none; `empty` where it has no line. */
interface PoisonRecord {
  readonly index: number
  readonly reason: string
}

export interface FeedCounts {
  readonly lines: number
  readonly exchanges: number
  readonly rejected: Rejections
  /** Null until the first lines have told it. */
  readonly format: string | null
}

export interface FeedOptions {
  /** Told by the first lines where absent. */
  readonly format?: TextFormat
  /** The service of lines that name no host. */
  readonly host: string
  /** What is pushed is coded so. */
  readonly coding?: 'gzip' | 'zstd'
  readonly engine: EngineSecrets
}

/** What every reading of the daemon shares. */
export interface EngineSecrets {
  /** Secret of the keyed hashes, 16 bytes. */
  readonly hashKey: Uint8Array
  /** Path literals of registered specs; another list where specs were registered anew, which is read with from then on. */
  readonly literals: readonly string[]
  /** Words that are known in paths of APIs. */
  readonly words: readonly string[]
  /** Files with secrets of TLS connections, absolute; of packets only. */
  readonly keys?: readonly string[]
  /** What is known of the messages of gRPC. */
  readonly descriptors?: Descriptors
}

/** Throws `TapistryError` (CONFIG) where the format is a template that cannot be used. */
export function openFeed({ format, host, coding, engine }: FeedOptions): Feed {
  const { NativeFeed } = binding()
  const native = refused(
    () =>
      new NativeFeed(
        {
          host,
          hashKey: engine.hashKey,
          literals: [...engine.literals],
          words: [...engine.words],
          ...(format === undefined ? {} : { inputFormat: format }),
          ...(coding === undefined ? {} : { coding }),
        },
        engine.descriptors?.native,
      ),
  )
  return asFeed(native, known(engine, native))
}

/** Where what several feeds observe is merged: however many they are, there is one table, and each batch holds what all of them have read. */
export interface FeedPool {
  /** A feed, nothing pushed; its `drain` is that of the pool. Throws as `openFeed` does. */
  feed(options: PooledFeedOptions): Feed
  /** Resolves to what all of them observed since the last call, packed. */
  drain(): Promise<readonly Uint8Array[]>
}

export interface PooledFeedOptions extends Pick<FeedOptions, 'format' | 'host'> {
  /** The beginning of what comes, where it is not pushed itself: logs name their columns there. */
  readonly head?: Uint8Array
  /** What comes before that which is pushed, and its last bytes, from the last multiple of 64 on. */
  readonly after?: { readonly bytes: number; readonly state: string; readonly rest: Uint8Array }
}

export function openFeedPool(engine: EngineSecrets): FeedPool {
  const { NativePool } = binding()
  const pool = new NativePool({ hashKey: engine.hashKey, literals: [...engine.literals], words: [...engine.words] }, engine.descriptors?.native)
  const refresh = known(engine, pool)
  return {
    feed: ({ format, host, head, after }) =>
      asFeed(
        refused(() =>
          pool.feed({
            host,
            ...(format === undefined ? {} : { inputFormat: format }),
            ...(head === undefined ? {} : { head }),
            ...(after === undefined ? {} : { after }),
          }),
        ),
        refresh,
      ),
    drain: () => pool.drain(),
  }
}

/** Before each reading: literals that have changed since the last one are those of the engine too. */
function known(engine: EngineSecrets, native: { setLiterals(literals: string[]): void }): () => void {
  let { literals } = engine
  return () => {
    if (engine.literals !== literals) native.setLiterals([...({ literals } = engine).literals])
  }
}

function asFeed(native: NativeFeed, refresh: () => void): Feed {
  const feed = (): NativeFeed => {
    refresh()
    return native
  }
  return {
    push: (bytes) =>
      feed()
        .push(Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength))
        .catch(undecodable),
    pass: (bytes) => feed().pass(Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength)),
    end: () => feed().end().catch(undecodable),
    pushRecords: (bytes, ends) => feed().pushRecords(Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength), ends),
    drain: () => native.drain(),
    counts: () => JSON.parse(native.counts()) as FeedCounts,
    beginning: () => native.beginning(),
  }
}

function undecodable(thrown: unknown): never {
  if (thrown instanceof Error && systemCode(thrown) === 'InvalidArg') throw new TapistryError('INPUT', thrown.message, { cause: thrown })
  throw thrown
}

function refused<T>(work: () => T): T {
  try {
    return work()
  } catch (thrown) {
    if (thrown instanceof Error && systemCode(thrown) === 'InvalidArg') throw new TapistryError('CONFIG', thrown.message, { cause: thrown })
    throw thrown
  }
}
