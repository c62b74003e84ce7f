import type { Database } from 'better-sqlite3'

import { decodeBatch } from '../observation/codec.ts'
import type { ObservationKey } from '../observation/observation.ts'
import { newestOf, oldest, tooOld, type PruneCandidate, type Pruned, type PruneRule } from './prune.ts'
import { settle } from './settle.ts'
import type { Statements } from './statements.ts'

/**
 * Removes what the rule says, and gives the room back to the disk. The open ends of inputs stay: they are replaced when their input grows. How small the
 * file gets shows only when it is written anew, so keys go until it is small enough; sizes of a dry run are estimates.
 */
export function pruneDatabase(database: Database, statements: Statements, rule: PruneRule, secret: string): Pruned {
  const { bytesMax, eventsMax, dryRun } = rule
  const bytesBefore = bytesOf(database)
  const rows = dryRun ? dryRows(database, statements, secret) : database.transaction(() => settledRows(statements, secret)).immediate()
  let left = rows
  const remove = (gone: ReadonlySet<Row>): void => {
    if (!dryRun && gone.size > 0) database.transaction(() => fold(statements, gone)).immediate()
    left = left.filter((row) => !gone.has(row))
  }
  const size = (): number => (dryRun ? (bytesBefore * sumOf(left)) / Math.max(1, sumOf(rows)) : bytesOf(database))
  const compact = (): void => {
    if (!dryRun) for (const sql of ['VACUUM', 'PRAGMA wal_checkpoint(TRUNCATE)']) database.exec(sql)
  }
  const newestMs = newestOf(
    rows.filter(({ key }) => key !== null),
    rule.latestMs,
  )
  const events = rows.filter(({ key }) => key === null)
  remove(new Set([...tooOld(rows, newestMs, rule), ...events.slice(0, Math.max(0, events.length - (eventsMax ?? Infinity)))]))
  const isOver = (): boolean => bytesMax !== null && left.length > 0 && size() > bytesMax
  if (left.length < rows.length || isOver()) compact()
  while (isOver()) {
    const share = 1 - (bytesMax ?? 0) / size()
    remove(new Set(oldest(left, Math.max(1, sumOf(left) * share))))
    compact()
  }
  const [before, after] = [countsOf(rows), countsOf(left)]
  return {
    keys: before.keys - after.keys,
    keysBefore: before.keys,
    events: before.events - after.events,
    eventsBefore: before.events,
    exchanges: before.exchanges - after.exchanges,
    bytesBefore,
    bytesAfter: Math.round(size()),
    newestMs,
  }
}

/** An observation, or an event, which has no key. */
interface Row extends PruneCandidate {
  readonly id: number
  readonly key: ObservationKey | null
  readonly count: number
}

function countsOf(rows: readonly Row[]): { readonly keys: number; readonly events: number; readonly exchanges: number } {
  const keys = rows.filter(({ key }) => key !== null)
  return { keys: keys.length, events: rows.length - keys.length, exchanges: keys.reduce((sum, { count }) => sum + count, 0) }
}

function settledRows(statements: Statements, secret: string): Row[] {
  settle(statements, secret)
  const observations = statements.observations
    .all()
    .flatMap(({ id, batch }) => decodeBatch(batch).observations.map(({ key, count, lastSeenMs }): Row => ({ id, key, count, lastSeenMs, bytes: batch.length })))
  const events = statements.events
    .all()
    .map(({ id, atMs, details }): Row => ({ id, key: null, count: 0, lastSeenMs: atMs, bytes: eventBytes + details.length }))
  return [...observations, ...events]
}

/** Of an event, beside its details: ids, words and its place in the index. */
const eventBytes = 100

/** The rows as they would be, without a change. */
function dryRows(database: Database, statements: Statements, secret: string): Row[] {
  database.exec('BEGIN IMMEDIATE')
  try {
    return settledRows(statements, secret)
  } finally {
    // A full disk has ended the transaction already.
    if (database.inTransaction) database.exec('ROLLBACK')
  }
}

/** Removes rows, and makes counts of their exchanges. */
function fold(statements: Statements, rows: ReadonlySet<Row>): void {
  for (const { id, key, count } of rows) {
    if (key === null) {
      statements.dropEvent.run(id)
      continue
    }
    statements.dropObservation.run(id)
    statements.addFolded.run(key.service, key.source, key.method === '' ? 0 : count, key.method === '' ? count : 0)
  }
  statements.nextGeneration.run()
}

function sumOf(rows: readonly Row[]): number {
  return rows.reduce((sum, { bytes }) => sum + bytes, 0)
}

/** Bytes of the pages that hold something. */
function bytesOf(database: Database): number {
  const [pages, free, pageBytes] = ['page_count', 'freelist_count', 'page_size'].map((name) => Number(database.pragma(name, { simple: true })))
  return ((pages ?? 0) - (free ?? 0)) * (pageBytes ?? 0)
}
