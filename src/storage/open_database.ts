import { closeSync, openSync } from 'node:fs'

import Sqlite, { type Database } from 'better-sqlite3'

import { TapistryError } from '../base/errors.ts'
import { misplacement, type FileIdentity } from './in_place.ts'
import { appliedMigrations, migrate, sqliteMigrations } from './migrations.ts'
import { storageProblem } from './problems.ts'

/** Opens or creates the database file at `path`, with the schema of this version; `note` is told of a new one. */
export function openDatabase(path: string, note: (line: string) => void): Database {
  // SQLite would make it readable for everybody; its side files take over these rights.
  closeSync(openSync(path, 'a', 0o600))
  const database = new Sqlite(path, { timeout: busyTimeoutMs })
  try {
    // Before anything is in it: so what is removed later can be given back to the disk page by page.
    database.pragma('auto_vacuum = INCREMENTAL')
    database.pragma('journal_mode = WAL')
    setDurability(database)
    migrate(database, path, sqliteMigrations(), note)
    // One that an earlier version made is written anew, once.
    if (database.pragma('auto_vacuum', { simple: true }) !== incremental) database.exec('PRAGMA auto_vacuum = INCREMENTAL; VACUUM')
    return database
  } catch (thrown) {
    database.close()
    throw thrown
  }
}

/** Opens a database that this process has open already, once more for another thread. Throws `TapistryError` (STORAGE) where the file is another one by now. */
export function openBeside(path: string, opened: FileIdentity): Database {
  const database = new Sqlite(path, { timeout: busyTimeoutMs, fileMustExist: true })
  try {
    const problem = misplacement(path, opened)
    if (problem !== null) throw new TapistryError('STORAGE', problem)
    setDurability(database)
    return database
  } catch (thrown) {
    database.close()
    throw thrown
  }
}

/** Whether the database at `path`, which exists, lacks steps of the schema. */
export function isOutdated(path: string): boolean {
  try {
    const database = new Sqlite(path, { timeout: busyTimeoutMs })
    try {
      return appliedMigrations(database, path, sqliteMigrations()) < sqliteMigrations().length
    } finally {
      database.close()
    }
  } catch (thrown) {
    throw storageProblem(path, thrown)
  }
}

/** How long a writer waits for another one before it gives up. */
const busyTimeoutMs = 5_000

function setDurability(database: Database): void {
  // A process that is killed loses no commit. When the power fails the last ones may be lost, but whole and with their positions: they are read again.
  database.pragma('synchronous = NORMAL')
  database.pragma(`journal_size_limit = ${logBytesMax}`)
}

/** What is left of the log beside the database once it is written back. */
const logBytesMax = 16 * 2 ** 20

/** What SQLite says of a database that gives room back step by step. */
const incremental = 2
