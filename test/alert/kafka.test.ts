import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { Ajv2020 } from 'ajv/dist/2020.js'
import { Kafka as KafkaJs, logLevel } from 'kafkajs'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'

import { kafka } from '../../src/alert/channels/kafka.ts'
import { packageFolder } from '../../src/base/version.ts'
import { until } from '../e2e/until.ts'
import { Broker, missingForBroker } from '../source/kafka/broker.ts'
import { digestItems, sampleMessage } from './sample_channel.ts'

const missing = missingForBroker()
if (missing !== null) console.log(`skipped: ${missing}`)

describe.skipIf(missing !== null)('a topic of Apache Kafka', () => {
  let broker: Broker
  beforeAll(async () => {
    broker = await new Broker().create()
  })
  afterAll(() => broker.close())

  it('has each message under its key, as webhooks are sent it', async () => {
    const client = new KafkaJs({ brokers: [broker.address()], logLevel: logLevel.NOTHING })
    const admin = client.admin()
    await admin.connect()
    await admin.createTopics({ topics: [{ topic: 'alerts' }] })
    await admin.disconnect()
    const channel = kafka({ brokers: [broker.address()], topic: 'alerts', timeoutMs: 10_000 }, 'https://t.example.com')
    const never = new AbortController().signal
    expect(await channel.deliver(sampleMessage(), never)).toEqual({ kind: 'sent', reference: null })
    expect(await channel.deliver(sampleMessage(digestItems, { key: 'alert_2' }), never)).toEqual({ kind: 'sent', reference: null })

    const got: Array<readonly [key: string | undefined, value: unknown]> = []
    const consumer = client.consumer({ groupId: 'reader' })
    await consumer.connect()
    await consumer.subscribe({ topic: 'alerts', fromBeginning: true })
    await consumer.run({ eachMessage: async ({ message: { key, value } }) => void got.push([key?.toString(), JSON.parse(value?.toString() ?? '')]) })
    await until(() => got.length === 2)
    await consumer.disconnect()
    const isDocumented = new Ajv2020({ strict: false }).compile(JSON.parse(readFileSync(join(packageFolder, 'schemas/alert.schema.json'), 'utf8')) as object)
    expect(got.map(([key, value]) => [key, isDocumented(value)])).toEqual([
      ['alert_0123456789abcdef', true],
      ['alert_2', true],
    ])
  })
})

it('brokers that are not there are tried again', async () => {
  const channel = kafka({ brokers: ['127.0.0.1:1'], topic: 'alerts', timeoutMs: 500 }, 'https://t.example.com')
  expect(await channel.deliver(sampleMessage(), new AbortController().signal)).toEqual({
    kind: 'later',
    problem: 'Kafka at 127.0.0.1:1: nobody listens there; start them, or correct brokers',
    afterMs: null,
  })
})
