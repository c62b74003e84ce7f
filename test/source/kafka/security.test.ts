import { readFileSync } from 'node:fs'
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest'

import type { KafkaAccess } from '../../../src/source/kafka/client.ts'
import { platformaticClient } from '../../../src/source/kafka/platformatic.ts'
import { Broker, missingForBroker, user } from './broker.ts'
import { kafkajsClient } from './kafkajs.ts'
import { reading, Store, until, type Reading } from './reading.ts'
import { Topics } from './topics.ts'

const missing = missingForBroker()
if (missing !== null) console.log(`skipped: ${missing}`)

const closed = 'they closed the connection; do they want tls, tls.certFile or sasl, or none of these?'
const clients = [
  { name: '@platformatic/kafka', open: platformaticClient },
  { name: 'kafkajs', open: kafkajsClient },
] as const

let broker: Broker
let topics: Topics
const running: Reading[] = []

describe.skipIf(missing !== null)('access to brokers', () => {
  beforeAll(async () => {
    broker = await new Broker().create('all')
    topics = new Topics([broker.address()])
    await topics.create('gateway')
    await topics.exchanges('gateway', 10)
  })
  afterEach(async () => {
    await Promise.all(running.splice(0).map((one) => one.stop()))
  })
  afterAll(async () => {
    await topics.close()
    await broker.close()
  })

  const tls = (): NonNullable<KafkaAccess['tls']> => ({
    ca: readFileSync(broker.certificates.ca, 'utf8'),
    cert: readFileSync(broker.certificates.clientCertificate, 'utf8'),
    key: readFileSync(broker.certificates.clientKey, 'utf8'),
    rejectUnauthorized: true,
  })

  for (const { name, open } of clients) {
    const read = (access: Partial<KafkaAccess>): { store: Store; one: Reading } => {
      const store = new Store()
      const one = reading(store, { brokers: [broker.address()], topics: ['gateway'], group: `group-${Math.random()}`, ...access }, open)
      running.push(one)
      return { store, one }
    }

    it.each(['plain', 'scram-sha-256', 'scram-sha-512'] as const)(`is had by ${name} with %s`, async (mechanism) => {
      const { store, one } = read({ brokers: [broker.address('SASL')], sasl: { mechanism, ...user } })
      await until(() => store.total === 10, one.problem)
    })

    it(`is had by ${name} with certificates on both sides`, async () => {
      const { store, one } = read({ brokers: [broker.address('TLS')], tls: tls() })
      await until(() => store.total === 10, one.problem)
    })
  }

  const refused: ReadonlyArray<[string, () => Partial<KafkaAccess>, string]> = [
    [
      'a wrong password',
      () => ({ brokers: [broker.address('SASL')], sasl: { mechanism: 'plain', ...user, password: 'guessed' } }),
      'user name and password are refused; correct sasl.username and sasl.password',
    ],
    [
      'a wrong password of SCRAM',
      () => ({ brokers: [broker.address('SASL')], sasl: { mechanism: 'scram-sha-256', ...user, password: 'guessed' } }),
      'user name and password are refused; correct sasl.username and sasl.password',
    ],
    [
      'a certificate of nobody known',
      () => ({ brokers: [broker.address('TLS')], tls: { rejectUnauthorized: true } }),
      'their certificate is not trusted; name its authority in tls.caFile',
    ],
    ['no certificate of ours', () => ({ brokers: [broker.address('TLS')], tls: { ca: tls().ca ?? '', rejectUnauthorized: true } }), closed],
    ['TLS where there is none', () => ({ tls: { rejectUnauthorized: false } }), closed],
    ['no TLS where there is', () => ({ brokers: [broker.address('TLS')] }), 'they want TLS; set tls, or name a port without it'],
    ['nobody there', () => ({ brokers: ['127.0.0.1:1'] }), 'nobody listens there; start them, or correct brokers'],
    ['no such host', () => ({ brokers: ['nowhere.invalid:9092'] }), 'there is no such host; correct brokers'],
  ]
  it.each(refused)('says what is wrong: %s', async (_, access, words) => {
    const store = new Store()
    const one = reading(store, { brokers: [broker.address()], topics: ['gateway'], ...access() })
    running.push(one)
    await until(() => one.problem() !== null)
    const [address] = access().brokers ?? [broker.address()]
    expect(one.problem()).toBe(`Kafka at ${address}: ${words}`)
  })
})
