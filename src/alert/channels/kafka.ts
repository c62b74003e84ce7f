import { systemReason, TapistryError } from '../../base/errors.ts'
import type { KafkaAccess } from '../../source/kafka/client.ts'
import type { Channel } from '../channel.ts'
import { documentOf } from './webhook.ts'

export interface Kafka extends Pick<KafkaAccess, 'brokers' | 'sasl' | 'tls'> {
  readonly topic: string
  readonly timeoutMs: number
}

/** A record a message, under its key: the document of webhooks. */
export function kafka({ topic, timeoutMs, ...access }: Kafka, publicUrl: string): Pick<Channel, 'canEdit' | 'paceMs' | 'deliver'> {
  return {
    canEdit: false,
    paceMs: 0,
    async deliver(message) {
      try {
        // Loaded by those who write to topics alone.
        const { writeRecord } = await import('../../source/kafka/write_record.ts')
        await writeRecord(access, { topic, key: message.key, value: JSON.stringify(documentOf(message, publicUrl)) }, timeoutMs)
        return { kind: 'sent', reference: null }
      } catch (thrown) {
        return { kind: 'later', problem: thrown instanceof TapistryError ? thrown.message : systemReason(thrown), afterMs: null }
      }
    },
  }
}
