import { statSync } from 'node:fs'

import Sqlite, { type Database } from 'better-sqlite3'

import { keyText } from '../inventory/priority.ts'
import { decodeBatch } from '../observation/codec.ts'
import { unpacked } from '../observation/packed.ts'
import { appliedMigrations, sqliteMigrations } from './migrations.ts'
import { unpackedJson } from './packed_json.ts'
import { storageProblem } from './problems.ts'
import { prepare, type Statements } from './statements.ts'
import { generationOf } from './stored_state.ts'

/** What a look at every page and every row of a database has shown. */
export interface DatabaseCheck {
  /** What is wrong with it, a line each; empty where nothing is. */
  readonly problems: readonly string[]
  /** The file with the log beside it. */
  readonly bytes: number
  /** What stands in it; null where it has the schema of an older version, or is too damaged to say. */
  readonly contents: DatabaseContents | null
}

export interface DatabaseContents {
  readonly keys: number
  readonly services: number
  /** Of all observations, merged or not. */
  readonly observationBytes: number
  /** Batches that wait to be merged by key. */
  readonly pending: number
  readonly inputs: number
  readonly sources: number
  /** Changes of the inventory. */
  readonly events: number
  /** Inventories of past days. */
  readonly days: number
  readonly dayBytes: number
  /** What people decided. */
  readonly decisions: number
  readonly commits: number
  /** Event times; null where no observation has one. */
  readonly oldestMs: number | null
  readonly newestMs: number | null
}

/** Looks at the database at `path`, and changes nothing in it; a process may write into it meanwhile. Throws `TapistryError` (STORAGE) where it cannot be opened. */
export function checkDatabase(path: string): DatabaseCheck {
  try {
    const database = new Sqlite(path, { readonly: true, fileMustExist: true })
    try {
      return database.transaction(() => check(database, path))()
    } finally {
      database.close()
    }
  } catch (thrown) {
    throw storageProblem(path, thrown)
  }
}

function check(database: Database, path: string): DatabaseCheck {
  const migrations = sqliteMigrations()
  const steps = appliedMigrations(database, path, migrations)
  const damage = database.pragma(`integrity_check(${damageLinesMax})`, { simple: false }) as ReadonlyArray<{ readonly integrity_check: string }>
  const problems = damage.map((line) => line.integrity_check).filter((line) => line !== 'ok')
  const bytes = [path, `${path}-wal`].reduce((sum, file) => sum + (statSync(file, { throwIfNoEntry: false })?.size ?? 0), 0)
  if (steps < migrations.length) return { problems, bytes, contents: null }
  try {
    return { bytes, contents: contentsOf(prepare(database), problems), problems }
  } catch (thrown) {
    return { problems: [...problems, storageProblem(path, thrown).message], bytes, contents: null }
  }
}

const damageLinesMax = 10

/** Decodes every row; what cannot be is added to `problems`, one line a table. */
function contentsOf(statements: Statements, problems: string[]): DatabaseContents {
  const seen: Seen = { keys: new Set(), services: new Set(), oldestMs: Infinity, newestMs: -Infinity }
  const [observations, pending] = [statements.observations.all(), statements.pending.all()]
  for (const [table, rows] of [
    ['observation', observations],
    ['pending', pending],
    ['tail', statements.tails.all()],
  ] as const) {
    const reasons = rows.flatMap((row, index) => reasonOf(row, seen)?.replace(/^/, `row ${index + 1}: `) ?? [])
    if (reasons.length > 0) problems.push(`${reasons.length} of ${rows.length} rows of ${table} cannot be read (${reasons[0]})`)
  }
  const events = statements.events.all()
  const decisions = statements.decisions.all()
  for (const [table, texts] of [
    ['event', events.map(({ details }) => details)],
    ['decision', decisions.map(({ body }) => body)],
  ] as const) {
    const broken = texts.filter((text) => !isJson(text)).length
    if (broken > 0) problems.push(`${broken} of ${texts.length} rows of ${table} cannot be read (no JSON)`)
  }
  const days = statements.pastDays.all()
  const torn = days.filter(({ day }) => !isPacked(statements.pastDay.get(day)?.packed)).length
  if (torn > 0) problems.push(`${torn} of ${days.length} rows of past_day cannot be read`)
  if (!isPacked(statements.told.get()?.inventory)) problems.push('the row of told cannot be read')
  return {
    keys: seen.keys.size,
    services: seen.services.size,
    observationBytes: [...observations, ...pending].reduce((sum, { batch }) => sum + batch.length, 0),
    pending: pending.length,
    inputs: statements.positions.all().length,
    sources: statements.sources.all().length,
    events: events.length,
    days: days.length,
    dayBytes: days.reduce((sum, { bytes: each }) => sum + each, 0),
    decisions: decisions.length,
    commits: generationOf(statements),
    oldestMs: Number.isFinite(seen.oldestMs) ? seen.oldestMs : null,
    newestMs: Number.isFinite(seen.newestMs) ? seen.newestMs : null,
  }
}

/** What the rows hold, gathered as they are read. */
interface Seen {
  readonly keys: Set<string>
  readonly services: Set<string>
  oldestMs: number
  newestMs: number
}

/** Why a row cannot be read, null where it can. */
function reasonOf({ batch, key }: { readonly batch: Buffer; readonly key?: string }, seen: Seen): string | null {
  try {
    const { observations } = decodeBatch(batch)
    if (key !== undefined && (observations.length !== 1 || observations.some((observation) => keyText(observation.key) !== key))) return 'it holds another key'
    for (const observation of observations) {
      const { firstSeenMs, lastSeenMs } = unpacked(observation)
      seen.keys.add(keyText(observation.key))
      seen.services.add(observation.key.service)
      if (Number.isFinite(firstSeenMs)) seen.oldestMs = Math.min(seen.oldestMs, firstSeenMs)
      if (Number.isFinite(lastSeenMs)) seen.newestMs = Math.max(seen.newestMs, lastSeenMs)
    }
    return null
  } catch (thrown) {
    if (thrown instanceof RangeError) return thrown.message
    throw thrown
  }
}

/** Whether something packed can be read; what is not there can. */
function isPacked(packed: Uint8Array | undefined): boolean {
  try {
    if (packed !== undefined) unpackedJson(packed)
    return true
  } catch {
    return false
  }
}

function isJson(text: string): boolean {
  try {
    JSON.parse(text)
    return true
  } catch {
    return false
  }
}
