import { decodeBatch } from '../../src/observation/codec.ts'
import type { Observation } from '../../src/observation/observation.ts'
import { logSource, type LogOptions } from '../../src/source/log.ts'
import type { Source, SourceSink } from '../../src/source/source.ts'
import { openLogPool, type LogPool } from '../../src/source/tail/log_pool.ts'
import { until } from '../e2e/until.ts'
import { engine } from './piped.ts'

/** What a log source has read in one life. */
export interface Life {
  readonly exchanges: number
  readonly observations: readonly Observation[]
  readonly counts: Readonly<Record<string, number>>
}

/** A life while it lasts. */
export interface Living {
  readonly source: Source
  /** Waits until so many exchanges were read. */
  reads(exchanges: number): Promise<void>
  seen(): number
}

/** Runs a log source from these positions on, and leaves them where it came to; `during` says what happens meanwhile. */
export async function lifeOf(
  options: LogOptions,
  positions: Map<string, string>,
  during: (living: Living) => Promise<void>,
  pool: LogPool = openLogPool(engine),
): Promise<Life> {
  const source = logSource(options, engine, pool)
  const observations: Observation[] = []
  const seen = (): number => observations.reduce((sum, { count }) => sum + count, 0)
  const sink: SourceSink = {
    positions: () => positions,
    inputs: () => [],
    async add(read) {
      for (const batch of read.batches) observations.push(...decodeBatch(batch).observations)
      for (const [part, position] of read.positions ?? []) {
        if (position === null) positions.delete(part)
        else positions.set(part, position)
      }
    },
    offer: () => Promise.reject(new Error('nobody waits for an answer')),
    kept: () => Promise.resolve(),
    keep: () => Promise.resolve(),
  }
  const stop = new AbortController()
  const running = source.run(sink, stop.signal)
  const reads = async (exchanges: number): Promise<void> => {
    await until(
      () => seen() >= exchanges,
      () => `${exchanges} exchanges: ${seen()}, ${JSON.stringify(source.counts())}`,
    )
  }
  await during({ source, seen, reads })
  stop.abort()
  await running
  return { exchanges: seen(), observations, counts: source.counts() }
}
