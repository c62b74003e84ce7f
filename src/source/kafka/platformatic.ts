import { type ClusterMetadata, Consumer, findErrorBy, ListOffsetTimestamps } from '@platformatic/kafka'

import { TapistryError } from '../../base/errors.ts'
import { sleep } from '../../base/sleep.ts'
import { boundedConsumer } from './bounded_consumer.ts'
import { brokerOptions } from './broker_options.ts'
import type { KafkaAccess, KafkaClient, KafkaHandler, PartitionOffset } from './client.ts'
import { batchOf, requestOf, type Place } from './fetching.ts'
import { kafkaProblem, topicProblem } from './problem.ts'

/** A member that the coordinator has not heard of for so long is out. */
const sessionTimeoutMs = 45_000
/** How long the members of a group have to give up their partitions. */
const rebalanceTimeoutMs = 60_000
/** How long this one takes for it at most; what is not kept until then is kept later. */
const giveUpMs = 30_000
/** The same where it is to end: what is not kept until then is read again by the next one. */
const leaveMs = 5_000
/** How often topics are looked for that are not there. */
const lookMs = 5_000
/** How long a fetch waits for records, and so how long it takes at most to notice anything else. */
const fetchWaitMs = 500
const fetchBytes = 8 << 20
/** How long leaving the group may take. */
const closeMs = 3_000

/** Speaks with brokers over @platformatic/kafka: the library keeps the membership, what is fetched and when is decided here. */
export function platformaticClient(access: KafkaAccess): Promise<KafkaClient> {
  const { topics } = access
  const common = optionsOf(access)
  let member: Consumer | null = null

  async function consume(handler: KafkaHandler, signal: AbortSignal): Promise<void> {
    const fetches = new Map<number, Promise<void>>()
    const bell = newBell()
    const over = new AbortController()
    let places: readonly Place[] | null = null
    let partitions = 0
    /** Those that are there, and why the others are not. */
    const present: string[] = []
    const missing = new Map(topics.map((topic) => [topic, '']))
    let lookedAt = 0
    /** Grows each time that partitions are given up. */
    let round = 0
    let isMember = false
    let isStepping = false
    let isAskedAgain = false
    let failure: { readonly thrown: unknown } | null = null

    function fail(thrown: unknown): void {
      failure ??= { thrown }
      bell.ring()
    }

    /** Before the member asks for partitions anew: whoever has them next begins where this one ends. */
    async function giveUp(): Promise<void> {
      round += 1
      isMember = false
      places = null
      const late = new AbortController()
      const leaving = async (): Promise<void> => {
        await sleep(giveUpMs, AbortSignal.any([signal, late.signal]))
        await sleep(leaveMs, late.signal)
      }
      await Promise.race([Promise.allSettled(fetches.values()).then(() => handler.revoked()), leaving()]).finally(() => late.abort())
    }

    /** Looks for topics that were not there, one by one: where several are asked for, one that is missing hides the others. */
    async function look(): Promise<void> {
      for (const topic of missing.keys()) {
        try {
          await reader.metadata({ topics: [topic], forceUpdate: true })
        } catch (thrown) {
          const problem = topicProblem(thrown, topic)
          if (problem === null) throw thrown
          missing.set(topic, problem)
          continue
        }
        missing.delete(topic)
        present.push(topic)
        for (const client of [group, reader]) client.topics.track(topic)
      }
      handler.missing([...missing.values()])
      lookedAt = performance.now()
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
    const reader = boundedConsumer(common)
    for (const client of [group, reader]) client.on('error', fail)
    group.on('consumer:group:join', () => {
      isMember = true
      bell.ring()
    })

    async function assign(): Promise<readonly Place[]> {
      const held = (group.assignments ?? []).flatMap((one) => one.partitions.map((partition) => ({ topic: one.topic, partition })))
      const [metadata, starts, ends] = await Promise.all([
        reader.metadata({ topics: [...present] }),
        reader.listOffsets({ topics: [...present], timestamp: ListOffsetTimestamps.EARLIEST }),
        reader.listOffsets({ topics: [...present], timestamp: ListOffsetTimestamps.LATEST }),
      ])
      partitions = partitionsOf(metadata)
      const logs = held.map(({ topic, partition }) => ({
        topic,
        partition,
        topicId: metadata.topics.get(topic)?.id ?? '',
        start: starts.get(topic)?.[partition] ?? 0n,
        end: ends.get(topic)?.[partition] ?? 0n,
      }))
      const offsets = await handler.assigned(logs)
      return logs.map(({ topic, partition, topicId, start }, index) => ({ topic, partition, topicId, next: offsets[index] ?? start, isFetched: false }))
    }

    /** Fetches once and has it taken. */
    async function fetchFrom(node: number, some: readonly Place[]): Promise<void> {
      const asked = [...Map.groupBy(some, ({ topicId }) => topicId)].map(([topicId, ofTopic]) => ({ topicId, partitions: ofTopic.map(requestOf) }))
      const response = await reader.fetch({ node, minBytes: 1, maxBytes: fetchBytes, maxWaitTime: fetchWaitMs, topics: asked }).catch((thrown: unknown) => {
        if (!(thrown instanceof Error) || findErrorBy(thrown, 'apiId', 'OFFSET_OUT_OF_RANGE') === null) throw thrown
        // Records were deleted before they were read: each partition is looked at anew.
        places = null
        return null
      })
      const batches = response === null ? [] : some.flatMap((place) => batchOf(response, place) ?? [])
      if (batches.length === 0) return
      await handler.read(batches.map(({ batch }) => batch))
      for (const { place, batch } of batches) place.next = batch.next
    }

    /** Starts what can be started now. */
    async function step(): Promise<void> {
      if (places === null) {
        // What is still being taken counts, wherever it is read on.
        if (fetches.size > 0) return
        const asked = round
        const assigned = await assign()
        if (round !== asked) return
        places = assigned
      }
      if (missing.size > 0 && performance.now() - lookedAt > lookMs) await look()
      const metadata = await reader.metadata({ topics: [...present] })
      // A group shares out what there was when it was formed: for partitions and topics that were added it is formed anew.
      if (partitionsOf(metadata) !== partitions) {
        isMember = false
        group.joinGroup({}).catch(fail)
        return
      }
      // A partition whose leader changes while it is fetched is fetched from there afterwards.
      const idle = (places ?? []).filter(({ isFetched }) => !isFetched)
      const nodes = Map.groupBy(idle, ({ topic, partition }) => metadata.topics.get(topic)?.partitions[partition]?.leader ?? -1)
      for (const [node, some] of nodes) {
        if (fetches.has(node)) continue
        for (const place of some) place.isFetched = true
        const fetching = fetchFrom(node, some)
          .catch(fail)
          .finally(() => {
            for (const place of some) place.isFetched = false
            fetches.delete(node)
            bell.ring()
          })
        fetches.set(node, fetching)
      }
      if (fetches.size === 0) void sleep(fetchWaitMs, over.signal).then(bell.ring)
    }

    /** Nobody waits for a step: it may last as long as nothing can be kept, and an end is to be heard meanwhile. */
    async function stepOn(): Promise<void> {
      isStepping = true
      await step().catch(fail)
      isStepping = false
      if (isAskedAgain) bell.ring()
      isAskedAgain = false
    }

    async function readOn(): Promise<void> {
      group.joinGroup({}).catch(fail)
      for (;;) {
        if (failure !== null) throw failure.thrown
        if (signal.aborted) return
        if (isMember && isStepping) isAskedAgain = true
        else if (isMember) void stepOn()
        await bell.heard()
      }
    }

    member = group
    signal.addEventListener('abort', bell.ring, { signal: over.signal })
    try {
      await look()
      if (present.length === 0) throw new TapistryError('INPUT', `Kafka at ${access.brokers.join(', ')}: ${[...missing.values()].join('; ')}`)
      await readOn()
      await giveUp()
    } catch (thrown) {
      throw kafkaProblem(thrown, access)
    } finally {
      member = null
      over.abort()
      await within(closeMs, Promise.allSettled([...fetches.values(), group.close(true), reader.close(true)]))
    }
  }

  async function commit(offsets: readonly PartitionOffset[]): Promise<void> {
    if (member?.isActive() !== true) throw new Error('this is no member of the group now')
    await member.commit({ offsets: offsets.map(({ topic, partition, offset }) => ({ topic, partition, offset, leaderEpoch: -1 })) })
  }

  return Promise.resolve({ consume, commit })
}

function optionsOf(access: KafkaAccess) {
  return { ...brokerOptions(access), groupId: access.group, autocommit: false }
}

function partitionsOf({ topics }: ClusterMetadata): number {
  return [...topics.values()].reduce((sum, { partitionsCount }) => sum + partitionsCount, 0)
}

/** Waits for `work`, but not longer than `ms`; rejects only where it does in time. */
async function within(ms: number, work: Promise<unknown>): Promise<void> {
  const late = new AbortController()
  await Promise.race([work, sleep(ms, late.signal)]).finally(() => late.abort())
}

/** Wakes one who waits; what rings while nobody does is heard by the next. Racing promises that last would hold on to every race. */
function newBell(): { ring: () => void; heard: () => Promise<void> } {
  let rung = Promise.withResolvers<void>()
  return {
    ring: () => rung.resolve(),
    async heard() {
      await rung.promise
      rung = Promise.withResolvers()
    },
  }
}
