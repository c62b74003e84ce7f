import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, it } from 'vitest'

import { runThrough } from '../../src/base/run_through.ts'
import { InventoryState } from '../../src/inventory/state.ts'
import { encodeBatch } from '../../src/observation/codec.ts'
import type { Repository } from '../../src/storage/repository.ts'
import { sqliteRepository } from '../../src/storage/sqlite.ts'
import { rowsIn } from './rows_in.ts'
import { change, sampleBatch, sampleObservation } from './sample.ts'

let folder = ''
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'tapistry-settle-'))
})
afterEach(() => rmSync(folder, { recursive: true, force: true }))

const path = (): string => join(folder, 'tapistry.db')

/** What counts in a state, as text. */
function countsOf(state: InventoryState): string {
  const { observations, visibility, counters } = state.snapshot()
  const keys = observations.map(({ key, count, latencyUs }) => [key.path, count, latencyUs.sum])
  return JSON.stringify([keys, visibility.map(({ counts }) => [counts.get('flows'), counts.get('incompleteMessages')]), [...counters]])
}

function stateOf(repository: Repository): string {
  const state = new InventoryState()
  state.fold(repository.load().base)
  return countsOf(state)
}

const counted = (table: string): number => rowsIn(path(), table)

/** A batch with the keys that all have, and one of its own. */
function commitNext(repository: Repository, expected: InventoryState): void {
  const basis = repository.generation()
  const keys = Array.from({ length: 20 }, (_, key) => sampleObservation(`/users/${key}/{int}`, 1 + basis))
  const batch = { ...sampleBatch(...keys, sampleObservation(`/own/${basis}`, 1)), counters: new Map([['logs.lines', basis]]) }
  repository.commit(change({ basis, packed: [encodeBatch(batch)] }))
  expected.fold(batch)
}

it('what is loaded is the same after every step, whatever is committed between, and however often it is begun anew', () => {
  let repository = sqliteRepository(path())
  const expected = new InventoryState()
  for (let batch = 0; batch < 257; batch += 1) commitNext(repository, expected)
  for (let run = 0; run < 6; run += 1) {
    // Batches are read one a step, then keys are merged; the last step is the end of all. The first runs end with some keys merged, the last one with all.
    const stepsOfRun = run === 5 ? Infinity : counted('pending') + 1 + (run % 2)
    const settling = repository.settling()
    for (let step = 0; step < stepsOfRun && settling.next().done !== true; step += 1) {
      if (step > 256) expect(stateOf(repository)).toBe(countsOf(expected))
      if (step === 200) commitNext(repository, expected)
    }
    // As where the process is killed.
    repository.close()
    repository = sqliteRepository(path())
    expect(stateOf(repository)).toBe(countsOf(expected))
  }
  expect(counted('observation')).toBeGreaterThan(256)
  expect(counted('pending')).toBeLessThan(10)
  repository.close()
})

it('numbers of batches do not come again once they are merged', () => {
  const repository = sqliteRepository(path())
  const expected = new InventoryState()
  for (let round = 0; round < 3; round += 1) {
    for (let batch = 0; batch < 257; batch += 1) commitNext(repository, expected)
    runThrough(repository.settling())
    expect(counted('pending')).toBe(0)
  }
  commitNext(repository, expected)
  expect(stateOf(repository)).toBe(countsOf(expected))
  repository.close()
})

it('two that settle at a time count nothing twice', () => {
  const repositories = [sqliteRepository(path()), sqliteRepository(path())] as const
  const expected = new InventoryState()
  for (let batch = 0; batch < 257; batch += 1) commitNext(repositories[0], expected)
  const all = repositories.map((repository) => repository.settling())
  for (let left = all; left.length > 0;) left = left.filter((settling) => settling.next().done !== true)
  expect(stateOf(repositories[0])).toBe(countsOf(expected))
  expect(counted('pending')).toBe(0)
  for (const repository of repositories) repository.close()
})

it('few batches wait', () => {
  const repository = sqliteRepository(path())
  commitNext(repository, new InventoryState())
  expect(repository.settling().next().done).toBe(true)
  expect(counted('pending')).toBe(1)
  repository.close()
})
