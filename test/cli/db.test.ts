import { copyFileSync, existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import Sqlite from 'better-sqlite3'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'

import { dayOf } from '../../src/base/day.ts'
import { runThrough } from '../../src/base/run_through.ts'
import { packageFolder } from '../../src/base/version.ts'
import { lockFolder } from '../../src/storage/lock.ts'
import { openStore } from '../../src/storage/open_store.ts'
import { change, sampleBatch, sampleObservation } from '../storage/sample.ts'
import { run, type Run } from './run.ts'

let folder = ''
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'tapistry-db-'))
})
afterEach(() => rmSync(folder, { recursive: true, force: true }))

const data = (): string => join(folder, 'data')
const database = (name = 'data'): string => join(folder, name, 'tapistry.db')
const db = (...argv: readonly string[]): Promise<Run> => run(['db', ...argv], { cwd: folder })
const scan = (): Promise<Run> => run(['scan', join(packageFolder, 'examples', 'shop.pcap'), '--data-dir', data()])
const exported = async (name = 'data'): Promise<string> => (await run(['export', 'inventory', '--data-dir', join(folder, name)])).out

/** A data folder with many keys in rows, as a daemon leaves it. */
function fill(): void {
  const store = openStore(data(), { writer: 'tapistry run', note: () => undefined })
  const observations = Array.from({ length: 500 }, (_, index) => sampleObservation(`/path-${index}`, 1 + index))
  store.repository.commit(change({ batch: sampleBatch(...observations), sources: [{ source: 'log:a', part: 'a', position: '1' }], day: dayOf(Date.now()) }))
  runThrough(store.repository.prune({ olderThanMs: null, bytesMax: null, eventsMax: null, latestMs: Infinity, dryRun: false }))
  store.close()
}

describe('check', () => {
  test('says what is in a folder that is whole, and changes nothing', async () => {
    fill()
    const before = readFileSync(database())
    const { exitCode, out, err } = await db('check', '--data-dir', 'data')
    expect([exitCode, err]).toEqual([0, ''])
    expect(out).toMatch(/data\/tapistry\.db: no problem found\n {2}keys {9}500 of 1 service, \d+ B each\n {2}not merged {3}0 batches\n {2}size/)
    expect(out).toMatch(/event times {2}2026-03-02T08:59:59\.500Z to 2026-03-02T09:00:00\.500Z\n {2}positions {4}0 inputs, 1 part of a source\n/)
    expect(readFileSync(database())).toEqual(before)
  })

  test('works beside a writer', async () => {
    await scan()
    const lock = lockFolder(data(), 'tapistry run')
    expect((await db('check', '--data-dir', 'data')).exitCode).toBe(0)
    lock.release()
  })

  const damages: ReadonlyArray<readonly [name: string, damage: () => void, message: RegExp]> = [
    [
      'a page that was overwritten',
      () => {
        const bytes = readFileSync(database())
        bytes.fill(0xa5, bytes.length - 3 * 4096, bytes.length - 2 * 4096)
        writeFileSync(database(), bytes)
      },
      /tapistry\.db: .*is damaged; restore a backup/s,
    ],
    ['a file that was cut', () => writeFileSync(database(), readFileSync(database()).subarray(0, 40_000)), /tapistry\.db: .*is damaged; restore a backup/s],
    ['a file that is no database', () => writeFileSync(database(), 'x'.repeat(5000)), /is no database of Tapistry/],
    [
      'an observation that was cut',
      () => {
        const changed = new Sqlite(database())
        changed.prepare('UPDATE observation SET batch = substr(batch, 1, 60) WHERE id IN (3, 4)').run()
        changed.close()
      },
      /2 of 500 rows of observation cannot be read \(row \d+: .*ends early\)\n.*is damaged; restore a backup/,
    ],
    [
      'a change that is no JSON',
      () => {
        const changed = new Sqlite(database())
        changed.prepare("INSERT INTO event (at_ms, kind, subject, what, details) VALUES (1, 'spec', 'x', 'appeared', '{')").run()
        changed.close()
      },
      /1 of 1 rows of event cannot be read \(no JSON\)/,
    ],
    [
      'an observation at a key of another',
      () => {
        const changed = new Sqlite(database())
        changed.prepare('UPDATE observation SET batch = (SELECT batch FROM observation WHERE id = 7) WHERE id = 3').run()
        changed.close()
      },
      /1 of 500 rows of observation cannot be read \(row \d+: it holds another key\)/,
    ],
  ]
  test.each(damages)('names %s, and ends with 3', async (_, damage, message) => {
    fill()
    damage()
    const { exitCode, err } = await db('check', '--data-dir', 'data')
    expect(err).toMatch(message)
    expect(exitCode).toBe(3)
  })

  test('a folder that holds nothing is named', async () => {
    expect(await db('check', '--data-dir', 'nowhere')).toMatchObject({
      exitCode: 3,
      err: expect.stringMatching(/nowhere: holds no tapistry\.db; name/) as string,
    })
    expect(await db('check')).toMatchObject({ exitCode: 2, err: expect.stringMatching(/use --data-dir/) as string })
    expect(existsSync(join(folder, 'nowhere'))).toBe(false)
  })
})

describe('backup and restore', () => {
  test('a backup is a data folder, made while somebody writes, and private', async () => {
    await scan()
    const writer = openStore(data(), { writer: 'tapistry run', note: () => undefined })
    const { exitCode, out, err } = await db('backup', 'copy', '--data-dir', 'data')
    writer.close()
    expect([exitCode, out]).toEqual([0, 'copy: written\n'])
    expect(err).toMatch(/holds the secret of the hashes too: keep it as private/)
    expect(await exported('copy')).toBe(await exported())
    for (const name of ['secret.key', 'tapistry.db']) expect(statSync(join(folder, 'copy', name)).mode & 0o777).toBe(0o600)
    expect(statSync(join(folder, 'copy')).mode & 0o777).toBe(0o700)
  })

  test('a backup that cannot be written leaves nothing, one that is there is not touched', async () => {
    await scan()
    expect(await db('backup', 'no/such/copy', '--data-dir', 'data')).toMatchObject({
      exitCode: 3,
      err: expect.stringMatching(/no such file or folder/) as string,
    })
    expect(await db('backup', 'data', '--data-dir', 'data')).toMatchObject({ exitCode: 3, err: expect.stringMatching(/data: exists already/) as string })
    rmSync(join(data(), 'secret.key'))
    expect(await db('backup', 'copy', '--data-dir', 'data')).toMatchObject({ exitCode: 3, err: expect.stringMatching(/cannot copy/) as string })
    expect(readdirSync(folder)).toEqual(['data'])
  })

  test('what is restored goes on as it was', async () => {
    await scan()
    const before = await exported()
    await db('backup', 'copy', '--data-dir', 'data')
    rmSync(data(), { recursive: true })
    expect(await db('restore', 'copy', '--data-dir', 'data')).toMatchObject({
      exitCode: 0,
      out: expect.stringMatching(/data: restored from copy\n$/) as string,
    })
    expect(await exported()).toBe(before)
    await scan()
    expect(await exported()).toBe(before)
  })

  test('a folder that holds something is replaced only by force, and its own is kept', async () => {
    await scan()
    await db('backup', 'copy', '--data-dir', 'data')
    rmSync(data(), { recursive: true })
    fill()
    const [before, other] = [await exported(), await exported('copy')]
    expect(await db('restore', 'copy', '--data-dir', 'data')).toMatchObject({
      exitCode: 3,
      err: expect.stringMatching(/holds an inventory already; .*--force/) as string,
    })
    expect(await exported()).toBe(before)
    expect((await db('restore', 'copy', '--data-dir', 'data', '--force')).exitCode).toBe(0)
    expect(await exported()).toBe(other)
    rmSync(join(folder, 'copy'), { recursive: true })
    for (const name of ['tapistry.db', 'secret.key']) copyFileSync(join(data(), `${name}.before-restore`), join(data(), name))
    expect(await exported()).toBe(before)
  })

  test('a damaged backup, one without its secret, and a folder in use are refused', async () => {
    fill()
    await db('backup', 'copy', '--data-dir', 'data')
    const lock = lockFolder(data(), 'tapistry run')
    expect(await db('restore', 'copy', '--data-dir', 'data', '--force')).toMatchObject({
      exitCode: 3,
      err: expect.stringMatching(/in use by tapistry run/) as string,
    })
    lock.release()
    const changed = new Sqlite(database('copy'))
    changed.prepare('UPDATE observation SET batch = substr(batch, 1, 60) WHERE id = 3').run()
    changed.close()
    expect(await db('restore', 'copy', '--data-dir', 'data', '--force')).toMatchObject({
      exitCode: 3,
      err: expect.stringMatching(/copy: is damaged/) as string,
    })
    rmSync(join(folder, 'copy', 'secret.key'))
    expect(await db('restore', 'copy', '--data-dir', 'new')).toMatchObject({ exitCode: 3, err: expect.stringMatching(/copy: holds no secret\.key/) as string })
    expect((await db('check', '--data-dir', 'data')).exitCode).toBe(0)
  })
})

describe('prune', () => {
  test('by age: what goes stays as counts, and all counts add up', async () => {
    await scan()
    const exchanges = async (): Promise<number> => (JSON.parse(await exported()) as { visibility: { http: { exchanges: number } } }).visibility.http.exchanges
    const before = await exchanges()
    const dry = await db('prune', '--older-than', '10m', '--dry-run', '--data-dir', 'data')
    expect(dry.out).toMatch(
      /^would remove [1-9]\d* of \d+ keys, 0 of 0 changes and 0 of 0 past days, the newest event being of 2026-03-02T.*Z; [\d,]+ exchanges of them would stay as counts/,
    )
    const { exitCode, out } = await db('prune', '--older-than', '10m', '--data-dir', 'data')
    expect([exitCode, out.replace(/;[^;]*$/, '')]).toEqual([
      0,
      dry.out
        .replace('would remove', 'removed')
        .replace('would stay', 'stay')
        .replace(/;[^;]*$/, ''),
    ])
    expect(await exchanges()).toBe(before)
    expect((await db('prune', '--older-than', '10m', '--data-dir', 'data')).out).toMatch(/^removed 0 of/)
  })

  test('by size: the file is smaller afterwards', async () => {
    fill()
    const before = statSync(database()).size
    const { out } = await db('prune', '--max-bytes', '200kB', '--data-dir', 'data')
    expect(out).toMatch(/^removed [1-9]\d* of 500 keys, 0 of 0 changes and 0 of 0 past days/)
    expect(before).toBeGreaterThan(250_000)
    expect(statSync(database()).size).toBeLessThanOrEqual(200_000)
  })

  test.each([
    [[], /nothing says what may go/],
    [['--older-than', 'long'], /--older-than long: an age such as 90d/],
    [['--max-events', '-1'], /--max-events -1: a whole number/],
    [['--max-bytes', 'much'], /--max-bytes much: a size such as 2GiB/],
  ])('wrong usage: %s', async (argv, message) => {
    fill()
    expect(await db('prune', ...argv, '--data-dir', 'data')).toMatchObject({ exitCode: 2, err: expect.stringMatching(message) as string })
  })
})

test.each(['check', 'backup', 'restore', 'prune'])('%s has help with examples', async (name) => {
  expect((await db(name, '--help')).out).toContain('Examples:')
})
