import { type ClusterMetadata, Consumer, findErrorBy, ListOffsetTimestamps } from '@platformatic/kafka'
import { isIP } from 'node:net'

import { sleep } from '../../base/sleep.ts'
import type { KafkaAccess, KafkaClient, KafkaHandler, KafkaRecord, Partition, PartitionBatch, PartitionOffset } from './client.ts'
import { kafkaProblem } from './problem.ts'

/** A partition that is held, and the offset of the record to be read of it next. */
interface Place extends Partition {
  next: bigint
  isFetched: boolean
}

/** A member that the coordinator has not heard of for so long is out. */
const sessionTimeoutMs = 45_000
/** How long the members of a group have to give up their partitions. */
const rebalanceTimeoutMs = 60_000
/** How long this one takes for it at most; what is not kept until then is kept later. */
const giveUpMs = 30_000
/** How long a fetch waits for records, and so how long it takes at most to notice anything else. */
const fetchWaitMs = 500
const fetchBytes = 8 << 20
const partitionBytes = 1 << 20
/** How long leaving the group may take. */
const closeMs = 3_000
/** Batches of this kind mark the ends of transactions. */
const controlBit = 1 << 5

/** Speaks with brokers over @platformatic/kafka: the library keeps the membership, what is fetched and when is decided here. */
export function platformaticClient(access: KafkaAccess): Promise<KafkaClient> {
  const { topics } = access
  const common = optionsOf(access)
  let member: Consumer | null = null

  async function consume(handler: KafkaHandler, signal: AbortSignal): Promise<void> {
    let joined = Promise.withResolvers<void>()
    let places: readonly Place[] | null = null
    let partitions = 0
    const fetches = new Map<number, Promise<void>>()
    const failed = Promise.withResolvers<never>()
    failed.promise.catch(() => undefined)
    const aborted = new Promise<void>((resolve) => {
      if (signal.aborted) resolve()
      signal.addEventListener('abort', () => resolve(), { once: true })
    })

    /** Before the member asks for partitions anew: whoever has them next begins where this one ends. */
    async function giveUp(): Promise<void> {
      places = null
      joined = Promise.withResolvers()
      await within(
        giveUpMs,
        Promise.allSettled(fetches.values()).then(() => handler.revoked()),
      )
    }

    const group = new Consumer({
      ...common,
      groupInstanceId: access.member,
      sessionTimeout: sessionTimeoutMs,
      rebalanceTimeout: rebalanceTimeoutMs,
      // The library asks for this before each time it joins, and joins when it has it.
      protocolsMetadata: async () => {
        await giveUp()
        return Buffer.alloc(0)
      },
    })
    // A broker answers the requests of a connection one after another: a fetch that waits for records would hold up heartbeats.
    const reader = new Consumer(common)
    for (const client of [group, reader]) {
      client.topics.trackAll(...topics)
      client.on('error', failed.reject)
    }
    group.on('consumer:group:join', () => joined.resolve())

    async function assign(): Promise<readonly Place[]> {
      const held = (group.assignments ?? []).flatMap(({ topic, partitions }) => partitions.map((partition) => ({ topic, partition })))
      const [metadata, starts, ends] = await Promise.all([
        reader.metadata({ topics: [...topics] }),
        reader.listOffsets({ topics: [...topics], timestamp: ListOffsetTimestamps.EARLIEST }),
        reader.listOffsets({ topics: [...topics], timestamp: ListOffsetTimestamps.LATEST }),
      ])
      partitions = partitionsOf(metadata)
      const logs = held.map(({ topic, partition }) => ({
        topic,
        partition,
        topicId: metadata.topics.get(topic)?.id ?? null,
        start: starts.get(topic)?.[partition] ?? 0n,
        end: ends.get(topic)?.[partition] ?? 0n,
      }))
      const offsets = await handler.assigned(logs)
      return logs.map(({ topic, partition, start }, index) => ({ topic, partition, next: offsets[index] ?? start, isFetched: false }))
    }

    /** Fetches once and has it taken. Partitions whose leader changes meanwhile are fetched from there afterwards. */
    async function fetchFrom(node: number, some: readonly Place[], topicIds: ReadonlyMap<string, string>): Promise<void> {
      const response = await reader
        .fetch({
          node,
          minBytes: 1,
          maxBytes: fetchBytes,
          maxWaitTime: fetchWaitMs,
          topics: some.map(({ topic, partition, next }) => ({
            topicId: topicIds.get(topic) ?? '',
            partitions: [{ partition, fetchOffset: next, currentLeaderEpoch: -1, lastFetchedEpoch: -1, partitionMaxBytes: partitionBytes }],
          })),
        })
        .catch((thrown: unknown) => {
          if (!(thrown instanceof Error) || findErrorBy(thrown, 'apiId', 'OFFSET_OUT_OF_RANGE') === null) throw thrown
          // Records were deleted before they were read: each partition is looked at anew.
          places = null
          return null
        })
      if (response === null) return
      const batches = some.flatMap((place) => batchOf(response, topicIds.get(place.topic) ?? '', place) ?? [])
      if (batches.length === 0) return
      await handler.read(batches.map(({ batch }) => batch))
      for (const { place, batch } of batches) place.next = batch.next
    }

    async function readOn(): Promise<void> {
      await Promise.race([group.joinGroup({}), aborted, failed.promise])
      while (!signal.aborted) {
        await Promise.race([joined.promise, aborted, failed.promise])
        if (signal.aborted) return
        if (places === null) {
          const asked = joined
          // What is still being taken counts, wherever it is read on.
          await Promise.race([Promise.allSettled(fetches.values()), aborted, failed.promise])
          const assigned = await assign()
          // Given up again meanwhile.
          if (joined !== asked) continue
          places = assigned
        }
        const metadata = await reader.metadata({ topics: [...topics] })
        // A group shares out what there was when it was formed: for partitions that were added it is formed anew.
        if (partitionsOf(metadata) !== partitions) {
          await group.joinGroup({})
          continue
        }
        const topicIds = new Map([...metadata.topics].map(([topic, { id }]) => [topic, id]))
        const idle = (places ?? []).filter(({ isFetched }) => !isFetched)
        const nodes = Map.groupBy(idle, ({ topic, partition }) => metadata.topics.get(topic)?.partitions[partition]?.leader ?? -1)
        for (const [node, some] of nodes) {
          if (fetches.has(node)) continue
          for (const place of some) place.isFetched = true
          const fetching = fetchFrom(node, some, topicIds)
            .catch(failed.reject)
            .finally(() => {
              for (const place of some) place.isFetched = false
              fetches.delete(node)
            })
          fetches.set(node, fetching)
        }
        await Promise.race([...fetches.values(), ...(fetches.size === 0 ? [sleep(fetchWaitMs, signal)] : []), aborted, failed.promise])
      }
    }

    member = group
    try {
      for (const topic of topics)
        await reader.metadata({ topics: [topic] }).catch((thrown: unknown) => Promise.reject(kafkaProblem(thrown, { ...access, topics: [topic] })))
      await readOn()
      await giveUp()
    } catch (thrown) {
      throw kafkaProblem(thrown, access)
    } finally {
      member = null
      await within(closeMs, Promise.allSettled([...fetches.values(), group.close(true), reader.close(true)]))
    }
  }

  async function commit(offsets: readonly PartitionOffset[]): Promise<void> {
    if (member?.isActive() !== true) throw new Error('this is no member of the group now')
    await member.commit({ offsets: offsets.map(({ topic, partition, offset }) => ({ topic, partition, offset, leaderEpoch: -1 })) })
  }

  return Promise.resolve({ consume, commit })
}

function optionsOf({ brokers, group, sasl, tls }: KafkaAccess) {
  return {
    clientId: 'tapistry',
    groupId: group,
    bootstrapBrokers: [...brokers],
    retries: 2,
    retryDelay: 300,
    autocommit: false,
    ...(sasl === undefined ? {} : { sasl: { ...sasl, mechanism: mechanisms[sasl.mechanism] } }),
    ...(tls === undefined ? {} : { tls: { ...tls }, tlsServerName: brokers.every((broker) => isIP(hostOf(broker)) === 0) }),
  }
}

const mechanisms = { 'plain': 'PLAIN', 'scram-sha-256': 'SCRAM-SHA-256', 'scram-sha-512': 'SCRAM-SHA-512' } as const

function hostOf(broker: string): string {
  return broker.replace(/:\d+$/, '').replace(/^\[(.*)\]$/, '$1')
}

function partitionsOf({ topics }: ClusterMetadata): number {
  return [...topics.values()].reduce((sum, { partitionsCount }) => sum + partitionsCount, 0)
}

type FetchResponse = Awaited<ReturnType<Consumer['fetch']>>

/** What a response has of a partition; null where that leaves it where it is. */
function batchOf(response: FetchResponse, topicId: string, place: Place): { readonly place: Place; readonly batch: PartitionBatch } | null {
  const read = response.responses.find((one) => one.topicId === topicId)?.partitions.find(({ partitionIndex }) => partitionIndex === place.partition)
  const last = read?.records?.at(-1)
  if (read === undefined || last === undefined) return null
  // A batch is sent whole: what stands in it before the offset asked for was read.
  const records = (read.records ?? [])
    .filter(({ attributes }) => (attributes & controlBit) === 0)
    .flatMap((batch): KafkaRecord[] => batch.records.map(({ offsetDelta, value }) => ({ offset: batch.firstOffset + BigInt(offsetDelta), value })))
    .filter(({ offset }) => offset >= place.next)
  const { topic, partition } = place
  return { place, batch: { topic, partition, records, next: last.firstOffset + BigInt(last.lastOffsetDelta) + 1n, end: read.highWatermark } }
}

/** Waits for `work`, but not longer than `ms`; rejects only where it does in time. */
async function within(ms: number, work: Promise<unknown>): Promise<void> {
  const late = new AbortController()
  await Promise.race([work, sleep(ms, late.signal)]).finally(() => late.abort())
}
