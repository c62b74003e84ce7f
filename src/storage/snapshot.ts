import { closeSync, fsyncSync, openSync, renameSync, rmSync } from 'node:fs'
import type { Database } from 'better-sqlite3'

/**
 * Writes a copy of an open database to the file at `path`, as it is at this moment, whoever writes into it meanwhile. The copy is there whole or not at
 * all, for its owner alone; one that has the name already is replaced.
 */
export function writeSnapshot(database: Database, path: string): void {
  const temporary = `${path}.${process.pid}.tmp`
  // SQLite fills an empty file, and keeps its rights.
  const descriptor = openSync(temporary, 'w', 0o600)
  try {
    database.prepare('VACUUM INTO ?').run(temporary)
    fsyncSync(descriptor)
    renameSync(temporary, path)
  } finally {
    closeSync(descriptor)
    rmSync(temporary, { force: true })
  }
}
