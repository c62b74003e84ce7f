import { chmodSync, copyFileSync, existsSync, mkdirSync, renameSync, rmSync } from 'node:fs'
import { join } from 'node:path'

import Sqlite from 'better-sqlite3'

import { systemReason, TapistryError } from '../base/errors.ts'
import { databaseName, secretName } from './data_folder.ts'
import { sqliteCode, storageProblem } from './problems.ts'
import { writeSnapshot } from './snapshot.ts'

/**
 * Copies the data folder at `path` to the new folder `target`, as it is at this moment, whoever writes into it meanwhile. A backup is a data folder: it can
 * be read where it lies, and has the secret too, without which its hashes would join with nothing later. It is there whole or not at all.
 * Throws `TapistryError`: OUTPUT where `target` cannot be written, STORAGE where the folder cannot be read.
 */
export function backupFolder(path: string, target: string): void {
  if (existsSync(target)) throw new TapistryError('OUTPUT', `${target}: exists already; name a folder that does not`)
  const temporary = `${target}.${process.pid}.tmp`
  try {
    mkdirSync(temporary, { mode: 0o700 })
    const database = new Sqlite(join(path, databaseName), { readonly: true, fileMustExist: true })
    try {
      writeSnapshot(database, join(temporary, databaseName))
    } finally {
      database.close()
    }
    copyFileSync(join(path, secretName), join(temporary, secretName))
    chmodSync(join(temporary, secretName), 0o600)
    renameSync(temporary, target)
  } catch (thrown) {
    rmSync(temporary, { recursive: true, force: true })
    const code = sqliteCode(thrown)
    // SQLite does not say which of the two files it was; only that of the copy can be full.
    if (code !== '' && code !== 'SQLITE_FULL') throw storageProblem(join(path, databaseName), thrown)
    const reason = code === 'SQLITE_FULL' ? 'the disk is full' : systemReason(thrown)
    throw new TapistryError('OUTPUT', `cannot copy ${path} to ${target}: ${reason}`, { cause: thrown })
  }
}
