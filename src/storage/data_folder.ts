import { randomBytes } from 'node:crypto'
import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'

import { systemCode, systemReason, TapistryError } from '../base/errors.ts'
import { makeFolder } from '../base/folder.ts'

/** A folder that holds all that Tapistry keeps: removing it removes every trace. */
export interface DataFolder {
  readonly databasePath: string
  /** The secret behind keyed hashes: they join with no other folder's. */
  readonly hashKey: Uint8Array
}

/** Opens the folder, and makes it with a new secret where it does not exist. */
export function openDataFolder(path: string): DataFolder {
  try {
    makeFolder(path, 0o700)
    const [databasePath, secretPath] = [join(path, databaseName), join(path, secretName)]
    // With another key every value would count as new.
    if (existsSync(databasePath) && !existsSync(secretPath)) throw lostSecret(secretPath)
    return { databasePath, hashKey: readSecret(secretPath) }
  } catch (thrown) {
    if (thrown instanceof TapistryError) throw thrown
    throw new TapistryError('STORAGE', `cannot use the data folder ${path}: ${systemReason(thrown)}; name another one with --data-dir`, { cause: thrown })
  }
}

/** The database's file in a data folder. */
export const databaseName = 'tapistry.db'

/** The file with the secret behind keyed hashes. */
export const secretName = 'secret.key'
const secretBytes = 16

function readSecret(path: string): Uint8Array {
  try {
    // `wx` decides a race of two first runs: one of them writes, both read the same.
    writeFileSync(path, randomBytes(secretBytes), { flag: 'wx', mode: 0o600 })
  } catch (thrown) {
    if (systemCode(thrown) !== 'EEXIST') throw thrown
  }
  const secret = readFileSync(path)
  if (secret.length === secretBytes) return secret
  throw new TapistryError('STORAGE', `${path}: holds ${secret.length} bytes instead of ${secretBytes}; ${remedy}`)
}

function lostSecret(path: string): TapistryError {
  return new TapistryError('STORAGE', `${path}: is lost, and ${databaseName} cannot be added to without it; ${remedy}`)
}

const remedy = 'restore it from a backup, or move the whole folder away and scan again'
