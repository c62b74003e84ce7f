import { spawn, spawnSync } from 'node:child_process'
import { mkdirSync, mkdtempSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { setTimeout as sleep } from 'node:timers/promises'
import { afterEach, beforeEach, expect, test, type TestContext } from 'vitest'

import { runThrough } from '../../src/base/run_through.ts'
import { packageFolder } from '../../src/base/version.ts'
import { TapistryError } from '../../src/base/errors.ts'
import { encodeBatch } from '../../src/observation/codec.ts'
import { openStore } from '../../src/storage/open_store.ts'
import type { Repository } from '../../src/storage/repository.ts'
import { change, sampleBatch, sampleObservation } from './sample.ts'

let folder = ''
let mounted: string[] = []
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'tapistry-faults-'))
  mounted = []
})
afterEach(() => {
  for (const path of mounted.toReversed()) spawnSync('umount', [path])
  rmSync(folder, { recursive: true, force: true })
})

/** Mounts something at the new folder `name`; skips the test where one may not. */
function mount(context: TestContext, name: string, ...argv: readonly string[]): string {
  const path = join(folder, name)
  mkdirSync(path)
  if (spawnSync('mount', [...argv, path]).status !== 0) context.skip('only root may mount file systems')
  mounted.push(path)
  return path
}

const open = (path: string): ReturnType<typeof openStore> => openStore(path, { writer: 'tapistry run', note: () => undefined })

/** One exchange more, and that so many were read. */
function commitNext(repository: Repository, basis: number, bytes = 0): void {
  const wide = Array.from({ length: Math.ceil(bytes / 200) }, (_, index) => sampleObservation(`/fill/${basis}/${index}`, 0))
  const packed = [encodeBatch({ ...sampleBatch(sampleObservation('/counted', 1)), observations: [sampleObservation('/counted', 1), ...wide] })]
  repository.commit(change({ basis, packed, sources: [{ source: 'log:a', part: 'a', position: String(basis + 1) }] }))
}

/** How many exchanges are kept, and how far the source was read. */
function kept(repository: Repository): { readonly exchanges: number; readonly position: number; readonly generation: number } {
  const { base, sources, generation } = repository.load()
  const exchanges = base.observations.reduce((sum, { count }) => sum + count, 0)
  expect(base.counters.get('http.exchanges') ?? 0).toBe(exchanges)
  return { exchanges, position: Number(sources[0]?.position ?? 0), generation }
}

function problemOf(work: () => void): string {
  try {
    work()
  } catch (thrown) {
    if (thrown instanceof TapistryError) return `${thrown.code} ${thrown.message}`
    throw thrown
  }
  return ''
}

test('killed anywhere, what is kept and how far it was read belong together', async () => {
  const source = (path: string): string => JSON.stringify(join(packageFolder, path))
  const script = `
    const { openStore } = await import(${source('src/storage/open_store.ts')})
    const { encodeBatch } = await import(${source('src/observation/codec.ts')})
    const { change, sampleBatch, sampleObservation } = await import(${source('test/storage/sample.ts')})
    const { repository } = openStore(${JSON.stringify(folder)}, { writer: 'tapistry run', note: () => undefined })
    const packed = [encodeBatch(sampleBatch(sampleObservation('/counted', 1)))]
    for (let basis = repository.load().generation; ; basis += 1) {
      repository.commit(change({ basis, packed, sources: [{ source: 'log:a', part: 'a', position: String(basis + 1) }] }))
      console.log(basis)
    }`
  const commitsARound = 50
  let last = 0
  for (let round = 0; round < 8; round += 1) {
    const child = spawn(process.execPath, ['--input-type=module', '-e', script], { stdio: ['ignore', 'pipe', 'inherit'] })
    const ended = new Promise((resolve) => child.once('exit', resolve))
    // So many a round that pending batches are merged on the way; where in the next commit it ends is chance.
    const least = last + commitsARound
    for await (const line of createInterface(child.stdout)) if (Number(line) >= least) break
    await sleep(round)
    child.kill('SIGKILL')
    await ended
    const store = open(folder)
    const { exchanges, position, generation } = kept(store.repository)
    expect([exchanges, position]).toEqual([generation, generation])
    expect(generation).toBeGreaterThan(least)
    last = generation
    store.close()
  }
})

test('a disk that fills is named, nothing is half written, and it goes on when there is room', (context) => {
  const path = mount(context, 'small', '-t', 'tmpfs', '-o', 'size=3m', 'tmpfs')
  const store = open(path)
  let basis = 0
  const problem = problemOf(() => {
    for (; basis < 10_000; basis += 1) commitNext(store.repository, basis, 40_000)
  })
  expect(problem).toMatch(
    /^STORAGE .*tapistry\.db: the disk is full; what was kept before is whole: make room; what has ended is run again, a daemon goes on by itself$/,
  )
  expect(basis).toBeGreaterThan(3)
  expect(kept(store.repository)).toEqual({ exchanges: basis, position: basis, generation: basis })
  expect(problemOf(() => commitNext(store.repository, basis, 40_000))).toMatch(/the disk is full/)
  expect(spawnSync('mount', ['-o', 'remount,size=64m', path]).status).toBe(0)
  for (const end = basis + 300; basis < end; basis += 1) commitNext(store.repository, basis, 4_000)
  expect(kept(store.repository)).toEqual({ exchanges: basis, position: basis, generation: basis })
  store.close()
})

test('a full disk is named where a folder is opened', (context) => {
  const path = mount(context, 'full', '-t', 'tmpfs', '-o', 'size=64k', 'tmpfs')
  expect(problemOf(() => open(path).close())).toMatch(/^STORAGE .*tapistry\.db: the disk is full/)
  expect(() => writeFileSync(join(path, 'filler'), Buffer.alloc(65_536))).toThrow(/ENOSPC/)
  expect(problemOf(() => open(path).close())).toMatch(/^STORAGE .*the disk is full; what was kept before is whole: make room/)
  expect(spawnSync('mount', ['-o', 'remount,size=8m', path]).status).toBe(0)
  const store = open(path)
  expect(kept(store.repository)).toEqual({ exchanges: 0, position: 0, generation: 0 })
  store.close()
})

test('a database that is deleted while it is open takes nothing more until it is back', () => {
  const store = open(folder)
  const path = join(folder, 'tapistry.db')
  commitNext(store.repository, 0)
  expect(store.repository.misplaced()).toBeNull()
  renameSync(path, `${path}.away`)
  expect(store.repository.misplaced()).toMatch(/tapistry\.db: was deleted or moved away while it was open; put it back, or stop/)
  expect(problemOf(() => commitNext(store.repository, 1))).toMatch(/^STORAGE .*was deleted or moved away/)
  writeFileSync(path, '')
  expect(problemOf(() => commitNext(store.repository, 1))).toMatch(/^STORAGE .*was replaced by another file/)
  renameSync(`${path}.away`, path)
  commitNext(store.repository, 1)
  expect(kept(store.repository)).toMatchObject({ exchanges: 2 })
  store.close()
})

test('a read-only file system is named', (context) => {
  const data = join(folder, 'data')
  open(data).close()
  const path = mount(context, 'read-only', '--bind', data)
  expect(spawnSync('mount', ['-o', 'remount,ro,bind', path]).status).toBe(0)
  expect(problemOf(() => open(path).close())).toMatch(/^STORAGE .*(the file system is read-only|may not be written)/)
})

test.each([
  ['cut to its half', (bytes: Buffer): Buffer => bytes.subarray(0, bytes.length / 2)],
  ['with a page of noise', (bytes: Buffer): Buffer => Buffer.concat([bytes.subarray(0, 5 * 4096), Buffer.alloc(4096, 0xa5), bytes.subarray(6 * 4096)])],
  [
    'with a bit of each later page flipped',
    (bytes: Buffer): Buffer => Buffer.from(bytes.map((byte, index) => (index % 4096 === 4000 && index > 20 * 4096 ? byte ^ 16 : byte))),
  ],
])('a database %s is named or read, and never taken for another', (_, damage) => {
  const store = open(folder)
  for (let basis = 0; basis < 40; basis += 1) commitNext(store.repository, basis, 4_000)
  runThrough(store.repository.prune({ olderThanMs: null, bytesMax: null, eventsMax: null, latestMs: Infinity, dryRun: false }))
  store.close()
  const path = join(folder, 'tapistry.db')
  writeFileSync(path, damage(readFileSync(path)))
  const problem = problemOf(() => {
    const damaged = open(folder)
    try {
      damaged.repository.load()
    } finally {
      damaged.close()
    }
  })
  expect(problem).toMatch(/^$|^STORAGE .*(restore a backup with "tapistry db restore", or move it away and scan again)$/)
})
