import { statSync } from 'node:fs'

import { TapistryError } from '../base/errors.ts'
import type { Decision } from '../finding/decision.ts'
import { encodeBatch } from '../observation/codec.ts'
import type { Batch } from '../observation/observation.ts'
import { misplacement } from './in_place.ts'
import { openDatabase } from './open_database.ts'
import { changedMeanwhile, storageProblem } from './problems.ts'
import type { Outbox } from './outbox.ts'
import { isKnown, type Commit, type KeptEvent, type Repository } from './repository.ts'
import { addCounts, settling } from './settle.ts'
import { startSettler } from './settler.ts'
import { pagesBytes } from './pages.ts'
import { pruneDatabase } from './sqlite_prune.ts'
import { sqliteOutbox, type SqliteOutbox } from './sqlite_outbox.ts'
import { prepare, type DecisionRow, type EventRow, type Statements } from './statements.ts'
import { dayOfLast, generationOf, storedState } from './stored_state.ts'
import { newWriteTurn, writeFirst } from './write_turn.ts'

/**
 * Opens or creates the database file at `path`; `secret` decides what stays where the state is beyond its bounds; `note` is told of a new schema.
 * Throws `TapistryError` (STORAGE) with what is wrong with the file.
 */
export function sqliteRepository(path: string, secret: string = '', note: (line: string) => void = () => undefined): Repository {
  const named = <T>(work: () => T): T => {
    try {
      return work()
    } catch (thrown) {
      throw storageProblem(path, thrown)
    }
  }
  const database = named(() => openDatabase(path, note))
  const statements = named(() => prepare(database))
  const outbox = named(() => sqliteOutbox(database))
  const opened = named(() => statSync(path))
  const turn = newWriteTurn()
  const writing = <T>(work: () => T): T => named(() => writeFirst(turn, work))
  const misplaced = (): string | null => named(() => misplacement(path, opened))
  return {
    load: () => named(() => database.transaction(() => storedState(statements))()),
    commit(change) {
      const problem = misplaced()
      if (problem !== null) throw new TapistryError('STORAGE', problem)
      return writing(() => database.transaction(() => commit(statements, outbox, change, path)).immediate())
    },
    misplaced,
    decisions: () => named(() => statements.decisions.all().map(decisionOf)),
    eventsSince: (afterId, limit) => named(() => statements.eventsSince.all(afterId, limit).map(eventOf)),
    lastEventId: () => named(() => statements.lastEventId.get()?.id ?? 0),
    eventsOf: (subject, afterId, limit) => named(() => statements.eventsOf.all(subject, afterId, limit).map(eventOf)),
    told: () => named(() => statements.told.get()?.inventory ?? null),
    pastDay: (upTo) => named(() => statements.pastDay.get(upTo) ?? null),
    days: () => named(() => ({ oldest: statements.pastDays.get()?.day ?? null, last: dayOfLast(statements) })),
    generation: () => named(() => generationOf(statements)),
    bytes: () => named(() => pagesBytes(database)),
    *settling() {
      try {
        yield* settling(database, statements, secret, false)
      } catch (thrown) {
        throw storageProblem(path, thrown)
      }
    },
    startSettler(onProblem) {
      // Written back by the thread, and by commits only where that comes to nothing.
      database.pragma(`wal_autocheckpoint = ${logPagesMax}`)
      return startSettler({ path, opened: { ino: opened.ino, dev: opened.dev }, secret, turn }, onProblem)
    },
    *prune(rule) {
      try {
        return yield* pruneDatabase(database, statements, rule, secret)
      } catch (thrown) {
        throw storageProblem(path, thrown)
      }
    },
    outbox: namedOutbox(outbox, writing),
    close: () => named(() => void database.close()),
  }
}

/** 64 MiB. */
const logPagesMax = 16_384

function commit(statements: Statements, outbox: SqliteOutbox, change: Commit, path: string): 'committed' | 'known' {
  if (isKnown(change, ({ digest, bytes }) => statements.position.get(digest, bytes) !== undefined)) return 'known'
  if (change.basis !== generationOf(statements)) throw changedMeanwhile(path)
  const { folded, ...batch } = change.batch
  for (const bytes of [...(isEmpty(batch) ? [] : [encodeBatch(batch)]), ...change.packed]) {
    statements.countPending.run()
    statements.addPending.run(bytes)
  }
  if (folded !== undefined) addCounts(statements, { visibility: [], counters: new Map(), folded })
  for (const digest of change.dropTails) statements.dropTail.run(digest)
  for (const { digest, batch: tail } of change.tails) statements.putTail.run(digest, encodeBatch(tail))
  for (const digest of change.settleTails) {
    statements.countPending.run()
    statements.settleTail.run(digest)
    statements.dropTail.run(digest)
  }
  for (const { digest, bytes, isSuperseded } of change.positions) statements.putPosition.run(digest, bytes, isSuperseded === true ? 0 : change.basis + 1)
  for (const { digest, bytes } of change.dropPositions) statements.dropPosition.run(digest, bytes)
  for (const { source, part, position } of change.sources) {
    if (position === null) statements.dropSource.run(source, part)
    else statements.putSource.run(source, part, position)
  }
  for (const id of change.dropDecisions) statements.dropDecision.run(id)
  for (const { id, atMs, by, body } of change.decisions) {
    statements.dropDecision.run(id)
    statements.addDecision.run(id, Math.trunc(atMs), by, JSON.stringify(body))
  }
  for (const { atMs, kind, subject, what, details } of change.events) statements.addEvent.run(Math.trunc(atMs), kind, subject, what, JSON.stringify(details))
  if (change.told !== null) statements.putTold.run(change.told)
  keepDay(statements, change)
  outbox.add(change.notices)
  statements.nextGeneration.run()
  return 'committed'
}

/**
 * The inventory of the last commit's day is kept where it differs from the one that was kept before. Where a later day than that is kept already, the clock
 * had been wrong for a while, and that day never was.
 */
function keepDay(statements: Statements, { day, dayBefore }: Commit): void {
  const last = dayOfLast(statements)
  if (last === day) return
  if (last !== null && dayBefore !== null) {
    const [kept, newest] = [statements.pastDay.get(last), statements.pastDay.get(day)]
    const isWrong = newest !== undefined && newest.day > last
    if (!isWrong && (kept === undefined || !kept.packed.equals(dayBefore))) statements.putPastDay.run(last, dayBefore)
  }
  statements.putDay.run(day)
}

/** Each of its functions, with failures in words for people. */
function namedOutbox(outbox: SqliteOutbox, named: <T>(work: () => T) => T): Outbox {
  const wrap =
    <Given extends unknown[], Result>(work: (...given: Given) => Result) =>
    (...given: Given): Result =>
      named(() => work(...given))
  return {
    channels: wrap(outbox.channels),
    told: wrap(outbox.told),
    waiting: wrap(outbox.waiting),
    opening: wrap(outbox.opening),
    lastComposedMs: wrap(outbox.lastComposedMs),
    composedSince: wrap(outbox.composedSince),
    compose: wrap(outbox.compose),
    next: wrap(outbox.next),
    noticesOf: wrap(outbox.noticesOf),
    settle: wrap(outbox.settle),
    message: wrap(outbox.message),
    messages: wrap(outbox.messages),
    resolvedSince: wrap(outbox.resolvedSince),
    dead: wrap(outbox.dead),
    retry: wrap(outbox.retry),
    counts: wrap(outbox.counts),
    size: wrap(outbox.size),
    trim: wrap(outbox.trim),
  }
}

function decisionOf({ body, ...row }: DecisionRow): Decision {
  return { ...row, body: JSON.parse(body) as Decision['body'] }
}

function eventOf({ details, ...row }: EventRow): KeptEvent {
  return { ...row, details: JSON.parse(details) as KeptEvent['details'] }
}

function isEmpty({ observations, visibility, counters }: Batch): boolean {
  return observations.length === 0 && visibility.length === 0 && counters.size === 0
}
