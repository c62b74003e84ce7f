import type { PartitionLog } from './client.ts'

/** How far a partition was read, as it is kept. */
export interface PartitionPosition {
  /** Of the record to be read next, in decimal: offsets have 63 bits. */
  readonly offset: string
  readonly topicId: string | null
}

/** Where reading of a partition starts, and why not where it was left. */
export interface Start {
  readonly offset: bigint
  readonly surprise: Surprise | null
}

interface Surprise {
  /** `deleted` before it was read, by retention; the topic was `recreated`; the log was `truncated` below what was read, by an unclean election. */
  readonly reason: 'deleted' | 'recreated' | 'truncated'
  /** First and last of the records that are passed over or, where truncated, written anew; the last is null where nobody knows. */
  readonly from: bigint
  readonly through: bigint | null
}

/** `position` null for a partition that was never read. */
export function startOf(log: PartitionLog, position: PartitionPosition | null, readFrom: 'beginning' | 'end'): Start {
  if (position === null) return { offset: readFrom === 'end' ? log.end : log.start, surprise: null }
  const left = BigInt(position.offset)
  const isSame = position.topicId === null || log.topicId === null ? null : position.topicId === log.topicId
  // What the former topic still held is gone, and nobody knows how much that was. Everything in the new one is new.
  if (isSame === false || (isSame === null && left > log.end)) return { offset: log.start, surprise: { reason: 'recreated', from: left, through: null } }
  // Records that take the places of those that were read are not told from them: reading goes on where writing does.
  if (left > log.end) return { offset: log.end, surprise: { reason: 'truncated', from: log.end, through: left - 1n } }
  if (left < log.start) return { offset: log.start, surprise: { reason: 'deleted', from: left, through: log.start - 1n } }
  return { offset: left, surprise: null }
}
