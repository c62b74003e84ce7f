import type { Database } from 'better-sqlite3'

import { runThrough } from '../base/run_through.ts'
import { decodeBatch } from '../observation/codec.ts'
import { giveBack, pagesBytes } from './pages.ts'
import { countsOf, dayCandidates, firstOf, inOrder, newestOf, tooOld, type PruneCandidate, type Pruned, type PruneRule } from './prune.ts'
import { settling } from './settle.ts'
import type { Statements } from './statements.ts'
import { dayOfLast } from './stored_state.ts'

/**
 * Removes what the rule says, a few rows a transaction, and gives the room back to the disk. The open ends of inputs stay: they are replaced when their input
 * grows. How much room a row leaves shows only when it is gone, so rows go until it is enough. Commits may come between two steps; a key of which something
 * came meanwhile is not old any more, and stays.
 */
export function* pruneDatabase(database: Database, statements: Statements, rule: PruneRule, secret: string): Generator<void, Pruned, void> {
  if (!rule.dryRun) {
    const pruned = yield* prune(database, statements, rule, secret)
    if (pruned.keys + pruned.events + pruned.days > 0) yield* giveBack(database)
    return pruned
  }
  // The same, and all of it taken back.
  database.exec('BEGIN IMMEDIATE')
  try {
    return runThrough(prune(database, statements, rule, secret))
  } finally {
    // A full disk has ended the transaction already.
    if (database.inTransaction) database.exec('ROLLBACK')
  }
}

function* prune(database: Database, statements: Statements, rule: PruneRule, secret: string): Generator<void, Pruned, void> {
  const { bytesMax } = rule
  const bytesBefore = pagesBytes(database)
  yield* settling(database, statements, secret, true)
  const rows: Row[] = [...historyRows(statements)]
  for (const some of keyRows(statements)) {
    rows.push(...some)
    yield
  }
  const gone = new Set<Row>()
  function* remove(old: readonly Row[]): Generator<void, void, void> {
    for (let at = 0; at < old.length; at += rowsPerStep) {
      const dropped = database.transaction(() => drop(statements, old.slice(at, at + rowsPerStep))).immediate()
      for (const row of dropped) gone.add(row)
      yield
    }
  }
  const old = tooOld(rows, rule)
  yield* remove([...old])
  if (bytesMax !== null) {
    let left = inOrder(rows.filter((row) => !old.has(row)))
    for (let bytes = pagesBytes(database); bytes > bytesMax && left.length > 0; bytes = pagesBytes(database)) {
      const next = firstOf(left, Math.max(1, sumOf(left) * (1 - bytesMax / bytes)))
      yield* remove(next)
      left = left.slice(next.length)
    }
  }
  const [before, went] = [countsOf(rows), countsOf(gone)]
  return {
    keys: went.key,
    keysBefore: before.key,
    events: went.event,
    eventsBefore: before.event,
    days: went.day,
    daysBefore: before.day,
    exchanges: [...gone].reduce((sum, { count }) => sum + count, 0),
    bytesBefore,
    bytesAfter: pagesBytes(database),
    newestMs: newestOf(
      rows.filter(({ kind }) => kind === 'key'),
      rule,
    ),
  }
}

/** Rows that are read or removed in one step: ten milliseconds or less. */
const rowsPerStep = 128

interface Row extends PruneCandidate {
  /** The number of a row, or of a past day. */
  readonly id: number
  /** Exchanges of a key. */
  readonly count: number
}

function* keyRows(statements: Statements): Generator<readonly Row[], void, void> {
  for (let last = 0; ;) {
    const some = statements.observationsBehind.all(last, rowsPerStep)
    if (some.length === 0) return
    last = some.at(-1)?.id ?? last
    yield some.flatMap(({ id, batch }) =>
      decodeBatch(batch).observations.map(({ count, lastSeenMs }): Row => ({ kind: 'key', id, count, lastMs: lastSeenMs, bytes: batch.length })),
    )
  }
}

function historyRows(statements: Statements): Row[] {
  const days = statements.pastDays.all().map(({ day, bytes }) => ({ day, bytes, id: day, count: 0 }))
  const events = statements.eventSizes.all().map(({ id, atMs, bytes }): Row => ({ kind: 'event', id, count: 0, lastMs: atMs, bytes: eventBytes + bytes }))
  return [...dayCandidates(days, dayOfLast(statements)), ...events]
}

/** Of an event, beside its details: ids, words and its place in the index. */
const eventBytes = 100

/** Removes rows, makes counts of their exchanges, and says which are gone. */
function drop(statements: Statements, rows: readonly Row[]): Row[] {
  const dropped = rows.filter((row) => {
    if (row.kind === 'key') return dropKey(statements, row)
    const statement = row.kind === 'event' ? statements.dropEvent : statements.dropPastDay
    return statement.run(row.id).changes > 0
  })
  if (dropped.length > 0) statements.nextGeneration.run()
  return dropped
}

function dropKey(statements: Statements, { id, count, lastMs }: Row): boolean {
  const stored = statements.observationAt.get(id)
  const [observation] = stored === undefined ? [] : decodeBatch(stored.batch).observations
  if (observation === undefined || observation.count !== count || observation.lastSeenMs !== lastMs) return false
  const { service, source, method } = observation.key
  statements.dropObservation.run(id)
  statements.addFolded.run(service, source, method === '' ? 0 : count, method === '' ? count : 0)
  return true
}

function sumOf(rows: readonly Row[]): number {
  return rows.reduce((sum, { bytes }) => sum + bytes, 0)
}
