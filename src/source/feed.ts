import { openNativeFeed } from './native.ts'
import type { TextFormat } from './text_formats.ts'

/** Text records that come piece by piece, as from a growing file or a socket. The engine reads them; here their bytes only pass through. */
export interface Feed {
  /** Takes bytes and reads the whole lines in them. Resolves to the bytes of all pushes up to the last line feed. */
  push(bytes: Uint8Array): Promise<number>
  /** What is behind the last line feed is a line too. Resolves to the bytes of all pushes. */
  end(): Promise<number>
  /** What was observed since the last call, packed. */
  drain(): readonly Uint8Array[]
  /** Over the life of the feed. */
  counts(): FeedCounts
}

export interface FeedCounts {
  readonly lines: number
  readonly exchanges: number
  readonly rejected: Readonly<Record<string, { readonly count: number; readonly firstLine: number }>>
  /** Null until the first lines have told it. */
  readonly format: string | null
}

export interface FeedOptions {
  /** Told by the first lines where absent. */
  readonly format?: TextFormat
  /** The service of lines that name no host. */
  readonly host: string
  readonly engine: EngineSecrets
}

/** What every reading of the daemon shares. */
export interface EngineSecrets {
  /** Secret of the keyed hashes, 16 bytes. */
  readonly hashKey: Uint8Array
  /** Path literals of registered specs. */
  readonly literals: readonly string[]
  /** Words that are known in paths of APIs. */
  readonly words: readonly string[]
}

export function openFeed({ format, host, engine }: FeedOptions): Feed {
  const feed = openNativeFeed({
    host,
    hashKey: engine.hashKey,
    literals: [...engine.literals],
    words: [...engine.words],
    ...(format === undefined ? {} : { inputFormat: format }),
  })
  return {
    push: (bytes) => feed.push(bytes),
    end: () => feed.end(),
    drain: () => feed.drain(),
    counts: () => JSON.parse(feed.counts()) as FeedCounts,
  }
}
