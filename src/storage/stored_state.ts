import type { StateBatch } from '../inventory/state.ts'
import type { Folded } from '../inventory/state_reading.ts'
import { decodeBatch } from '../observation/codec.ts'
import { unpacked } from '../observation/packed.ts'
import type { Batch, ServiceCount, ServiceVisibility, SourceKind } from '../observation/observation.ts'
import { emptyBatch, type StoredState, type Tail } from './repository.ts'
import type { Statements } from './statements.ts'

/** Everything that the database holds. Throws `RangeError` where a batch in it is damaged. */
export function storedState(statements: Statements): StoredState {
  return {
    base: storedBase(statements),
    tails: statements.tails.all().map(({ digest, batch }): Tail => ({ digest, batch: tailBatch(batch) })),
    positions: statements.positions.all(),
    sources: statements.sources.all(),
    generation: generationOf(statements),
    day: dayOfLast(statements),
  }
}

/** Rows and pending batches as one batch. */
export function storedBase(statements: Statements): StateBatch {
  const rows = statements.observations.all().flatMap(({ batch }) => intactBatch(batch).observations)
  const pending = statements.pending.all().map(({ batch }) => intactBatch(batch))
  const counters = new Map(statements.counters.all().map(({ name, count }) => [name, count]))
  for (const batch of pending) for (const [name, count] of batch.counters) counters.set(name, (counters.get(name) ?? 0) + count)
  return {
    observations: [rows, ...pending.map(({ observations }) => observations)].flat(),
    visibility: [storedVisibility(statements), ...pending.map(({ visibility }) => visibility)].flat(),
    counters,
    folded: storedFolded(statements),
  }
}

export function generationOf(statements: Statements): number {
  return statements.generation.get()?.number ?? 0
}

/** The day of the last commit, null before the first one. */
export function dayOfLast(statements: Statements): number | null {
  return statements.generation.get()?.day ?? null
}

function storedVisibility(statements: Statements): ServiceVisibility[] {
  const visibility = new Map<string, Map<ServiceCount, number>>()
  for (const { service, name, count } of statements.visibility.iterate()) {
    const counts = visibility.get(service) ?? new Map<ServiceCount, number>()
    visibility.set(service, counts.set(name as ServiceCount, count))
  }
  return [...visibility].map(([service, counts]) => ({ service, counts }))
}

function storedFolded(statements: Statements): ReadonlyMap<string, Folded> {
  const folded = new Map<string, Record<keyof Folded, Record<SourceKind, number>>>()
  for (const { service, source, exchanges, unread } of statements.folded.iterate()) {
    const counts = folded.get(service) ?? { exchanges: { packets: 0, logs: 0 }, unread: { packets: 0, logs: 0 } }
    counts.exchanges[source] = exchanges
    counts.unread[source] = unread
    folded.set(service, counts)
  }
  return folded
}

function tailBatch(bytes: Buffer): StateBatch {
  const { observations, visibility, counters } = intactBatch(bytes)
  return { ...emptyBatch, observations, visibility, counters }
}

/** A stored batch with every part looked at once, so that what is damaged shows here and not when the inventory is read. */
function intactBatch(bytes: Buffer): Batch {
  const batch = decodeBatch(bytes)
  for (const observation of batch.observations) unpacked(observation)
  return batch
}
