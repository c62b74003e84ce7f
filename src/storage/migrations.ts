import { createHash } from 'node:crypto'
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Database } from 'better-sqlite3'

import { TapistryError } from '../base/errors.ts'
import { packageFolder } from '../base/version.ts'
import { writeSnapshot } from './snapshot.ts'

/** One step of the schema, forward only. */
export interface Migration {
  /** `0001_state.sql`. */
  readonly name: string
  readonly sql: string
  readonly sha256: string
}

/** The steps that this build knows, in order. */
export function sqliteMigrations(): Migration[] {
  const folder = join(packageFolder, 'migrations', 'sqlite')
  return readdirSync(folder)
    .filter((name) => /^\d{4}_.*\.sql$/.test(name))
    .toSorted()
    .map((name) => {
      const sql = readFileSync(join(folder, name), 'utf8')
      return { name, sql, sha256: createHash('sha256').update(sql).digest('hex') }
    })
}

/**
 * Brings the database to the newest schema in one transaction. One that holds something already is copied first, to `PATH.before-STEP`, and `note` is told.
 * Refuses one that a newer build has changed, and one whose steps were not those of this build.
 */
export function migrate(database: Database, path: string, migrations: readonly Migration[], note: (line: string) => void): void {
  const applied = appliedMigrations(database, path, migrations)
  const [next] = migrations.slice(applied)
  if (next === undefined) return
  if (applied > 0) {
    const copy = `${path}.before-${next.name.replace(/\.sql$/, '')}`
    writeSnapshot(database, copy)
    note(`${path}: is brought to the schema of this version; as it was it is kept as ${copy}, which can be removed later`)
  }
  database
    .transaction(() => {
      database.exec('CREATE TABLE IF NOT EXISTS migration (name TEXT NOT NULL PRIMARY KEY, sha256 TEXT NOT NULL) STRICT, WITHOUT ROWID')
      const insert = database.prepare('INSERT INTO migration (name, sha256) VALUES (?, ?)')
      // Two that open a new database at once come here one after the other.
      for (const { name, sql, sha256 } of migrations.slice(appliedMigrations(database, path, migrations))) {
        database.exec(sql)
        insert.run(name, sha256)
      }
    })
    .immediate()
}

/** How many steps the database has, 0 for a new one. */
export function appliedMigrations(database: Database, path: string, migrations: readonly Migration[]): number {
  const table = database.prepare("SELECT 1 FROM sqlite_schema WHERE type = 'table' AND name = 'migration'").get()
  if (table === undefined) return 0
  const applied = database.prepare<[], { name: string; sha256: string }>('SELECT name, sha256 FROM migration ORDER BY name').all()
  for (const [index, { name, sha256 }] of applied.entries()) {
    const known = migrations[index]
    if (known === undefined)
      throw new TapistryError('STORAGE', `${path}: was written by a newer version of Tapistry (${name}); upgrade this one, going back is not possible`)
    if (known.name !== name || known.sha256 !== sha256)
      throw new TapistryError('STORAGE', `${path}: its schema step ${name} is not that of this version; use the version that wrote it`)
  }
  return applied.length
}
