import { decodeBatch } from '../../src/observation/codec.ts'
import type { SourceRead, SourceSink } from '../../src/source/source.ts'

export interface MemorySink extends SourceSink {
  readonly exchanges: () => number
  readonly services: () => readonly string[]
  /** From now on nothing finds room, until the result is called. */
  fill(): () => void
}

/** A sink that keeps in memory what it is given, as the store would. */
export function memorySink(): MemorySink {
  const services = new Map<string, number>()
  const positions = new Map<string, string>()
  let room = Promise.resolve()
  async function add(read: SourceRead): Promise<void> {
    for (const batch of read.batches) {
      for (const { key, count } of decodeBatch(batch).observations) services.set(key.service, (services.get(key.service) ?? 0) + count)
    }
    for (const [part, position] of read.positions ?? []) {
      if (position === null) positions.delete(part)
      else positions.set(part, position)
    }
    await room
  }
  return {
    positions: () => positions,
    inputs: () => [],
    add,
    offer: add,
    kept: () => room,
    keep: () => room,
    exchanges: () => [...services.values()].reduce((sum, count) => sum + count, 0),
    services: () => [...services.keys()].toSorted(),
    fill() {
      const { promise, resolve } = Promise.withResolvers<void>()
      room = promise
      return resolve
    },
  }
}
