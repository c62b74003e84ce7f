/** A member of a consumer group, over whichever library speaks with the brokers. The group only shares out partitions: where they are read from is ours. */
export interface KafkaClient {
  /**
   * Joins the group and hands on the records of the partitions that it is given, until `signal` aborts; then it leaves the group and resolves. Rejects with
   * `TapistryError` (INPUT) where the brokers cannot be used, and with whatever the handler throws.
   */
  consume(handler: KafkaHandler, signal: AbortSignal): Promise<void>
  /** Tells the group how far partitions were read, for those who watch its lag; nothing is read back. Rejects where the group does not take it. */
  commit(offsets: readonly PartitionOffset[]): Promise<void>
}

/** Who uses a client. */
export interface KafkaHandler {
  /** Why topics cannot be read now, a sentence each; empty when all can. The others are read, and these are looked for again and again. */
  missing(problems: readonly string[]): void
  /** From now on these are the partitions of this member, and no others. Resolves to the offset that each is read from, in their order. */
  assigned(partitions: readonly PartitionLog[]): Promise<readonly bigint[]>
  /** All partitions are given up, and perhaps given to another member: resolves when what was read of them is kept. It may be called for none. */
  revoked(): Promise<void>
  /** Takes what was read. Nothing more of these partitions comes before it resolves, while the member stays in the group. */
  read(batches: readonly PartitionBatch[]): Promise<void>
}

export interface Partition {
  readonly topic: string
  readonly partition: number
}

/** A partition and what it holds: records from `start` up to `end`, which is the offset of the next one to be written. */
export interface PartitionLog extends Partition {
  /** Tells a topic from a later one of the same name; null where brokers or library do not know it. */
  readonly topicId: string | null
  readonly start: bigint
  readonly end: bigint
}

export interface PartitionOffset extends Partition {
  readonly offset: bigint
}

export interface PartitionBatch extends Partition {
  /** By offset, with gaps where records were compacted away or belong to no committed transaction. */
  readonly records: readonly KafkaRecord[]
  /** Batches whose records could not be had. */
  readonly passed?: readonly PassedBatch[]
  /** Offset of the record to be read next. */
  readonly next: bigint
  /** Offset of the record to be written next, as far as known. */
  readonly end: bigint
}

/** Offsets of the first and the last record of a batch that was passed over, and why. */
export interface PassedBatch {
  readonly from: bigint
  readonly through: bigint
  readonly reason: 'batch_too_large' | 'batch_undecodable'
}

export interface KafkaRecord {
  readonly offset: bigint
  readonly value: Buffer | null
}

/** How to reach the brokers, and as whom. */
export interface KafkaAccess {
  /** `host:port` of some of them; the others are learned from these. */
  readonly brokers: readonly string[]
  readonly topics: readonly string[]
  readonly group: string
  /** Names this member in the group, the same after a restart, so that it has its partitions back without waiting for its former self to be missed. */
  readonly member: string
  readonly sasl?: SaslAccess
  readonly tls?: TlsAccess
}

interface SaslAccess {
  readonly mechanism: 'plain' | 'scram-sha-256' | 'scram-sha-512'
  readonly username: string
  readonly password: string
}

/** PEM texts. */
export interface TlsAccess {
  /** The system's authorities where absent. */
  readonly ca?: string
  readonly cert?: string
  readonly key?: string
  readonly rejectUnauthorized: boolean
}

export type OpenKafkaClient = (access: KafkaAccess) => Promise<KafkaClient>
