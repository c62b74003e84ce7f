import { chmodSync, existsSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import Sqlite from 'better-sqlite3'
import { afterEach, beforeEach, expect, test } from 'vitest'

import { runThrough } from '../../src/base/run_through.ts'
import { InventoryState } from '../../src/inventory/state.ts'
import { encodeBatch } from '../../src/observation/codec.ts'
import { unpacked } from '../../src/observation/packed.ts'
import { checkDatabase } from '../../src/storage/check.ts'
import { openDataFolder } from '../../src/storage/data_folder.ts'
import { memoryRepository } from '../../src/storage/memory.ts'
import { sqliteMigrations } from '../../src/storage/migrations.ts'
import { packedJson, unpackedJson } from '../../src/storage/packed_json.ts'
import { storageProblem } from '../../src/storage/problems.ts'
import { emptyBatch } from '../../src/storage/repository.ts'
import { sqliteRepository } from '../../src/storage/sqlite.ts'
import { change, sampleBatch, sampleObservation } from './sample.ts'

let folder = ''
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'tapistry-sqlite-'))
})
afterEach(() => rmSync(folder, { recursive: true, force: true }))

const path = (): string => join(folder, 'tapistry.db')

test('the state survives the process', () => {
  const repository = sqliteRepository(path())
  repository.commit(change({ batch: sampleBatch(sampleObservation('/users', 3)) }))
  const before = repository.load()
  repository.close()
  const reopened = sqliteRepository(path())
  expect(reopened.load()).toEqual(before)
  reopened.close()
})

test('what is pending is merged when much of it is there, and nothing of it is lost or counted twice', () => {
  const repository = sqliteRepository(path())
  const memory = memoryRepository()
  for (let basis = 0; basis < 300; basis += 1) {
    const batch = sampleBatch(sampleObservation(`/users/${basis % 7}`, 1 + basis))
    const commit = change(basis % 2 === 0 ? { basis, packed: [encodeBatch(batch)] } : { basis, batch })
    for (const each of [repository, memory]) each.commit(commit)
    runThrough(repository.settling())
  }
  const [{ base }, { base: expected }] = [repository.load(), memory.load()]
  const state = new InventoryState()
  state.fold(base)
  expect(state.snapshot().observations.map(unpacked)).toEqual(expected.observations.map(unpacked))
  expect(state.snapshot().visibility).toEqual(expected.visibility)
  expect([state.counters(), state.folded()]).toEqual([expected.counters, expected.folded])
  repository.close()
  const database = new Sqlite(path(), { readonly: true })
  expect(database.prepare('SELECT count(*) AS count FROM observation').get()).toEqual({ count: 7 })
  expect(database.prepare<[], { count: number }>('SELECT count(*) AS count FROM pending').get()?.count).toBeLessThan(60)
  database.close()
})

test('blobs are not compressed: what is stored can be searched', () => {
  const repository = sqliteRepository(path())
  repository.commit(change({ batch: { ...emptyBatch, observations: [sampleObservation('/searchable-literal', 1)] } }))
  repository.close()
  expect(readFileSync(path()).includes('/searchable-literal')).toBe(true)
})

test.each([
  ['a file that is no database', 'this is text, not a database, and long enough to be looked at by SQLite as a header page of one', /no database of Tapistry/],
])('%s is refused with a sentence', (_, text, message) => {
  writeFileSync(path(), text.repeat(20))
  expect(() => sqliteRepository(path())).toThrow(message)
})

test('a damaged database is refused with a sentence', () => {
  const repository = sqliteRepository(path())
  repository.commit(change({ batch: sampleBatch(sampleObservation('/users', 3)) }))
  repository.close()
  const bytes = readFileSync(path())
  bytes.fill(0xff, 4096)
  writeFileSync(path(), bytes)
  expect(() => sqliteRepository(path()).load()).toThrow(/damaged|no database/)
})

test('an observation that is cut is named with what to do', () => {
  const repository = sqliteRepository(path())
  repository.commit(change({ packed: [encodeBatch(sampleBatch(sampleObservation('/users', 3))).subarray(0, 60)] }))
  expect(() => repository.load()).toThrow(/tapistry\.db: what it holds cannot be read \(a batch of observations ends early\); restore a backup with/)
  repository.close()
})

test('a locked database is refused with a sentence', () => {
  expect(storageProblem('x.db', Object.assign(new Error('database is locked'), { code: 'SQLITE_BUSY' })).message).toMatch(/in use by another process/)
  expect(storageProblem('x.db', Object.assign(new Error('full'), { code: 'SQLITE_FULL' })).exitCode).toBe(3)
})

test('a database of a newer version is refused', () => {
  sqliteRepository(path()).close()
  const database = new Sqlite(path())
  database.prepare('INSERT INTO migration (name, sha256) VALUES (?, ?)').run('9999_later.sql', 'x')
  database.close()
  expect(() => sqliteRepository(path())).toThrow(/newer version/)
})

test('a database whose schema step was another is refused', () => {
  sqliteRepository(path()).close()
  const database = new Sqlite(path())
  database.prepare('UPDATE migration SET sha256 = ?').run('x')
  database.close()
  expect(() => sqliteRepository(path())).toThrow(/is not that of this version/)
})

test('migrations are numbered without gaps', () => {
  expect(sqliteMigrations().map(({ name }) => Number(name.slice(0, 4)))).toEqual(sqliteMigrations().map((_, index) => index + 1))
})

test('the data folder keeps one secret, which only its owner reads', () => {
  const first = openDataFolder(join(folder, 'data'))
  expect(first.hashKey).toHaveLength(16)
  expect(Buffer.from(openDataFolder(join(folder, 'data')).hashKey)).toEqual(Buffer.from(first.hashKey))
  expect(statSync(join(folder, 'data', 'secret.key')).mode & 0o777).toBe(0o600)
})

test('a cut secret is refused: hashes would no longer join', () => {
  const data = join(folder, 'data')
  openDataFolder(data)
  chmodSync(join(data, 'secret.key'), 0o600)
  writeFileSync(join(data, 'secret.key'), 'short')
  expect(() => openDataFolder(data)).toThrow(/holds 5 bytes instead of 16/)
})

test('a database whose secret is lost is refused: with another one all values would count as new', () => {
  const data = join(folder, 'data')
  const { databasePath } = openDataFolder(data)
  sqliteRepository(databasePath).close()
  rmSync(join(data, 'secret.key'))
  expect(() => openDataFolder(data)).toThrow(/secret\.key: is lost, and tapistry\.db cannot be added to without it; restore it from a backup, or move/)
  expect(existsSync(join(data, 'secret.key'))).toBe(false)
})

test('a data folder that cannot be made is named', () => {
  writeFileSync(join(folder, 'file'), '')
  expect(() => openDataFolder(join(folder, 'file', 'data'))).toThrow(/cannot use the data folder/)
})

test('what is removed is given back to the disk, some rows a transaction', () => {
  const repository = sqliteRepository(path())
  const empty = repository.bytes()
  const observations = Array.from({ length: 2_000 }, (_, index) => ({ ...sampleObservation(`/path-${index}`, 1 + index), lastSeenMs: index }))
  repository.commit(change({ batch: { ...emptyBatch, observations } }))
  runThrough(repository.prune({ olderThanMs: null, bytesMax: null, eventsMax: null, latestMs: Infinity, dryRun: false }))
  const before = repository.bytes() - empty
  const steps = repository.prune({ olderThanMs: 199, bytesMax: null, eventsMax: null, latestMs: Infinity, dryRun: false })
  const left = (): number => repository.load().base.observations.length
  const sizes = new Set<number>()
  let step = steps.next()
  for (; step.done !== true; step = steps.next()) sizes.add(left())
  expect(step.value).toMatchObject({ keys: 1_800, keysBefore: 2_000 })
  expect(sizes.size).toBeGreaterThan(7)
  expect(repository.bytes()).toBeLessThan(empty + before * 0.2)
  repository.close()
  expect(statSync(path()).size).toBeLessThan(empty + before * 0.2)
})

test('a key of which something comes while old ones are removed stays', () => {
  const repository = sqliteRepository(path())
  const at = (name: string, lastSeenMs: number) => ({ ...sampleObservation(name, 1), lastSeenMs })
  const settled = { olderThanMs: null, bytesMax: null, eventsMax: null, latestMs: Infinity, dryRun: false }
  repository.commit(change({ batch: { ...emptyBatch, observations: [at('/old', 1), at('/older', 0), at('/new', 1_000)] } }))
  const steps = repository.prune({ ...settled, olderThanMs: 10 })
  // Merged, and every row looked at: two are old.
  expect([steps.next().done, steps.next().done]).toEqual([false, false])
  repository.commit(change({ basis: repository.generation(), batch: { ...emptyBatch, observations: [at('/old', 1_000)] } }))
  runThrough(repository.prune(settled))
  expect(runThrough(steps)).toMatchObject({ keys: 1, keysBefore: 3 })
  expect(repository.load().base.observations.map(({ key, count }) => [key.path, count])).toEqual([
    ['/new', 1],
    ['/old', 2],
  ])
  repository.close()
})

test('a past day or what was told that is damaged is named', () => {
  const repository = sqliteRepository(path())
  repository.commit(change({ batch: sampleBatch(sampleObservation('/users', 3)), day: 1, told: Buffer.from('no zstd') }))
  expect(() => unpackedJson(repository.told() ?? Buffer.alloc(0))).toThrow(/an inventory that was kept is damaged; look with "tapistry db check"/)
  repository.commit(change({ basis: 1, batch: sampleBatch(sampleObservation('/users', 3)), day: 2, dayBefore: packedJson({}).subarray(1) }))
  repository.close()
  expect(checkDatabase(path()).problems).toEqual(['1 of 1 rows of past_day cannot be read', 'the row of told cannot be read'])
})
