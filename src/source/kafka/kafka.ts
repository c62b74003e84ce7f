import { sleep } from '../../base/sleep.ts'
import { openFeed, type EngineSecrets } from '../feed.ts'
import type { Source, SourceSink } from '../source.ts'
import type { TextFormat } from '../text_formats.ts'
import type { KafkaAccess, KafkaClient, KafkaHandler, OpenKafkaClient, Partition, PartitionLog, PartitionOffset } from './client.ts'
import { holdPartition, type HeldPartition } from './held_partition.ts'
import { parkedIn, parkedPart, parkedText, parkedWith, type ParkedRecord } from './parked.ts'
import type { PartitionPosition } from './start.ts'

export interface KafkaSourceOptions extends KafkaAccess {
  /** Told by the first lines where absent. */
  readonly format?: TextFormat
  /** The service of lines that name none. */
  readonly host?: string
  /** Where a partition begins that was never read. */
  readonly readFrom: 'beginning' | 'end'
}

/** How long what was read waits in the engine: what is merged there costs nothing further on. */
const keepMs = 1_000
/** How often the group is told how far partitions were read. */
const commitMs = 5_000

/**
 * Records of topics, each of them one or more lines. How far each partition was read is kept with what was read, and only that counts: what the group is told
 * is for those who watch it. So each data folder needs a group of its own.
 */
export function kafkaSource(options: KafkaSourceOptions, engine: EngineSecrets, now: () => number, open: OpenKafkaClient = openLazily): Source {
  const { topics, group, format, host, readFrom } = options
  const counts: Record<string, number> = { records: 0, lines: 0, exchanges: 0, recordsParked: 0, recordsLost: 0, assignments: 0 }
  let held: ReadonlyMap<string, HeldPartition> = new Map()
  let parked: readonly ParkedRecord[] = []
  let missing: readonly string[] = []
  let keeping: Promise<void> = Promise.resolve()
  let isMember = false
  const count = (name: string, by: number): void => void (by > 0 && (counts[name] = (counts[name] ?? 0) + by))

  function hold(log: PartitionLog, position: string | undefined): HeldPartition {
    const feed = openFeed({ host: host ?? `unknown (${log.topic})`, engine, ...(format === undefined ? {} : { format }) })
    return holdPartition({ log, position, readFrom, feed, count, now })
  }

  /** Hands on what waits, of those partitions that are not being read. Resolves when there is room for more, and for what was handed on before. */
  function keep(sink: SourceSink): Promise<void> {
    keeping = Promise.all([keeping, keepNow(sink)]).then(() => undefined)
    return keeping
  }

  async function keepNow(sink: SourceSink): Promise<void> {
    const pieces = [...held].map(([part, one]) => ({ part, piece: one.take() }))
    const batches: Uint8Array[] = []
    const positions = new Map<string, string>()
    const passed: ParkedRecord[] = []
    for (const { part, piece } of pieces) {
      if (piece === null) continue
      batches.push(...piece.batches)
      positions.set(part, piece.position)
      passed.push(...piece.parked)
    }
    if (positions.size === 0) return
    if (passed.length > 0) {
      parked = parkedWith(parked, passed)
      positions.set(parkedPart, parkedText(parked))
    }
    await sink.add({ batches, positions })
  }

  function handlerOf(sink: SourceSink, client: KafkaClient, signal: AbortSignal): KafkaHandler {
    return {
      missing: (problems) => void (missing = problems),
      async assigned(logs) {
        await keep(sink)
        const positions = sink.positions()
        held = new Map(logs.map((log) => [partOf(log), hold(log, positions.get(partOf(log)))]))
        count('assignments', 1)
        // Also where there are more members than partitions, and none is ours.
        isMember = true
        await keep(sink)
        return [...held.values()].map((one) => one.place().next)
      },
      async revoked() {
        await keep(sink)
        // Where nothing can be kept now, it is kept later, and the partition is given up all the same.
        await sink.kept().catch(() => undefined)
        if (signal.aborted) await tell(client, sink).catch(() => undefined)
      },
      async read(batches) {
        const read = batches.map((batch) => ({ batch, one: held.get(partOf(batch)) }))
        await Promise.all(read.map(async ({ batch, one }) => one?.read(batch)))
        if (read.some(({ one }) => one?.isAwaited() === true)) await keep(sink)
        // While there is no room, nothing more is read.
        await keeping
      },
    }
  }

  /** Tells the group what is kept. A courtesy: that it fails harms nobody, and is counted. */
  async function tell(client: KafkaClient, sink: SourceSink): Promise<void> {
    const positions = sink.positions()
    const offsets = [...held].flatMap(([part, { log }]): PartitionOffset[] => {
      const position = positions.get(part)
      return position === undefined ? [] : [{ topic: log.topic, partition: log.partition, offset: BigInt((JSON.parse(position) as PartitionPosition).offset) }]
    })
    await sink.kept()
    if (offsets.length > 0) await client.commit(offsets).catch(() => count('commitsFailed', 1))
  }

  return {
    id: `kafka:${group}`,
    kind: 'kafka',
    async run(sink, signal) {
      keeping = Promise.resolve()
      parked = parkedIn(sink.positions().get(parkedPart))
      const client = await open(options)
      const over = new AbortController()
      const whole = AbortSignal.any([signal, over.signal])
      void eachTime(keepMs, whole, () => keep(sink))
      void eachTime(commitMs, whole, () => tell(client, sink))
      try {
        await client.consume(handlerOf(sink, client, signal), signal)
      } finally {
        over.abort()
        isMember = false
        held = new Map()
        missing = []
      }
    },
    standing: () => ({ state: isMember ? 'up' : 'starting', problem: null }),
    counts: () => counts,
    detail() {
      const places = [...held.values()].map((one) => one.place())
      const behind = places.reduce((sum, { next, end }) => sum + (end > next ? end - next : 0n), 0n)
      const last = parked.at(-1)
      const passed = last === undefined ? '' : `; passed over ${last.topic}/${last.partition} at ${last.offset}: ${last.reason}`
      return [`${held.size} partitions of ${topics.join(', ')}, ${behind} records behind${passed}`, ...missing].join('; ')
    },
  }
}

/** Where `work` fails it is tried again the next time. */
async function eachTime(ms: number, signal: AbortSignal, work: () => Promise<void>): Promise<void> {
  while (!signal.aborted) {
    await sleep(ms, signal)
    if (!signal.aborted) await work().catch(() => undefined)
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
