import { Admin, Producer } from '@platformatic/kafka'
import { setTimeout as sleep } from 'node:timers/promises'

/** Makes, fills and cuts the topics of a broker. */
export class Topics {
  readonly #admin: Admin
  readonly #producer: Producer
  #written = 0

  constructor(brokers: readonly string[]) {
    const options = { clientId: 'test', bootstrapBrokers: [...brokers], retries: 10, retryDelay: 300 }
    this.#admin = new Admin(options)
    // What is sent again may be there twice.
    this.#producer = new Producer({ ...options, retries: 0, repeatOnStaleMetadata: false, metadataMaxAge: 0 })
  }

  /** Services of the exchanges written so far, with how many each has. */
  readonly expected: Map<string, number> = new Map()

  get written(): number {
    return this.#written
  }

  async create(name: string, partitions = 1): Promise<string> {
    await this.#admin.createTopics({ topics: [name], partitions, replicas: 1 })
    await this.ready(name, partitions)
    return name
  }

  /** Resolves when its partitions can be written: brokers hear of them from the controller a moment later. */
  async ready(name: string, partitions: number): Promise<void> {
    for (let tries = 0; !(await this.#isThere(name, partitions)); tries += 1) {
      if (tries > 200) throw new Error(`topic ${name} does not come up`)
      await sleep(50)
    }
  }

  async remove(name: string): Promise<void> {
    await this.#admin.deleteTopics({ topics: [name] })
  }

  async grow(name: string, partitions: number): Promise<void> {
    await this.#admin.createPartitions({ topics: [{ name, count: partitions, assignments: null }], validateOnly: false })
    await this.ready(name, partitions)
  }

  /** Deletes what stands before an offset, as retention would. */
  async cut(name: string, partition: number, offset: bigint): Promise<void> {
    await this.#admin.deleteRecords({ topics: [{ name, partitions: [{ partition, offset }] }] })
  }

  /** Records that hold exchanges, a few each, no two records alike; `count` exchanges in all, over the partitions in turn. */
  async exchanges(topic: string, count: number, { partitions = 1, perRecord = 1, compression = 'none' }: Writing = {}): Promise<void> {
    const values: string[] = []
    for (let left = count; left > 0; left -= perRecord) {
      values.push(Array.from({ length: Math.min(perRecord, left) }, () => this.#exchange()).join('\n'))
    }
    await this.records(topic, values, { partitions, compression })
  }

  /** `null` is a tombstone. */
  async records(topic: string, values: ReadonlyArray<string | null>, { partitions = 1, compression = 'none' }: Writing = {}): Promise<void> {
    for (let from = 0; from < values.length; from += 500) {
      const messages = values.slice(from, from + 500).map((value, index) => ({
        topic,
        partition: (from + index) % partitions,
        key: Buffer.from('key'),
        // The library writes no value for what is undefined, and its types do not know.
        value: (value === null ? undefined : Buffer.from(value)) as Buffer,
      }))
      await this.#producer.send({ messages, compression, acks: -1 })
    }
  }

  async committed(group: string): Promise<ReadonlyMap<string, bigint>> {
    const groups = await this.#admin.listConsumerGroupOffsets({ groups: [group] })
    return new Map(
      groups.flatMap(({ topics }) =>
        topics.flatMap(({ name, partitions }) => partitions.map((one) => [`${name}/${one.partitionIndex}`, one.committedOffset] as const)),
      ),
    )
  }

  async close(): Promise<void> {
    await Promise.allSettled([this.#admin.close(), this.#producer.close()])
  }

  async #isThere(name: string, partitions: number): Promise<boolean> {
    const indexes = Array.from({ length: partitions }, (_, partitionIndex) => ({ partitionIndex, timestamp: -1n }))
    const listed = await this.#admin.listOffsets({ topics: [{ name, partitions: indexes }] }).catch(() => [])
    return listed.length > 0
  }

  #exchange(): string {
    const number = (this.#written += 1)
    const host = `api-${number % 7}.example.com`
    this.expected.set(host, (this.expected.get(host) ?? 0) + 1)
    return JSON.stringify({
      method: number % 3 === 0 ? 'POST' : 'GET',
      host,
      path: `/items/${number}/parts`,
      status: 200,
      ts: 1_790_000_000_000 + number,
      resBody: { id: number, name: `part ${number % 5}` },
    })
  }
}

interface Writing {
  readonly partitions?: number
  readonly perRecord?: number
  readonly compression?: 'none' | 'gzip' | 'snappy' | 'lz4' | 'zstd'
}
