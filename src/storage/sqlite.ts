import { closeSync, openSync } from 'node:fs'

import Sqlite, { type Database, type Statement } from 'better-sqlite3'

import { keyText } from '../inventory/priority.ts'
import { InventoryState, stateBoundsDefault, type Folded, type StateBatch } from '../inventory/state.ts'
import { decodeBatch, encodeBatch } from '../observation/codec.ts'
import { mergeObservation } from '../observation/merge.ts'
import { unpacked } from '../observation/packed.ts'
import type { Batch, Observation, ServiceCount, ServiceVisibility, SourceKind } from '../observation/observation.ts'
import { migrate, sqliteMigrations } from './migrations.ts'
import { changedMeanwhile, storageProblem } from './problems.ts'
import { emptyBatch, isKnown, type Commit, type InputPosition, type Repository, type SourcePosition, type StoredState, type Tail } from './repository.ts'

/**
 * Opens or creates the database file at `path`; `secret` decides what stays where the state is beyond its bounds.
 * Throws `TapistryError` (STORAGE) with what is wrong with the file.
 */
export function sqliteRepository(path: string, secret: string = ''): Repository {
  const named = <T>(work: () => T): T => {
    try {
      return work()
    } catch (thrown) {
      throw storageProblem(path, thrown)
    }
  }
  const database = named(() => openDatabase(path))
  const statements = named(() => prepare(database))
  return {
    load: () => named(() => database.transaction(() => load(statements))()),
    commit: (change) => named(() => database.transaction(() => commit(statements, change, path, secret)).immediate()),
    close: () => named(() => void database.close()),
  }
}

/** How long a writer waits for another one before it gives up. */
const busyTimeoutMs = 5_000

function openDatabase(path: string): Database {
  // SQLite would make it readable for everybody; its side files take over these rights.
  closeSync(openSync(path, 'a', 0o600))
  const database = new Sqlite(path, { timeout: busyTimeoutMs })
  try {
    database.pragma('journal_mode = WAL')
    database.pragma('synchronous = NORMAL')
    migrate(database, path, sqliteMigrations())
    return database
  } catch (thrown) {
    database.close()
    throw thrown
  }
}

type Statements = ReturnType<typeof prepare>

function prepare(database: Database) {
  const all = <Row>(sql: string): Statement<[], Row> => database.prepare<[], Row>(sql)
  return {
    generation: all<{ number: number }>('SELECT number FROM generation'),
    nextGeneration: database.prepare('UPDATE generation SET number = number + 1'),
    observations: all<{ batch: Buffer }>('SELECT batch FROM observation ORDER BY service, key'),
    observation: database.prepare<[string, string], { batch: Buffer }>('SELECT batch FROM observation WHERE service = ? AND key = ?'),
    observationCount: all<{ count: number }>('SELECT count(*) AS count FROM observation'),
    putObservation: database.prepare<[string, string, Buffer]>(
      'INSERT INTO observation (service, key, batch) VALUES (?, ?, ?) ON CONFLICT DO UPDATE SET batch = excluded.batch',
    ),
    clearObservations: database.prepare('DELETE FROM observation'),
    visibility: all<{ service: string; name: string; count: number }>('SELECT service, name, count FROM visibility ORDER BY service, name'),
    addVisibility: database.prepare<[string, string, number]>(
      'INSERT INTO visibility (service, name, count) VALUES (?, ?, ?) ON CONFLICT DO UPDATE SET count = count + excluded.count',
    ),
    clearVisibility: database.prepare('DELETE FROM visibility'),
    counters: all<{ name: string; count: number }>('SELECT name, count FROM counter ORDER BY name'),
    addCounter: database.prepare<[string, number]>('INSERT INTO counter (name, count) VALUES (?, ?) ON CONFLICT DO UPDATE SET count = count + excluded.count'),
    folded: all<{ service: string; source: SourceKind; exchanges: number; unread: number }>(
      'SELECT service, source, exchanges, unread FROM folded ORDER BY service, source',
    ),
    addFolded: database.prepare<[string, SourceKind, number, number]>(
      'INSERT INTO folded (service, source, exchanges, unread) VALUES (?, ?, ?, ?) ON CONFLICT DO UPDATE SET exchanges = exchanges + excluded.exchanges, unread = unread + excluded.unread',
    ),
    clearFolded: database.prepare('DELETE FROM folded'),
    tails: all<{ digest: string; batch: Buffer }>('SELECT digest, batch FROM tail ORDER BY digest'),
    putTail: database.prepare<[string, Buffer]>('INSERT INTO tail (digest, batch) VALUES (?, ?) ON CONFLICT DO UPDATE SET batch = excluded.batch'),
    dropTail: database.prepare<[string]>('DELETE FROM tail WHERE digest = ?'),
    positions: all<InputPosition>('SELECT digest, bytes FROM input ORDER BY digest, bytes'),
    position: database.prepare<[string, number], { digest: string }>('SELECT digest FROM input WHERE digest = ? AND bytes = ?'),
    putPosition: database.prepare<[string, number]>('INSERT INTO input (digest, bytes) VALUES (?, ?) ON CONFLICT DO NOTHING'),
    sources: all<SourcePosition>('SELECT source, part, position FROM source_position ORDER BY source, part'),
    putSource: database.prepare<[string, string, string]>(
      'INSERT INTO source_position (source, part, position) VALUES (?, ?, ?) ON CONFLICT DO UPDATE SET position = excluded.position',
    ),
    dropSource: database.prepare<[string, string]>('DELETE FROM source_position WHERE source = ? AND part = ?'),
  }
}

function load(statements: Statements): StoredState {
  return {
    base: loadBase(statements),
    tails: statements.tails.all().map(({ digest, batch }): Tail => ({ digest, batch: tailBatch(batch) })),
    positions: statements.positions.all(),
    sources: statements.sources.all(),
    generation: generationOf(statements),
  }
}

/** A stored batch with every part looked at once, so that what is damaged shows here and not when the inventory is read. */
function intactBatch(bytes: Buffer): Batch {
  const batch = decodeBatch(bytes)
  for (const observation of batch.observations) unpacked(observation)
  return batch
}

function tailBatch(bytes: Buffer): StateBatch {
  const { observations, visibility, counters } = intactBatch(bytes)
  return { ...emptyBatch, observations, visibility, counters }
}

function loadBase(statements: Statements): StateBatch {
  const visibility = new Map<string, Map<ServiceCount, number>>()
  for (const { service, name, count } of statements.visibility.iterate()) {
    const counts = visibility.get(service) ?? new Map<ServiceCount, number>()
    visibility.set(service, counts.set(name as ServiceCount, count))
  }
  const folded = new Map<string, Record<keyof Folded, Record<SourceKind, number>>>()
  for (const { service, source, exchanges, unread } of statements.folded.iterate()) {
    const counts = folded.get(service) ?? { exchanges: { packets: 0, logs: 0 }, unread: { packets: 0, logs: 0 } }
    counts.exchanges[source] = exchanges
    counts.unread[source] = unread
    folded.set(service, counts)
  }
  return {
    observations: statements.observations.all().flatMap(({ batch }) => intactBatch(batch).observations),
    visibility: [...visibility].map(([service, counts]): ServiceVisibility => ({ service, counts })),
    counters: new Map(statements.counters.all().map(({ name, count }) => [name, count])),
    folded,
  }
}

function commit(statements: Statements, change: Commit, path: string, secret: string): 'committed' | 'known' {
  if (isKnown(change, ({ digest, bytes }) => statements.position.get(digest, bytes) !== undefined)) return 'known'
  if (change.basis !== generationOf(statements)) throw changedMeanwhile(path)
  for (const observation of change.batch.observations) mergeIn(statements, observation)
  addCounts(statements, change.batch)
  for (const [name, count] of change.batch.counters) statements.addCounter.run(name, count)
  for (const digest of change.dropTails) statements.dropTail.run(digest)
  for (const { digest, batch } of change.tails) statements.putTail.run(digest, encodeBatch(batch))
  for (const { digest, bytes } of change.positions) statements.putPosition.run(digest, bytes)
  for (const { source, part, position } of change.sources) {
    if (position === null) statements.dropSource.run(source, part)
    else statements.putSource.run(source, part, position)
  }
  statements.nextGeneration.run()
  keepBounds(statements, secret)
  return 'committed'
}

function mergeIn(statements: Statements, observation: Observation): void {
  const { service } = observation.key
  const key = keyText(observation.key)
  const stored = statements.observation.get(service, key)
  const [known] = stored === undefined ? [] : decodeBatch(stored.batch).observations
  putObservation(statements, known === undefined ? observation : mergeObservation(known, observation), key)
}

function putObservation(statements: Statements, observation: Observation, key: string): void {
  statements.putObservation.run(observation.key.service, key, encodeBatch({ observations: [observation], visibility: [], counters: new Map() }))
}

function addCounts(statements: Statements, batch: StateBatch): void {
  for (const { service, counts } of batch.visibility) for (const [name, count] of counts) statements.addVisibility.run(service, name, count)
  for (const [service, { exchanges, unread }] of batch.folded ?? []) {
    for (const source of ['packets', 'logs'] as const) {
      if (exchanges[source] > 0 || unread[source] > 0) statements.addFolded.run(service, source, exchanges[source], unread[source])
    }
  }
}

/** Keys beyond the bounds of the state would be folded at each load: fold them for good before the file grows with them. */
function keepBounds(statements: Statements, secret: string): void {
  if ((statements.observationCount.get()?.count ?? 0) <= stateBoundsDefault.keysMax) return
  const state = new InventoryState(stateBoundsDefault, secret)
  state.fold(loadBase(statements))
  const kept = state.snapshot()
  statements.clearObservations.run()
  statements.clearVisibility.run()
  statements.clearFolded.run()
  for (const observation of kept.observations) putObservation(statements, observation, keyText(observation.key))
  addCounts(statements, kept)
}

function generationOf(statements: Statements): number {
  return statements.generation.get()?.number ?? 0
}
