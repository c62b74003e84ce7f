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
  const { bytesMax, dryRun, latestMs } = rule
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
  remove(new Set(tooOld(rows, rule)))
  const isOver = (): boolean => bytesMax !== null && left.length > 0 && size() > bytesMax
  if (left.length < rows.length || isOver()) compact()
  while (isOver()) {
    const share = 1 - (bytesMax ?? 0) / size()
    remove(new Set(oldest(left, Math.max(1, sumOf(left) * share))))
    compact()
  }
  const exchanges = rows.reduce((sum, { count }) => sum + count, 0) - left.reduce((sum, { count }) => sum + count, 0)
  const keys = rows.length - left.length
  return { keys, keysBefore: rows.length, exchanges, bytesBefore, bytesAfter: Math.round(size()), newestMs: newestOf(rows, latestMs) }
}

interface Row extends PruneCandidate {
  readonly id: number
  readonly key: ObservationKey
  readonly count: number
}

function settledRows(statements: Statements, secret: string): Row[] {
  settle(statements, secret)
  return statements.observations
    .all()
    .flatMap(({ id, batch }) => decodeBatch(batch).observations.map(({ key, count, lastSeenMs }): Row => ({ id, key, count, lastSeenMs, bytes: batch.length })))
}

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

/** Makes counts of rows. */
function fold(statements: Statements, rows: ReadonlySet<Row>): void {
  for (const { id, key, count } of rows) {
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
