import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest'
import { setTimeout as sleep } from 'node:timers/promises'

import type { KafkaSourceOptions } from '../../../src/source/kafka/kafka.ts'
import { parkedIn, parkedPart } from '../../../src/source/kafka/parked.ts'
import { platformaticClient } from '../../../src/source/kafka/platformatic.ts'
import { Broker, missingForBroker } from './broker.ts'
import { kafkajsClient } from './kafkajs.ts'
import { reading as readingOf, Store, until, type Reading } from './reading.ts'
import { Topics } from './topics.ts'

const missing = missingForBroker()
if (missing !== null) console.log(`skipped: ${missing}`)

const clients = [
  { name: '@platformatic/kafka', open: platformaticClient, codecs: ['none', 'gzip', 'snappy', 'lz4', 'zstd'], knowsTopics: true },
  { name: 'kafkajs', open: kafkajsClient, codecs: ['none', 'gzip'], knowsTopics: false },
] as const

describe.skipIf(missing !== null).each(clients)('topics over $name', ({ open, codecs, knowsTopics }) => {
  let broker: Broker
  let topics: Topics
  let store = new Store()
  let count = 0
  const running: Reading[] = []

  beforeAll(async () => {
    broker = await new Broker().create()
  })
  afterEach(async () => {
    await Promise.all(running.splice(0).map((one) => one.stop()))
    await topics.close()
  })
  afterAll(() => broker.close())

  /** A topic of its own, an empty store, and nothing written yet. */
  async function begin(partitions = 1): Promise<string> {
    store = new Store()
    topics = new Topics([broker.address()])
    count += 1
    return topics.create(`gateway-${count}`, partitions)
  }

  function read(topic: string, options: Partial<KafkaSourceOptions> = {}): Reading {
    const one = readingOf(store, { brokers: [broker.address()], topics: [topic], group: `group-${topic}`, ...options }, open)
    running.push(one)
    return one
  }

  const parked = () => parkedIn(store.positions.get(parkedPart))

  it('are read from where they were left, each record once', async () => {
    const topic = await begin(3)
    await topics.exchanges(topic, 900, { partitions: 3, perRecord: 2 })
    const first = read(topic)
    await until(
      () => store.total === 900,
      () => [store.total, first.problem()],
    )
    await topics.exchanges(topic, 300, { partitions: 3 })
    await until(() => store.total === 1_200)
    await first.stop()
    await topics.exchanges(topic, 60, { partitions: 3, perRecord: 5 })
    const second = read(topic)
    await until(() => store.total === 1_260)
    await sleep(500)
    expect(store.exchanges).toEqual(topics.expected)
    expect(second.source.counts()).toMatchObject({ records: 12, lines: 60, exchanges: 60, recordsParked: 0, recordsLost: 0 })
    expect(second.source.detail()).toBe(`3 partitions of ${topic}, 0 records behind`)
    await second.stop()
    // For those who watch the group.
    expect([...(await topics.committed(`group-${topic}`)).values()].reduce((sum, offset) => sum + offset, 0n)).toBe(762n)
  })

  it('are read in every codec that the client knows', async () => {
    const topic = await begin()
    for (const compression of codecs) await topics.exchanges(topic, 100, { compression })
    const { problem } = read(topic)
    await until(
      () => store.total === 100 * codecs.length,
      () => [store.total, problem()],
    )
    expect(store.exchanges).toEqual(topics.expected)
  })

  it('hold lines of access logs as well', async () => {
    const topic = await begin()
    const line = (path: string): string => `10.0.0.1 - - [21/Sep/2026:14:00:00 +0000] "GET ${path} HTTP/1.1" 200 3 "-" "curl/8"`
    await topics.records(topic, [`${line('/a')}\n${line('/b')}`, `${line('/c')}\n`, 'nonsense'])
    const { source } = read(topic, { format: 'combined', host: 'shop.example.com' })
    await until(() => store.total === 3 && parked().length === 1)
    expect([...store.exchanges]).toEqual([['shop.example.com', 3]])
    expect(source.counts()).toMatchObject({ records: 3, lines: 4, exchanges: 3 })
  })

  it('may hold records without an exchange, which are parked by place and reason', async () => {
    const topic = await begin()
    await topics.exchanges(topic, 2)
    await topics.records(topic, ['{"secret":"hunter2"}', null, '', 'x'.repeat(3 << 20)])
    await topics.exchanges(topic, 2, { perRecord: 2 })
    const { source } = read(topic)
    await until(() => store.total === 4)
    const at = (offset: number, reason: string) => ({ topic, partition: 0, offset: String(offset), reason })
    const inOrder = parked().toSorted((one, other) => Number(one.offset) - Number(other.offset))
    expect(inOrder).toEqual(
      [at(2, 'missing_method'), at(3, 'null'), at(4, 'empty'), at(5, 'line_too_long')].map((one) =>
        expect.objectContaining({ ...one, reason: expect.any(String) }),
      ),
    )
    expect(inOrder.map(({ reason }) => reason).slice(1)).toEqual(['null', 'empty', 'line_too_long'])
    expect(source.counts()).toMatchObject({ records: 7, recordsParked: 4, exchanges: 4, lines: 6 })
    expect(JSON.stringify([...store.positions, source.counts(), source.detail()])).not.toMatch(/hunter2|xxx|secret/)
  })

  it('begin at their end where asked to, and there alone', async () => {
    const topic = await begin()
    await topics.exchanges(topic, 5)
    topics.expected.clear()
    const first = read(topic, { readFrom: 'end' })
    await until(() => store.positions.has(`${topic}/0`))
    await first.stop()
    await topics.exchanges(topic, 8)
    read(topic, { readFrom: 'end' })
    await until(() => store.total === 8)
    expect(store.exchanges).toEqual(topics.expected)
  })

  it('say what was deleted before it was read', async () => {
    const topic = await begin()
    await topics.exchanges(topic, 10)
    const first = read(topic)
    await until(() => store.total === 10)
    await first.stop()
    await topics.exchanges(topic, 20)
    await topics.cut(topic, 0, 25n)
    const { source } = read(topic)
    await until(() => store.total === 15)
    expect(source.counts()).toMatchObject({ 'recordsLost': 15, 'partitions.deleted': 1 })
    expect(parked()).toMatchObject([{ topic, partition: 0, offset: '10', through: '24', reason: 'deleted' }])
    expect(source.detail()).toContain('at 10: deleted')
  })

  it('are told from later ones of the same name', async () => {
    const topic = await begin()
    await topics.exchanges(topic, 10)
    const first = read(topic)
    await until(() => store.total === 10)
    await first.stop()
    await topics.remove(topic)
    await sleep(500)
    await topics.create(topic)
    // Without identities only a shorter one is told.
    await topics.exchanges(topic, knowsTopics ? 30 : 5)
    const { source } = read(topic)
    await until(() => store.total === (knowsTopics ? 40 : 15))
    expect(source.counts()).toMatchObject({ 'partitions.recreated': 1 })
    expect(store.exchanges).toEqual(topics.expected)
  })

  it('that are not there are named', async () => {
    await begin()
    const { problem } = read('nowhere')
    await until(() => problem() !== null)
    expect(problem()).toBe(`Kafka at ${broker.address()}: there is no topic nowhere; create it, or correct topics`)
  })

  it('that are not there keep no others from being read, are named, and are read once they are', async () => {
    const topic = await begin()
    const later = `${topic}-later`
    await topics.exchanges(topic, 10)
    const { source, problem } = read(topic, { topics: [later, topic] })
    await until(
      () => store.total === 10,
      () => [store.total, problem()],
    )
    expect(source.detail()).toContain(`there is no topic ${later}; create it, or correct topics`)
    await topics.create(later)
    await topics.exchanges(later, 5)
    await topics.exchanges(topic, 2)
    await until(
      () => store.total === 17,
      () => [store.total, problem()],
    )
    expect(store.exchanges).toEqual(topics.expected)
    expect([source.detail()?.includes('there is no topic'), problem()]).toEqual([false, null])
  })

  it('are not read ahead of the store', async () => {
    const topic = await begin()
    await topics.exchanges(topic, 4_000)
    const free = Promise.withResolvers<void>()
    store.room = free.promise
    const { source } = read(topic)
    await until(() => store.adds > 0)
    await sleep(1_500)
    const { adds } = store
    await topics.exchanges(topic, 4_000)
    await sleep(1_500)
    expect(store.adds).toBe(adds)
    store.room = null
    free.resolve()
    await until(() => store.total === 8_000)
    expect(store.exchanges).toEqual(topics.expected)
    // It was heard of all the while: nothing was assigned anew.
    expect(source.counts()).toMatchObject({ assignments: 1 })
  })

  it.runIf(knowsTopics)('may hold batches that inflate beyond all bounds, which are parked whole', async () => {
    const topic = await begin()
    await topics.exchanges(topic, 3)
    const bomb = `${' '.repeat(70 << 20)}{"method":"GET","path":"/bomb"}`
    for (const compression of ['gzip', 'zstd', 'snappy', 'lz4'] as const) await topics.records(topic, [bomb], { compression })
    await topics.exchanges(topic, 4, { compression: 'gzip' })
    const { source, problem } = read(topic)
    await until(
      () => store.total === 7,
      () => [store.total, problem(), source.detail()],
    )
    expect(parked().map(({ offset, through, reason }) => [offset, through, reason])).toEqual(
      ['3', '4', '5', '6'].map((offset) => [offset, offset, 'batch_too_large']),
    )
    expect(source.counts()).toMatchObject({ recordsParked: 4, exchanges: 7 })
  })

  it.runIf(knowsTopics)('are left though what was read of them cannot be kept', async () => {
    const topic = await begin()
    await topics.exchanges(topic, 100)
    const free = Promise.withResolvers<void>()
    store.room = free.promise
    const one = read(topic)
    await until(() => store.adds > 0)
    await topics.exchanges(topic, 100)
    let hasStopped = false
    void one.stop().then(() => (hasStopped = true))
    // Giving partitions up to others may take longer than this waits.
    await until(() => hasStopped)
    free.resolve()
  })

  it('move between members of a group that share a store, and no record is lost or doubled', async () => {
    const topic = await begin(6)
    const first = read(topic)
    const writing = (async () => {
      for (let round = 0; round < 40; round += 1) {
        await topics.exchanges(topic, 120, { partitions: 6 })
        await sleep(100)
      }
    })()
    await until(
      () => store.total > 300,
      () => [first.problem(), store.total],
    )
    const second = read(topic)
    await until(
      () => (second.source.counts()['records'] ?? 0) > 100,
      () => [first.problem(), second.problem(), first.source.detail(), second.source.detail()],
    )
    await first.stop()
    const before = second.source.counts()['records'] ?? 0
    await until(
      () => (second.source.counts()['records'] ?? 0) > before + 200,
      () => [second.problem(), second.source.detail()],
    )
    const third = read(topic)
    await writing
    await until(
      () => store.total >= topics.written,
      () => [store.total, topics.written],
    )
    await sleep(500)
    expect(store.exchanges).toEqual(topics.expected)
    expect([second.problem(), third.problem()]).toEqual([null, null])
  })

  it.runIf(knowsTopics)('may get more partitions while they are read', async () => {
    const topic = await begin()
    await topics.exchanges(topic, 10)
    const { source } = read(topic)
    await until(() => store.total === 10)
    await topics.grow(topic, 4)
    await until(() => source.detail()?.startsWith('4 partitions') === true, source.detail)
    await topics.exchanges(topic, 40, { partitions: 4 })
    await until(
      () => store.total === 50,
      () => [store.total, source.detail()],
    )
    expect(store.exchanges).toEqual(topics.expected)
  })

  it('are read on when the broker is back', async () => {
    const topic = await begin(2)
    await topics.exchanges(topic, 100, { partitions: 2 })
    const one = read(topic)
    await until(() => store.total === 100)
    await broker.stop('SIGKILL')
    await until(() => one.problem() !== null)
    expect(one.problem()).toMatch(/^Kafka at 127\.0\.0\.1:\d+: (?:nobody listens there|they closed the connection)/)
    await broker.start()
    await topics.close()
    const { expected } = topics
    topics = new Topics([broker.address()])
    for (const [service, exchanges] of expected) topics.expected.set(service, exchanges)
    await topics.ready(topic, 2)
    await topics.exchanges(topic, 50, { partitions: 2 })
    await until(
      () => store.total >= 150,
      () => [store.total, one.problem()],
    )
    await sleep(500)
    expect(store.exchanges).toEqual(topics.expected)
  })
})
