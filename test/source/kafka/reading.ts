import { setTimeout as sleep } from 'node:timers/promises'
import { expect } from 'vitest'

import { sleep as pause } from '../../../src/base/sleep.ts'
import { decodeBatch } from '../../../src/observation/codec.ts'
import type { KafkaAccess, OpenKafkaClient } from '../../../src/source/kafka/client.ts'
import { kafkaSource, type KafkaSourceOptions } from '../../../src/source/kafka/kafka.ts'
import type { Source, SourceRead, SourceSink } from '../../../src/source/source.ts'

const engine = { hashKey: new Uint8Array(16), literals: [], words: [] }

/** What is kept, in memory, by however many sources. */
export class Store {
  readonly positions: Map<string, string> = new Map()
  /** Exchanges by service. */
  readonly exchanges: Map<string, number> = new Map()
  /** Where it is set, there is no room before it resolves. */
  room: Promise<void> | null = null
  adds = 0

  get total(): number {
    return [...this.exchanges.values()].reduce((sum, count) => sum + count, 0)
  }

  sink(): SourceSink {
    return {
      positions: () => new Map(this.positions),
      inputs: () => [],
      add: async ({ batches, positions }: SourceRead) => {
        this.adds += 1
        for (const batch of batches) {
          for (const { key, count } of decodeBatch(batch).observations) this.exchanges.set(key.service, (this.exchanges.get(key.service) ?? 0) + count)
        }
        for (const [part, position] of positions ?? []) this.positions.set(part, position ?? '')
        await this.room
      },
      offer: () => Promise.reject(new Error('nobody waits for an answer')),
      kept: () => Promise.resolve(),
      keep: () => Promise.resolve(),
    }
  }
}

export interface Reading {
  readonly source: Source
  /** What it failed with, once it has. */
  problem(): string | null
  stop(): Promise<void>
}

/** A source that reads into a store until it is stopped. */
export function reading(store: Store, options: Partial<KafkaSourceOptions> & Pick<KafkaAccess, 'brokers' | 'topics'>, open?: OpenKafkaClient): Reading {
  const source = kafkaSource(
    { group: 'test', member: `member-${Math.random()}`, format: 'exchanges', readFrom: 'beginning', ...options },
    engine,
    Date.now,
    open,
  )
  const stopping = new AbortController()
  let problem: string | null = null
  // As the daemon does: run again where it fails.
  async function run(): Promise<void> {
    while (!stopping.signal.aborted) {
      await source.run(store.sink(), stopping.signal).catch((thrown: unknown) => {
        problem = thrown instanceof Error ? thrown.message : String(thrown)
      })
      await pause(300, stopping.signal)
    }
  }
  const ended = run()
  return {
    source,
    problem: () => problem,
    async stop() {
      stopping.abort()
      await ended
    },
  }
}

export async function until(isTrue: () => boolean, told: () => unknown = () => ''): Promise<void> {
  for (let tries = 0; tries < 600 && !isTrue(); tries += 1) await sleep(50)
  expect(isTrue(), JSON.stringify(told())).toBe(true)
}
