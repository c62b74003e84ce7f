import { closeSync, openSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { hostname } from 'node:os'
import { join } from 'node:path'

import Sqlite from 'better-sqlite3'

import { rfc3339 } from '../base/clock.ts'
import { TapistryError } from '../base/errors.ts'
import { sqliteCode, storageProblem } from './problems.ts'

/** The right to write into a data folder, for one process at a time. */
export interface FolderLock {
  release(): void
}

/**
 * Takes the lock of the data folder at `path` for `command`, as others will be told. What holds is a lock of the kernel on `lock.db`, so it ends with the
 * process, however that ends; `lock.txt` beside it only says whose it is. Network file systems may grant such a lock twice: a data folder belongs on a
 * local disk. Throws `TapistryError` (STORAGE) with the holder where another process has it.
 */
export function lockFolder(path: string, command: string): FolderLock {
  const [lockPath, holderPath] = [join(path, 'lock.db'), join(path, 'lock.txt')]
  try {
    closeSync(openSync(lockPath, 'a', 0o600))
    const database = new Sqlite(lockPath, { timeout: 0 })
    try {
      database.exec('BEGIN EXCLUSIVE')
      writeHolder(holderPath, command)
    } catch (thrown) {
      database.close()
      throw thrown
    }
    return {
      release() {
        rmSync(holderPath, { force: true })
        database.close()
      },
    }
  } catch (thrown) {
    throw sqliteCode(thrown).startsWith('SQLITE_BUSY') ? heldBy(path, readHolder(holderPath)) : storageProblem(lockPath, thrown)
  }
}

/** Whole or not at all, since others read it at any time. */
function writeHolder(path: string, command: string): void {
  const temporary = `${path}.${process.pid}`
  writeFileSync(temporary, `${command} (process ${process.pid} on ${hostname()}, since ${rfc3339(Date.now())})\n`, { mode: 0o600 })
  renameSync(temporary, path)
}

function readHolder(path: string): string {
  try {
    return readFileSync(path, 'utf8').trim()
  } catch {
    // Between the lock and its text there is a moment.
    return 'another process'
  }
}

function heldBy(path: string, holder: string): TapistryError {
  return new TapistryError('STORAGE', `${path}: is in use by ${holder}; wait for it to end or stop it, or name another folder with --data-dir`)
}
