import { mkdtempSync, renameSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, it } from 'vitest'

import { encodeBatch } from '../../src/observation/codec.ts'
import type { Repository } from '../../src/storage/repository.ts'
import { sqliteRepository } from '../../src/storage/sqlite.ts'
import { rowsIn } from './rows_in.ts'
import { change, sampleBatch, sampleObservation } from './sample.ts'

let folder = ''
let repository: Repository
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'tapistry-settler-'))
  repository = sqliteRepository(path())
})
afterEach(() => {
  repository.close()
  rmSync(folder, { recursive: true, force: true })
})

const path = (): string => join(folder, 'tapistry.db')

function commitNext(exchanges: number, wide = 0): void {
  const basis = repository.generation()
  const own = Array.from({ length: wide }, (_, index) => sampleObservation(`/fill/${basis}/${index}`, 0))
  const batch = { ...sampleBatch(sampleObservation('/counted', exchanges)), observations: [sampleObservation('/counted', exchanges), ...own] }
  repository.commit(change({ basis, packed: [encodeBatch(batch)] }))
}

const counted = (table: string): number => rowsIn(path(), table)

function exchanges(): number {
  return repository.load().base.observations.reduce((sum, { count }) => sum + count, 0)
}

it('what commits append is merged by a thread of its own, while others are committed', async () => {
  const problems: Array<string | null> = []
  const settler = repository.startSettler((problem) => problems.push(problem))
  const rounds: Array<Promise<void>> = []
  for (let commit = 1; commit <= 300; commit += 1) {
    commitNext(1)
    settler.wake()
    if (commit % 100 === 0) rounds.push(settler.settleAll())
  }
  await Promise.all(rounds)
  await settler.settleAll()
  expect([counted('pending'), counted('observation'), exchanges()]).toEqual([0, 1, 300])
  await settler.close()
  expect(problems).toEqual([])
})

it('nothing is merged while it pauses', async () => {
  const settler = repository.startSettler(() => undefined)
  for (let commit = 0; commit < 257; commit += 1) commitNext(1)
  await settler.pause()
  settler.wake()
  await settler.pause()
  expect(counted('pending')).toBe(257)
  settler.resume()
  settler.wake()
  await settler.pause()
  await settler.close()
  expect(exchanges()).toBe(257)
})

it('the log beside the database is written back, also while nothing is merged', async () => {
  const settler = repository.startSettler(() => undefined)
  const sizes: number[] = []
  for (let commit = 0; commit < 40; commit += 1) {
    commitNext(1, 1000)
    settler.wake()
    // All that was asked for before is done then.
    await settler.pause()
    sizes.push(statSync(`${path()}-wal`).size)
  }
  await settler.close()
  const [first = 0] = sizes
  expect(Math.max(...sizes)).toBeLessThan(first * 17)
})

it('a thread that dies is named and begun anew, and nothing is merged into another file', async () => {
  const problems: Array<string | null> = []
  const settler = repository.startSettler((problem) => problems.push(problem))
  commitNext(1)
  renameSync(path(), `${path()}.away`)
  writeFileSync(path(), '')
  await settler.settleAll()
  expect(problems).toEqual([expect.stringContaining('was replaced by another file')])
  renameSync(`${path()}.away`, path())
  await settler.settleAll()
  expect(problems).toEqual([expect.stringContaining('was replaced'), null])
  expect([counted('pending'), exchanges()]).toEqual([0, 1])
  await settler.close()
})
