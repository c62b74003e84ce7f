import { sleep } from '../../base/sleep.ts'
import { openFeed, type EngineSecrets, type Feed, type FeedCounts } from '../feed.ts'
import type { Source, SourceSink } from '../source.ts'
import type { TextFormat } from '../text_formats.ts'
import type { KafkaAccess, KafkaClient, KafkaHandler, OpenKafkaClient, Partition, PartitionBatch, PartitionLog } from './client.ts'
import { parkedIn, parkedPart, parkedText, parkedWith, type ParkedRecord } from './parked.ts'
import { startOf, type PartitionPosition } from './start.ts'

export interface KafkaSourceOptions extends KafkaAccess {
  /** Told by the first lines where absent. */
  readonly format?: TextFormat
  /** The service of lines that name none. */
  readonly host?: string
  /** Where a partition begins that was never read. */
  readonly readFrom: 'beginning' | 'end'
}

/** A partition that is held. */
interface Held extends Partition {
  readonly topicId: string | null
  readonly feed: Feed
  /** What the feed had counted when it was looked at last. */
  counted: FeedCounts | null
  next: bigint
  end: bigint
}

/** How often the group is told how far partitions were read. */
const commitMs = 5_000

/**
 * Records of topics, each of them one or more lines. How far each partition was read is kept with what was read, and only that counts: what the group is told
 * is for those who watch it. So each data folder needs a group of its own.
 */
export function kafkaSource(options: KafkaSourceOptions, engine: EngineSecrets, open: OpenKafkaClient = openLazily): Source {
  const { topics, group, format, host, readFrom } = options
  const counts: Record<string, number> = { records: 0, lines: 0, exchanges: 0, recordsParked: 0, recordsLost: 0, assignments: 0 }
  let held: ReadonlyMap<string, Held> = new Map()
  let parked: readonly ParkedRecord[] = []
  const add = (name: string, count: number): void => void (count > 0 && (counts[name] = (counts[name] ?? 0) + count))

  const newFeed = (topic: string): Feed => openFeed({ host: host ?? `unknown (${topic})`, engine, ...(format === undefined ? {} : { format }) })

  /** Brings a partition to where it starts; what cannot be read any more is parked. */
  function hold(log: PartitionLog, text: string | undefined, passed: ParkedRecord[]): Held {
    const { topic, partition, topicId } = log
    const { offset, surprise } = startOf(log, text === undefined ? null : (JSON.parse(text) as PartitionPosition), readFrom)
    if (surprise !== null) {
      const { reason, from, through } = surprise
      passed.push({ topic, partition, offset: String(from), ...(through === null ? {} : { through: String(through) }), reason })
      add(`partitions.${reason}`, 1)
      if (reason === 'deleted' && through !== null) add('recordsLost', Number(through - from) + 1)
    }
    const { feed, counted } = held.get(partOf(log)) ?? { feed: newFeed(topic), counted: null }
    return { topic, partition, topicId, feed, counted, next: offset, end: log.end }
  }

  /** Reads what came of one partition; records that held no exchange are parked. */
  async function readOne({ records, next, end, ...at }: PartitionBatch, passed: ParkedRecord[]): Promise<Held | null> {
    const one = held.get(partOf(at))
    if (one === undefined) return null
    const park = (offset: bigint | undefined, reason: string): void => {
      passed.push({ ...at, offset: String(offset), reason })
      add('recordsParked', 1)
    }
    const filled = records.filter((record): record is { offset: bigint; value: Buffer } => record.value !== null)
    for (const { offset, value } of records) if (value === null) park(offset, 'null')
    const ends = new Uint32Array(filled.length)
    filled.reduce((sum, { value }, index) => (ends[index] = sum + value.length), 0)
    for (const { index, reason } of await one.feed.pushRecords(Buffer.concat(filled.map(({ value }) => value)), ends)) park(filled[index]?.offset, reason)
    add('records', records.length)
    const counted = one.feed.counts()
    countNew(counted, one.counted, add)
    Object.assign(one, { counted, next, end })
    return one
  }

  function handlerOf(sink: SourceSink, client: KafkaClient, signal: AbortSignal): KafkaHandler {
    async function keep(some: readonly Held[], passed: readonly ParkedRecord[]): Promise<void> {
      const positions = new Map(
        some.map((one) => [partOf(one), JSON.stringify({ offset: String(one.next), topicId: one.topicId } satisfies PartitionPosition)]),
      )
      if (passed.length > 0) {
        parked = parkedWith(parked, passed)
        positions.set(parkedPart, parkedText(parked))
      }
      await sink.add({ batches: some.flatMap(({ feed }) => feed.drain()), positions })
    }

    return {
      async assigned(logs) {
        const passed: ParkedRecord[] = []
        const positions = sink.positions()
        held = new Map(logs.map((log) => [partOf(log), hold(log, positions.get(partOf(log)), passed)]))
        add('assignments', 1)
        // Also of those that start at their end: the next run would else start at another one.
        await keep([...held.values()], passed)
        return [...held.values()].map(({ next }) => next)
      },
      async revoked() {
        // Where nothing can be kept now, it is kept later, and the partition is given up all the same.
        await sink.kept().catch(() => undefined)
        if (signal.aborted) await tell(client)
      },
      async read(batches) {
        const passed: ParkedRecord[] = []
        const read = await Promise.all(batches.map((batch) => readOne(batch, passed)))
        await keep(
          read.filter((one) => one !== null),
          passed,
        )
      },
    }
  }

  /** A courtesy: that it fails harms nobody, and is counted. */
  async function tell(client: KafkaClient, offsets = offsetsOf(held)): Promise<void> {
    await client.commit(offsets).catch(() => add('commitsFailed', 1))
  }

  async function tellEverySoOften(client: KafkaClient, sink: SourceSink, signal: AbortSignal): Promise<void> {
    let told = ''
    while (!signal.aborted) {
      await sleep(commitMs, signal)
      const offsets = offsetsOf(held)
      const text = offsets.map(({ offset }) => offset).join()
      if (signal.aborted || text === told || offsets.length === 0) continue
      const isKept = await sink.kept().then(
        () => true,
        () => false,
      )
      if (isKept && !signal.aborted) await tell(client, offsets)
      told = text
    }
  }

  return {
    id: `kafka:${group}`,
    kind: 'kafka',
    async run(sink, signal) {
      parked = parkedIn(sink.positions().get(parkedPart))
      const client = await open(options)
      const over = new AbortController()
      void tellEverySoOften(client, sink, AbortSignal.any([signal, over.signal]))
      try {
        await client.consume(handlerOf(sink, client, signal), signal)
      } finally {
        over.abort()
        held = new Map()
      }
    },
    counts: () => counts,
    detail() {
      const behind = [...held.values()].reduce((sum, { next, end }) => sum + (end > next ? end - next : 0n), 0n)
      const last = parked.at(-1)
      const passed = last === undefined ? '' : `; passed over ${last.topic}/${last.partition} at ${last.offset}: ${last.reason}`
      return `${held.size} partitions of ${topics.join(', ')}, ${behind} records behind${passed}`
    },
  }
}

/** The library is large: it is loaded where a source needs it. */
async function openLazily(access: KafkaAccess): Promise<KafkaClient> {
  const { platformaticClient } = await import('./platformatic.ts')
  return platformaticClient(access)
}

function partOf({ topic, partition }: Partition): string {
  return `${topic}/${partition}`
}

function offsetsOf(held: ReadonlyMap<string, Held>): Array<Partition & { readonly offset: bigint }> {
  return [...held.values()].map(({ topic, partition, next }) => ({ topic, partition, offset: next }))
}

/** Counts what a feed has gained since it was looked at last. */
function countNew(now: FeedCounts, before: FeedCounts | null, add: (name: string, count: number) => void): void {
  add('lines', now.lines - (before?.lines ?? 0))
  add('exchanges', now.exchanges - (before?.exchanges ?? 0))
  for (const [reason, { count }] of Object.entries(now.rejected)) add(`rejectedBy.${reason}`, count - (before?.rejected[reason]?.count ?? 0))
}
