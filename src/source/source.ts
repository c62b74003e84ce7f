/**
 * One configured place where bytes come from. It reads until it is stopped; what it gives goes into a sink together with how far it was read, so that both
 * are kept in one transaction.
 */
export interface Source {
  /** Names it in positions, metrics and REST; the same in every run of one configuration: `log:/var/log/nginx/access.log`. */
  readonly id: string
  readonly kind: SourceKindName
  /**
   * Reads until `signal` aborts, or to the end of what does not grow; resolves then. Rejects with `TapistryError` where it cannot go on: it is run again
   * later, from its positions.
   */
  run(sink: SourceSink, signal: AbortSignal): Promise<void>
  /** Told that path literals of registered specs are others, where it does not look for itself with each piece that it reads. */
  literalsChanged?(): void
  /** What it counted, by name: `lines`, `rejected`, `rejectedBy.bad_json`, `kernelDrops`. */
  counts(): Readonly<Record<string, number>>
  /** Whether it reads, by what it finds itself; asked while `run` is under way and after. */
  standing(): SourceStanding
  /** Of files that are known by content: those that lie there, as far as they were read; null while that is not known. */
  lyingInputs?(): readonly LyingInput[] | null
  /** What the last record looks like that was rejected, by reason: letters, digits and what stands between them, never a value. */
  lastRejected?(): Readonly<Record<string, string>>
  /** What it reads right now, in words for people: `access.log at 1,204,993 of 1,204,993 bytes`. Never anything of traffic. */
  detail(): string | null
}

/** Whether a source reads. */
export interface SourceStanding {
  /**
   * `starting` until it knows. `waiting`: what it reads may come yet, as files of a glob or folder do that is there. `down`: what was named is not there or
   * cannot be read.
   */
  readonly state: 'starting' | 'waiting' | 'up' | 'down'
  /** Each part that cannot be read and why, in words for people; of one that is up too. The same words while nothing changes. */
  readonly problem: string | null
}

type SourceKindName = 'interface' | 'pcap' | 'log' | 'syslog' | 'http' | 'kafka'

/** Where a source puts what it reads. */
export interface SourceSink {
  /** How far the parts of this source were read when it was kept last, by part (a file, a partition), as the source wrote it. */
  positions(): ReadonlyMap<string, string>
  /** How far files were read before, over all sources and by scans: they are known by content. */
  inputs(): readonly InputPosition[]
  /** Takes what was read; resolves when there is room for more, which is before it is kept. */
  add(read: SourceRead): Promise<void>
  /**
   * Takes what somebody waits for an answer of: resolves when it is kept. Rejects with `TapistryError` where it cannot be; then nothing is left of it, its positions
   * are as before, and whoever sent it may send it again.
   */
  offer(read: OfferedRead): Promise<void>
  /** Resolves when all that was added is kept. Rejects where it cannot be. */
  kept(): Promise<void>
  /** Keeps all that was added without waiting for more; resolves when it is kept, however long the store refuses. */
  keep(): Promise<void>
}

/** An input that was seen, whether or not it was known before; `isSuperseded` where it has just been read further. */
export interface SeenInput extends InputPosition {
  readonly isSuperseded?: boolean
}

/** Bytes consumed of an input, and their SHA-256. */
export interface InputPosition {
  readonly digest: string
  readonly bytes: number
  /** Of which file they are, where that is known, and the SHA-256 of its first 4 KiB: a shorter copy of it may come. */
  readonly original?: { readonly path: string; readonly head: string }
}

/** How far a file was read that lies there, and when it was written last. */
export interface LyingInput extends InputPosition {
  readonly changedMs: number
}

/** What is taken or refused as one. */
export type OfferedRead = Pick<SourceRead, 'batches' | 'positions'>

/** A piece that a source has read, whole: its observations and how far they bring it. */
export interface SourceRead {
  /** Packed observations, as the engine gives them. */
  readonly batches: readonly Uint8Array[]
  /** New positions of parts; null for a part that is over and forgotten. */
  readonly positions?: ReadonlyMap<string, string | null>
  /** The same of other sources, by their ids, whose observations are in these batches too. */
  readonly others?: ReadonlyMap<string, ReadonlyMap<string, string | null>>
  /** Of files that are known by content: how far they were read, what was still open at their ends, and whose open ends are replaced. */
  readonly inputs?: {
    readonly positions: readonly SeenInput[]
    readonly tails: ReadonlyArray<{ readonly digest: string; readonly batches: readonly Uint8Array[] }>
    readonly dropTails: readonly string[]
  }
}

/** How a source is doing, as it is shown. */
export interface SourceStatus {
  readonly id: string
  readonly kind: SourceKindName
  /** `down` is tried again, at `retryAt` where that is known; `ended` has read all there was. */
  readonly state: SourceStanding['state'] | 'ended'
  /** Why it is down or what it waits for, and what of it cannot be read. */
  readonly problem: string | null
  readonly retryAt: string | null
  readonly detail: string | null
  readonly counts: Readonly<Record<string, number>>
  /** Of packets: the share of what must have been that was captured since the daemon was started; null where none were read. */
  readonly coverage: number | null
  /** What the last record looks like that was rejected, by reason. */
  readonly lastRejected: Readonly<Record<string, string>>
  /** When something was kept of it last, RFC 3339. */
  readonly keptAt: string | null
}
