import { copyFileSync, existsSync, renameSync } from 'node:fs'
import { join } from 'node:path'

import { systemReason, TapistryError } from '../base/errors.ts'
import { makeFolder } from '../base/folder.ts'
import { checkDatabase } from './check.ts'
import { databaseName, secretName } from './data_folder.ts'
import { lockFolder } from './lock.ts'

/**
 * Puts the backup at `backup` into the data folder at `path`, under its lock. What stands there already is refused, or replaced by `force`: then it is
 * kept under names that end in `.before-restore`. Throws `TapistryError` (STORAGE) where the backup is damaged or the folder cannot be written.
 */
export function restoreFolder(backup: string, path: string, force: boolean): void {
  for (const name of [databaseName, secretName]) {
    if (!existsSync(join(backup, name))) throw new TapistryError('STORAGE', `${backup}: holds no ${name}; name a folder that "tapistry db backup" wrote`)
  }
  const { problems } = checkDatabase(join(backup, databaseName))
  if (problems.length > 0) throw new TapistryError('STORAGE', `${backup}: is damaged (${problems[0]}); name another backup`)
  try {
    makeFolder(path, 0o700)
    const lock = lockFolder(path, 'tapistry db restore')
    try {
      if (existsSync(join(path, databaseName)) && !force) {
        throw new TapistryError('STORAGE', `${path}: holds an inventory already; name another folder with --data-dir, or replace it with --force`)
      }
      putInPlace(backup, path)
    } finally {
      lock.release()
    }
  } catch (thrown) {
    if (thrown instanceof TapistryError) throw thrown
    throw new TapistryError('STORAGE', `cannot restore ${backup} into ${path}: ${systemReason(thrown)}`, { cause: thrown })
  }
}

/** The database goes first and comes last: cut off anywhere, there is never one with the secret of the other. */
function putInPlace(backup: string, path: string): void {
  for (const name of [databaseName, secretName]) copyFileSync(join(backup, name), join(path, `${name}.restored`))
  for (const name of [databaseName, `${databaseName}-wal`, `${databaseName}-shm`, secretName]) {
    const kept = name.startsWith(databaseName) ? `${databaseName}.before-restore${name.slice(databaseName.length)}` : `${name}.before-restore`
    if (existsSync(join(path, name))) renameSync(join(path, name), join(path, kept))
  }
  for (const name of [secretName, databaseName]) renameSync(join(path, `${name}.restored`), join(path, name))
}
