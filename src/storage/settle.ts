import type { Database } from 'better-sqlite3'

import { keyText } from '../inventory/priority.ts'
import { InventoryState, stateBoundsDefault, type StateBatch } from '../inventory/state.ts'
import { decodeBatch, decodingBatch, encodeBatch } from '../observation/codec.ts'
import { noCounts } from '../observation/counts.ts'
import { mergeObservation } from '../observation/merge.ts'
import type { Observation } from '../observation/observation.ts'
import type { Statements } from './statements.ts'
import { storedRows } from './stored_state.ts'

/**
 * Merges pending batches into the rows of their keys, while many wait: a row of 4 kB that gets a hundred new bytes a second would be read, merged and written anew
 * with each commit. In transactions of a few milliseconds, a step after each: commits may come between them, others may settle too, and what is left of it when the
 * process ends is done by the next one. Where `isAll`, also where few wait. Rows are read and merged before their transaction, and anew in it where somebody has
 * committed meanwhile: so it holds up other writers no longer than its writes take.
 */
export function* settling(database: Database, statements: Statements, secret: string, isAll: boolean): Generator<void, void, void> {
  const sizes = statements.pendingSizes.all()
  const isDue = sizes.length > pendingBatchesMax || sizes.reduce((sum, { bytes }) => sum + bytes, 0) > pendingBytesMax
  if (!isAll && !isDue) return
  let held = 0
  let group: number[] = []
  for (const [at, { id, bytes }] of sizes.entries()) {
    group.push(id)
    held += bytes
    const next = sizes[at + 1]
    if (next !== undefined && held + next.bytes <= groupBytesMax) continue
    yield* settleGroup(database, statements, secret, group)
    group = []
    held = 0
  }
}

/** Batches that wait at most, without being merged: reading them takes longer than reading rows. */
const pendingBatchesMax = 256
const pendingBytesMax = 16 * 2 ** 20
/** What is merged together: it is held in memory meanwhile. */
const groupBytesMax = 8 * 2 ** 20
const keysPerStep = 64

function* settleGroup(database: Database, statements: Statements, secret: string, group: readonly number[]): Generator<void, void, void> {
  const byKey = new Map<string, [PendingShare, ...PendingShare[]]>()
  const counts = new Map<number, Omit<StateBatch, 'observations'>>()
  for (const id of group) {
    const pending = statements.pendingAt.get(id)
    // Others settle too.
    if (pending === undefined) continue
    const { observations, ...beside } = yield* decodingBatch(pending.batch)
    counts.set(id, beside)
    for (const observation of observations) {
      const key = keyText(observation.key)
      const shares = byKey.get(key)
      if (shares === undefined) byKey.set(key, [{ id, observation }])
      else shares.push({ id, observation })
    }
    yield
  }
  const keys = [...byKey]
  for (let at = 0; at < keys.length; at += keysPerStep) {
    const some = keys.slice(at, at + keysPerStep)
    const rows = (): readonly Row[] => some.flatMap(([key, shares]) => rowWith(statements, key, shares) ?? [])
    const seen = versionOf(database)
    const merged = rows()
    database
      .transaction(() => {
        for (const row of versionOf(database) === seen ? merged : rows()) put(statements, row)
      })
      .immediate()
    yield
  }
  database.transaction(() => finish(statements, secret, counts, group.at(-1) ?? 0)).immediate()
  yield
}

/** All of these batches is in rows: what stands beside observations follows, and they go, but for those that others have finished. */
function finish(statements: Statements, secret: string, counts: ReadonlyMap<number, Omit<StateBatch, 'observations'>>, upTo: number): void {
  for (const [id, beside] of counts) if (statements.dropPending.run(id).changes > 0) addCounts(statements, beside)
  keepBounds(statements, secret, upTo)
}

/** What a pending batch has of a key. */
interface PendingShare {
  readonly id: number
  readonly observation: Observation
}

/** Adds the counts of a batch to those that stand beside observations. */
export function addCounts(statements: Statements, { visibility, counters, folded }: Omit<StateBatch, 'observations'>): void {
  for (const { service, counts } of visibility) for (const [name, count] of counts) statements.addVisibility.run(service, name, count)
  for (const [name, count] of counters) statements.addCounter.run(name, count)
  for (const [service, { exchanges, unread }] of folded ?? []) {
    for (const source of ['packets', 'logs'] as const) {
      if (exchanges[source] > 0 || unread[source] > 0) statements.addFolded.run(service, source, exchanges[source], unread[source])
    }
  }
}

/** Another one after each commit of another connection. */
function versionOf(database: Database): unknown {
  return database.pragma('data_version', { simple: true })
}

/** A row as it will be. */
interface Row {
  /** Null for a new one. */
  readonly id: number | null
  readonly service: string
  readonly key: string
  readonly batch: Buffer
  readonly settled: number
}

/** What is in the row already does not count again: of a key that was merged before the process ended. Null where that is all. */
function rowWith(statements: Statements, key: string, shares: readonly [PendingShare, ...PendingShare[]]): Row | null {
  const { service } = shares[0].observation.key
  const stored = statements.observation.get(service, key)
  const added = shares.filter(({ id }) => id > (stored?.settled ?? 0))
  const [first, ...more] = added.map(({ observation }) => observation)
  if (first === undefined) return null
  const known = stored === undefined ? [] : decodeBatch(stored.batch).observations
  return { id: stored?.id ?? null, service, key, batch: rowOf(mergeObservation(first, ...more, ...known)), settled: added.at(-1)?.id ?? 0 }
}

function put(statements: Statements, { id, service, key, batch, settled }: Row): void {
  if (id === null) statements.addObservation.run(service, key, batch, settled)
  else statements.putObservation.run(batch, settled, id)
}

/** Keys beyond the bounds of the state would be folded at each load: fold them for good before the file grows with them. As in memory, not with each that comes. */
function keepBounds(statements: Statements, secret: string, settled: number): void {
  if ((statements.observationCount.get()?.count ?? 0) <= stateBoundsDefault.keysMax * 1.25) return
  const state = new InventoryState(stateBoundsDefault, secret)
  state.fold(storedRows(statements))
  const { observations, visibility, folded } = state.snapshot()
  statements.clearObservations.run()
  statements.clearVisibility.run()
  statements.clearFolded.run()
  for (const observation of observations) statements.addObservation.run(observation.key.service, keyText(observation.key), rowOf(observation), settled)
  addCounts(statements, { visibility, counters: noCounts, ...(folded === undefined ? {} : { folded }) })
}

function rowOf(observation: Observation): Buffer {
  return encodeBatch({ observations: [observation], visibility: [], counters: noCounts })
}
