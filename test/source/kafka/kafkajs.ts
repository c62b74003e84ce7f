import { Kafka, logLevel, type EachBatchPayload, type KafkaConfig } from 'kafkajs'

import { TapistryError } from '../../../src/base/errors.ts'
import { sleep } from '../../../src/base/sleep.ts'
import type { KafkaAccess, KafkaClient, KafkaHandler, PartitionOffset } from '../../../src/source/kafka/client.ts'
import { kafkaProblem } from '../../../src/source/kafka/problem.ts'

/** The same over kafkajs, to show that nothing hangs on one library. It knows gzip alone, no static members, and no identities of topics. */
export function kafkajsClient(access: KafkaAccess): Promise<KafkaClient> {
  const { topics, group } = access
  const kafka = new Kafka(configOf(access))
  const consumer = kafka.consumer({
    groupId: group,
    sessionTimeout: 10_000,
    heartbeatInterval: 500,
    maxWaitTimeInMs: 300,
    retry: { retries: 2, restartOnFailure: () => Promise.resolve(false) },
  })

  async function consume(handler: KafkaHandler, signal: AbortSignal): Promise<void> {
    const admin = kafka.admin()
    const failed = Promise.withResolvers<never>()
    failed.promise.catch(() => undefined)
    let nexts = new Map<string, bigint>()
    // What was asked of the handler last: nothing is read before it has answered.
    let asked: Promise<void> = Promise.resolve()
    const then = (work: () => Promise<void>): void => {
      asked = asked.then(work)
      asked.catch(failed.reject)
    }

    async function assign(assignment: Readonly<Record<string, readonly number[]>>): Promise<void> {
      const logs = []
      for (const [topic, partitions] of Object.entries(assignment)) {
        const bounds = new Map((await admin.fetchTopicOffsets(topic)).map((one) => [one.partition, one]))
        for (const partition of partitions) {
          logs.push({ topic, partition, topicId: null, start: BigInt(bounds.get(partition)?.low ?? 0), end: BigInt(bounds.get(partition)?.high ?? 0) })
        }
      }
      const offsets = await handler.assigned(logs)
      nexts = new Map(logs.map(({ topic, partition }, index) => [`${topic}/${partition}`, offsets[index] ?? 0n]))
      for (const { topic, partition } of logs) consumer.seek({ topic, partition, offset: String(nexts.get(`${topic}/${partition}`)) })
    }

    async function eachBatch({ batch, resolveOffset, heartbeat, isStale }: EachBatchPayload): Promise<void> {
      await asked
      const { topic, partition } = batch
      const at = `${topic}/${partition}`
      const next = nexts.get(at)
      if (isStale() || next === undefined) return
      const beating = setInterval(() => void heartbeat().catch(() => undefined), 500)
      try {
        const records = batch.messages.map(({ offset, value }) => ({ offset: BigInt(offset), value })).filter(({ offset }) => offset >= next)
        const after = BigInt(batch.lastOffset()) + 1n
        await handler.read([{ topic, partition, records, next: after, end: BigInt(batch.highWatermark) }])
        nexts.set(at, after)
        resolveOffset(batch.lastOffset())
      } finally {
        clearInterval(beating)
      }
      await heartbeat()
    }

    /** Reads the topics that are there; those that came since are read too. */
    async function subscribe(present: Set<string>): Promise<void> {
      const known = new Set(await admin.listTopics())
      const added = topics.filter((topic) => known.has(topic) && !present.has(topic))
      const absent = topics.filter((topic) => !known.has(topic)).map((topic) => `there is no topic ${topic}; create it, or correct topics`)
      handler.missing(absent)
      for (const topic of added) present.add(topic)
      if (present.size === 0) throw new TapistryError('INPUT', `Kafka at ${access.brokers.join(', ')}: ${absent.join('; ')}`)
      if (added.length === 0) return
      await consumer.stop()
      await consumer.subscribe({ topics: added, fromBeginning: true })
      await consumer.run({ autoCommit: false, eachBatchAutoResolve: false, eachBatch })
    }

    consumer.on('consumer.group_join', ({ payload }) => then(() => assign(payload.memberAssignment)))
    consumer.on('consumer.rebalancing', () => then(() => handler.revoked()))
    consumer.on('consumer.crash', ({ payload }) => failed.reject(payload.error))
    try {
      await admin.connect()
      await consumer.connect()
      const present = new Set<string>()
      for (let rounds = 0; !signal.aborted; rounds += 1) {
        if (rounds % 10 === 0 && present.size < topics.length) await subscribe(present)
        await Promise.race([sleep(100, signal), failed.promise])
      }
      await handler.revoked()
    } catch (thrown) {
      throw kafkaProblem(thrown, access)
    } finally {
      await Promise.allSettled([consumer.disconnect(), admin.disconnect()])
    }
  }

  return Promise.resolve({
    consume,
    commit: (offsets: readonly PartitionOffset[]) =>
      consumer.commitOffsets(offsets.map(({ topic, partition, offset }) => ({ topic, partition, offset: String(offset) }))),
  })
}

function configOf({ brokers, sasl, tls }: KafkaAccess): KafkaConfig {
  return {
    clientId: 'tapistry',
    brokers: [...brokers],
    logLevel: logLevel.NOTHING,
    retry: { retries: 2 },
    ...(sasl === undefined ? {} : { sasl: sasl as NonNullable<KafkaConfig['sasl']> }),
    ...(tls === undefined ? {} : { ssl: { ...tls } }),
  }
}
