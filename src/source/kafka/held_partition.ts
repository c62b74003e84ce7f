import type { Feed, FeedCounts } from '../feed.ts'
import type { PartitionBatch, PartitionLog } from './client.ts'
import type { ParkedRecord } from './parked.ts'
import { startOf, type PartitionPosition } from './start.ts'
import { shapesIn } from '../rejections.ts'

/** A partition that is read: what is read of it waits in the engine, where like exchanges are merged, until it is taken out with how far that brings it. */
export interface HeldPartition {
  readonly log: PartitionLog
  /** Reads records; one call at a time. */
  read(batch: PartitionBatch): Promise<void>
  /** What was read since the last call, whole; null where that is nothing, and while more is being read: then it is to be asked again once that was. */
  take(): TakenPiece | null
  /** Whether it was asked for what it could not give then. */
  isAwaited(): boolean
  /** Offsets of the record to be read next, and of the one to be written next as far as known. */
  place(): { readonly next: bigint; readonly end: bigint }
}

interface TakenPiece {
  readonly batches: readonly Uint8Array[]
  /** As it is kept. */
  readonly position: string
  readonly parked: readonly ParkedRecord[]
}

interface HoldOptions {
  readonly log: PartitionLog
  /** As it was kept; undefined for a partition that was never read. */
  readonly position: string | undefined
  readonly readFrom: 'beginning' | 'end'
  readonly feed: Feed
  readonly count: (name: string, count: number) => void
  /** Told what the last records look like that were rejected, by reason. */
  readonly look: (shapes: Readonly<Record<string, string>>) => void
  readonly now: () => number
}

/** Brings a partition to where it starts; what cannot be read any more is parked. */
export function holdPartition({ log, position, readFrom, feed, count, look, now }: HoldOptions): HeldPartition {
  const { topic, partition, topicId } = log
  const { offset, surprise } = startOf(log, position === undefined ? null : (JSON.parse(position) as PartitionPosition), readFrom)
  let [next, end] = [offset, log.end]
  let parked: ParkedRecord[] = []
  let counted: FeedCounts | null = null
  let isReading = false
  let isAwaited = false
  // Also of one that starts at its end, or elsewhere than it was left: the next run would else start at another place.
  let isNew = true
  if (surprise !== null) {
    const { reason, from, through } = surprise
    parked.push({ topic, partition, offset: String(from), ...(through === null ? {} : { through: String(through) }), reason, atMs: now() })
    count(`partitions.${reason}`, 1)
    if (reason === 'deleted' && through !== null) count('recordsLost', Number(through - from) + 1)
  }

  function park(place: bigint | undefined, reason: string): void {
    parked.push({ topic, partition, offset: String(place), reason, atMs: now() })
    count('recordsParked', 1)
  }

  function countNew(all: FeedCounts): void {
    count('lines', all.lines - (counted?.lines ?? 0))
    count('exchanges', all.exchanges - (counted?.exchanges ?? 0))
    for (const [reason, rejected] of Object.entries(all.rejected)) count(`rejectedBy.${reason}`, rejected.count - (counted?.rejected[reason]?.count ?? 0))
    look(shapesIn(all.rejected))
    counted = all
  }

  return {
    log,
    async read({ records, passed = [], next: after, end: known }) {
      isReading = true
      const filled = records.filter((record): record is { offset: bigint; value: Buffer } => record.value !== null)
      const ends = new Uint32Array(filled.length)
      filled.reduce((sum, { value }, index) => (ends[index] = sum + value.length), 0)
      const poison = await feed.pushRecords(Buffer.concat(filled.map(({ value }) => value)), ends)
      for (const { offset: at, value } of records) if (value === null) park(at, 'null')
      for (const { index, reason } of poison) park(filled[index]?.offset, reason)
      for (const { from, through, reason } of passed) {
        parked.push({ topic, partition, offset: String(from), through: String(through), reason, atMs: now() })
        count('recordsParked', Number(through - from) + 1)
      }
      count('records', records.length)
      countNew(feed.counts())
      ;[next, end] = [after, known]
      isNew = true
      isReading = false
    },
    take() {
      isAwaited = isReading
      if (!isNew || isReading) return null
      isNew = false
      const piece = { batches: feed.drain(), position: JSON.stringify({ offset: String(next), topicId } satisfies PartitionPosition), parked }
      parked = []
      return piece
    },
    isAwaited: () => isAwaited,
    place: () => ({ next, end }),
  }
}
