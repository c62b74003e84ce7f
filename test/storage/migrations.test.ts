import { existsSync, mkdtempSync, rmSync, statSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import Sqlite from 'better-sqlite3'
import { afterEach, beforeEach, expect, test } from 'vitest'

import { keyText } from '../../src/inventory/priority.ts'
import { encodeBatch } from '../../src/observation/codec.ts'
import { unpacked } from '../../src/observation/packed.ts'
import { openDataFolder } from '../../src/storage/data_folder.ts'
import { lockFolder } from '../../src/storage/lock.ts'
import { migrate, sqliteMigrations } from '../../src/storage/migrations.ts'
import { openStore } from '../../src/storage/open_store.ts'
import { sampleObservation } from './sample.ts'

let folder = ''
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'tapistry-migrations-'))
  openDataFolder(folder)
})
afterEach(() => rmSync(folder, { recursive: true, force: true }))

const path = (): string => join(folder, 'tapistry.db')
const copy = (): string => `${path()}.before-0002_source_position`
const observation = sampleObservation('/users', 3)

/** A database as the first version wrote it, with an observation. */
function writeFirst(): void {
  const database = new Sqlite(path())
  migrate(database, path(), sqliteMigrations().slice(0, 1), () => undefined)
  const batch = encodeBatch({ observations: [observation], visibility: [], counters: new Map() })
  database.prepare('INSERT INTO observation (service, key, batch) VALUES (?, ?, ?)').run(observation.key.service, keyText(observation.key), batch)
  database.close()
}

test.each([null, 'tapistry scan'])('what a first version wrote is copied, brought forward and read (writer: %s)', (writer) => {
  writeFirst()
  const notes: string[] = []
  const store = openStore(folder, { writer, note: (line) => notes.push(line) })
  expect(store.repository.load().base.observations.map(unpacked)).toEqual([observation])
  store.close()
  expect(notes).toEqual([`${path()}: is brought to the schema of this version; as it was it is kept as ${copy()}, which can be removed later`])
  expect(statSync(copy()).mode & 0o777).toBe(0o600)
  const before = new Sqlite(copy(), { readonly: true })
  expect(before.prepare('SELECT name FROM migration').pluck().all()).toEqual(['0001_state.sql'])
  expect(before.prepare('SELECT count(*) FROM observation').pluck().get()).toBe(1)
  before.close()
  // It can be given back page by page from now on.
  const now = new Sqlite(path(), { readonly: true })
  expect(now.pragma('auto_vacuum', { simple: true })).toBe(2)
  now.close()
})

test('a new database needs no copy, nor one that is up to date', () => {
  const notes: string[] = []
  for (let round = 0; round < 2; round += 1) openStore(folder, { writer: 'tapistry scan', note: (line) => notes.push(line) }).close()
  expect(notes).toEqual([])
  expect(existsSync(copy())).toBe(false)
})

test('the schema is not changed under a writer', () => {
  writeFirst()
  const lock = lockFolder(folder, 'tapistry run')
  expect(() => openStore(folder, { writer: null, note: () => undefined })).toThrow(/is in use by tapistry run/)
  lock.release()
})

test('a step that fails changes nothing', () => {
  writeFirst()
  const steps = [...sqliteMigrations(), { name: '9999_wrong.sql', sql: 'CREATE TABLE later (id INTEGER); SELECT nonsense;', sha256: 'x' }]
  const database = new Sqlite(path())
  expect(() => migrate(database, path(), steps, () => undefined)).toThrow(/nonsense/)
  expect(database.prepare('SELECT name FROM migration').pluck().all()).toEqual(['0001_state.sql'])
  database.close()
})
