import type { BaseOptions } from '@platformatic/kafka'
import { isIP } from 'node:net'

import type { KafkaAccess } from './client.ts'

/** How @platformatic/kafka reaches the brokers, and as whom. */
export function brokerOptions({ brokers, sasl, tls }: Pick<KafkaAccess, 'brokers' | 'sasl' | 'tls'>): BaseOptions {
  return {
    clientId: 'tapistry',
    bootstrapBrokers: [...brokers],
    retries: 2,
    retryDelay: 300,
    ...(sasl === undefined ? {} : { sasl: { ...sasl, mechanism: mechanisms[sasl.mechanism] } }),
    ...(tls === undefined ? {} : { tls: { ...tls }, tlsServerName: brokers.every((broker) => isIP(hostOf(broker)) === 0) }),
  }
}

const mechanisms = { 'plain': 'PLAIN', 'scram-sha-256': 'SCRAM-SHA-256', 'scram-sha-512': 'SCRAM-SHA-512' } as const

function hostOf(broker: string): string {
  return broker.replace(/:\d+$/, '').replace(/^\[(.*)\]$/, '$1')
}
