/** Records that were passed over: where they are and why, never what is in them. The latest are remembered, with the positions. */
export interface ParkedRecord {
  readonly topic: string
  readonly partition: number
  /** Decimal. */
  readonly offset: string
  /** The last of them, where several in a row have one reason. */
  readonly through?: string
  /** Why: a reason that lines are rejected for, `empty`, `null`, of a batch `batch_too_large` or `batch_undecodable`, or what befell the log: `deleted`, `recreated`, `truncated`. */
  readonly reason: string
  /** When it was passed over, epoch milliseconds. */
  readonly atMs: number
}

/** The part of a source's positions that holds them; partitions have a slash in theirs. */
export const parkedPart = 'parked'

/** Records that are remembered; those parked first are forgotten first. */
export const parkedMax = 1_000

/** `text` as it was kept; undefined for none. */
export function parkedIn(text: string | undefined): readonly ParkedRecord[] {
  return text === undefined ? [] : (JSON.parse(text) as readonly ParkedRecord[])
}

export function parkedText(records: readonly ParkedRecord[]): string {
  return JSON.stringify(records)
}

export function parkedWith(records: readonly ParkedRecord[], more: readonly ParkedRecord[]): readonly ParkedRecord[] {
  return [...records, ...more].slice(-parkedMax)
}
