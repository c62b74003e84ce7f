import type { AlertDesk } from '../alert/alert_desk.ts'
import type { Decision, DecisionChange } from '../finding/decision.ts'
import type { RegisteredSpec } from '../finding/documents.ts'
import type { InventoryDocument, JsonSchema } from '../inventory/document.ts'
import type { ParkedRecord } from '../source/kafka/parked.ts'
import type { OtlpRequest } from '../source/otlp.ts'
import type { Rejections } from '../source/rejections.ts'
import type { SourceStatus } from '../source/source.ts'

/** What the API reads; the daemon implements it. Nothing in it waits, but for `ingest` and `otlp`. */
export interface InventoryView {
  /** The inventory as it is published: a new object whenever it changed, the same one otherwise. */
  inventory(): InventoryDocument
  /** In the order of the configuration. */
  sources(): readonly SourceStatus[]
  /** Records that a source has passed over, the latest thousand; null where there is no such source. */
  parked(source: string): readonly ParkedRecord[] | null
  /** Why the daemon is not ready, a sentence each; empty when it is. */
  unready(): readonly string[]
  /** What happened to an endpoint, service or finding, oldest first: at most `limit` events behind `afterId` (0: from the first). */
  history(subject: string, afterId: number, limit: number): readonly HistoryEvent[]
  /** The inventory as it was. */
  readonly past: PastView
  readonly alerts: AlertDesk
  /** The same of all subjects. */
  events(afterId: number, limit: number): readonly ChangeEvent[]
  /** Whether it may be told: whoever is limited to services hears of these alone. */
  tells(event: ChangeEvent): boolean
  /** The id of the newest event that ever was, pruned or not; 0 where none was. */
  lastEventId(): number
  /** Calls `listener` when there are new events; returns what ends that. */
  onEvents(listener: () => void): () => void
  readonly decisions: DecisionDesk
  /** The registered documents, of the configuration and of the store. */
  specs(): readonly RegisteredSpec[]
  /** Every counter of the engine, sources, state and storage by dotted name, for metrics. */
  counters(): ReadonlyMap<string, number>
  /** Takes NDJSON exchanges; null where no source of type http is configured. */
  readonly ingest: Ingest | null
  /** Takes export requests of OTLP; null where no source of type http is configured. */
  readonly otlp: OtlpIngest | null
}

interface PastView {
  /** At the end of a day such as `2026-11-20`, in UTC: `now` where it is the same as now, null where it is not known. The same object while it is asked for again. */
  asOf(day: string): InventoryDocument | 'now' | null
  /** The first day that is known; null where only today is. */
  oldest(): string | null
}

/** Where people decide. */
export interface DecisionDesk {
  /** In the order in which they did. */
  all(): readonly Decision[]
  /** How many are kept, shown here or not. */
  count(): number
  /** Keeps a change, and shows the inventory with it. Throws `TapistryError` where it cannot be kept: then nothing was decided. */
  keep(change: DecisionChange): void
}

/** A change with the id of what changed. */
export interface ChangeEvent extends HistoryEvent {
  readonly subject: string
}

/** A change that was seen. Ids rise from event to event. */
interface HistoryEvent {
  readonly id: number
  /** When it was found, epoch milliseconds. */
  readonly atMs: number
  readonly kind: string
  readonly what: string
  /** Names, kinds and classes that the inventory shows. */
  readonly details: JsonSchema
}

export interface Ingest {
  /** True where there is no room now: a request is answered 429 with Retry-After before its body is read. */
  isFull(): boolean
  /**
   * Takes one body and resolves when its exchanges are kept; a client on whose connection nothing moves for a minute is given up. `body` is chunks as they
   * came off the wire, coded as `encoding` says, at most as many bytes as the server allows; it throws where the client goes away or sends more. `key` is the
   * Idempotency-Key. Rejects with `TapistryError`: INPUT where the body cannot be decoded (400), USAGE where
   * another body was kept under the key (422), any other code where it cannot be kept now (503).
   */
  take(body: AsyncIterable<Uint8Array>, encoding: BodyEncoding, key: string | null): Promise<IngestAnswer>
}

interface OtlpIngest {
  /** As of `Ingest`. */
  isFull(): boolean
  /** As `take`, of an export request, whose spans or log records are the lines. */
  takeOtlp(body: AsyncIterable<Uint8Array>, request: OtlpRequest): Promise<IngestAnswer>
}

export type BodyEncoding = 'identity' | 'gzip' | 'zstd'

/** What became of the lines of one body. */
export interface IngestAnswer {
  readonly exchanges: number
  readonly rejected: number
  /** By reason; lines are counted from 1. */
  readonly rejectedBy: Rejections
  /** Whether the Idempotency-Key was seen before: the counts are those of the first time, and nothing was added. */
  readonly repeated: boolean
}
