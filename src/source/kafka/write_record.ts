import { Producer, stringSerializers } from '@platformatic/kafka'

import { brokerOptions } from './broker_options.ts'
import type { KafkaAccess } from './client.ts'
import { kafkaProblem } from './problem.ts'

export interface KafkaRecordToWrite {
  readonly topic: string
  readonly key: string
  readonly value: string
}

/** Writes one record and resolves when all replicas that are in step have it. Rejects with `TapistryError` (INPUT). */
export async function writeRecord(access: Pick<KafkaAccess, 'brokers' | 'sasl' | 'tls'>, record: KafkaRecordToWrite, timeoutMs: number): Promise<void> {
  const producer = new Producer({
    ...brokerOptions(access),
    serializers: stringSerializers,
    acks: -1,
    timeout: timeoutMs,
    requestTimeout: timeoutMs,
    connectTimeout: timeoutMs,
  })
  try {
    await producer.send({ messages: [record] })
  } catch (thrown) {
    throw kafkaProblem(thrown, { brokers: access.brokers, topics: [record.topic], group: '' })
  } finally {
    await producer.close(true).catch(() => undefined)
  }
}
