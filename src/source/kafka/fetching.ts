import type { Consumer } from '@platformatic/kafka'

import { tooLargeBit, undecodableBit } from './bounded_batches.ts'
import type { KafkaRecord, Partition, PartitionBatch, PassedBatch } from './client.ts'

/** A partition that is held, and the offset of the record to be read of it next. */
export interface Place extends Partition {
  /** Of the topic that was assigned: a later one of the same name has another, and is not fetched by mistake. */
  readonly topicId: string
  next: bigint
  isFetched: boolean
}

type FetchOptions = Parameters<Consumer['fetch']>[0]
type FetchResponse = Awaited<ReturnType<Consumer['fetch']>>

/** Of one partition in one answer; a batch that is longer comes alone. */
const partitionBytes = 1 << 20
/** Batches of this kind mark the ends of transactions. */
const controlBit = 1 << 5

export function requestOf({ partition, next }: Place): FetchOptions['topics'][number]['partitions'][number] {
  return { partition, fetchOffset: next, currentLeaderEpoch: -1, lastFetchedEpoch: -1, partitionMaxBytes: partitionBytes }
}

/** What an answer has of a partition; null where that leaves it where it is. */
export function batchOf(response: FetchResponse, place: Place): { readonly place: Place; readonly batch: PartitionBatch } | null {
  const { topic, partition, topicId, next } = place
  const read = response.responses.find((one) => one.topicId === topicId)?.partitions.find(({ partitionIndex }) => partitionIndex === partition)
  const last = read?.records?.at(-1)
  if (read === undefined || last === undefined) return null
  // A batch is sent whole: what stands in it before the offset asked for was read.
  const records = (read.records ?? [])
    .filter(({ attributes }) => (attributes & controlBit) === 0)
    .flatMap((batch): KafkaRecord[] => batch.records.map(({ offsetDelta, value }) => ({ offset: batch.firstOffset + BigInt(offsetDelta), value })))
    .filter(({ offset }) => offset >= next)
  const passed = (read.records ?? []).flatMap(({ attributes, firstOffset, lastOffsetDelta }): PassedBatch[] => {
    const reason = (attributes & tooLargeBit) !== 0 ? 'batch_too_large' : (attributes & undecodableBit) !== 0 ? 'batch_undecodable' : null
    return reason === null ? [] : [{ from: firstOffset > next ? firstOffset : next, through: firstOffset + BigInt(lastOffsetDelta), reason }]
  })
  return { place, batch: { topic, partition, records, passed, next: last.firstOffset + BigInt(last.lastOffsetDelta) + 1n, end: read.highWatermark } }
}
