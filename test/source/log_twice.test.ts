import {
  appendFileSync,
  copyFileSync,
  linkSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  renameSync,
  rmSync,
  symlinkSync,
  utimesSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { gzipSync } from 'node:zlib'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'

import { logSource } from '../../src/source/log.ts'
import type { Source } from '../../src/source/source.ts'
import { windowBytes } from '../../src/source/tail/fingerprint.ts'
import { openLogPool } from '../../src/source/tail/log_pool.ts'
import { openStore } from '../../src/storage/open_store.ts'
import { until } from '../e2e/until.ts'
import { piped } from './piped.ts'

let folder = ''
let logs = ''
let log = ''
let written = 0

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'tapistry-twice-'))
  logs = join(folder, 'logs')
  log = join(logs, 'access.log')
  mkdirSync(logs)
  mkdirSync(join(folder, 'other'))
  written = 0
})

afterEach(() => rmSync(folder, { recursive: true, force: true }))

/** Lines that are all different; sixty of them are more than a window. */
const lines = (count: number): string =>
  Array.from({ length: count }, () => {
    written += 1
    return `10.0.0.1 - - [21/Sep/2026:14:00:00 +0000] "GET /items/${written} HTTP/1.1" 200 ${written} "-" "curl/8"\n`
  }).join('')

interface Followed {
  readonly sources: readonly Source[]
  count(name: string): number
  problems(): string
  /** Waits until these logs were read, or passed over, to their ends. */
  readsAll(bytes: number): Promise<void>
  exchanges(): Promise<number>
}

/** Follows what lies at these paths, for one life of a daemon. */
async function following(paths: readonly string[], during: (followed: Followed) => Promise<void>): Promise<void> {
  const store = openStore(join(folder, 'data'), { writer: 'a test', note: () => undefined })
  const pipeline = piped(store.repository)
  const engine = { hashKey: store.hashKey, literals: [], words: [] }
  const pool = openLogPool(engine)
  const sources = paths.map((path) => logSource({ path, follow: true, readFrom: 'beginning', host: 'shop' }, engine, pool))
  const stop = new AbortController()
  const running = sources.map((source) => source.run(pipeline.sinkOf(source.id), stop.signal))
  const bytesRead = (): number => [...pool.followed.values()].flat().reduce((sum, { bytes }) => sum + bytes, 0)
  const count = (name: string): number => sources.reduce((sum, source) => sum + (source.counts()[name] ?? 0), 0)
  await during({
    sources,
    count,
    problems: () => sources.map((source) => source.standing().problem ?? '').join('\n'),
    readsAll: async (bytes) =>
      void (await until(
        () => bytesRead() >= bytes,
        () => `${bytes} bytes: ${bytesRead()}, ${JSON.stringify(sources.map((source) => source.counts()))}`,
      )),
    async exchanges() {
      await pool.flush()
      await pipeline.flush()
      return pipeline.exchanges()
    },
  })
  stop.abort()
  await Promise.all(running)
  await pipeline.close()
  store.close()
}

describe('a log that is reached twice', () => {
  it.each([
    ['a symbolic link in another folder', (): string => (symlinkSync(log, join(folder, 'other', 'linked.log')), join(folder, 'other', 'linked.log'))],
    ['a hard link in another folder', (): string => (linkSync(log, join(folder, 'other', 'linked.log')), join(folder, 'other', 'linked.log'))],
    ['the folder of which another source names the file', (): string => logs],
    ['a link to its folder', (): string => (symlinkSync(logs, join(folder, 'linked')), join(folder, 'linked', '*.log'))],
  ])('through %s counts once, also when it grows, is rotated and after a restart', async (_, other) => {
    const first = lines(5)
    writeFileSync(log, first)
    const paths = [log, other()]
    await following(paths, async ({ sources, readsAll, exchanges, count, problems }) => {
      await readsAll(2 * first.length)
      expect(await exchanges()).toBe(5)
      const more = lines(100)
      appendFileSync(log, more)
      await readsAll(2 * (first.length + more.length))
      expect(await exchanges()).toBe(105)
      expect([count('exchanges'), count('bytesElsewhere'), count('filesElsewhere')]).toEqual([105, first.length + more.length, 1])
      expect(problems()).toMatch(/^\n.*: is the same file as .*access\.log, and counts there$/)
      expect(sources.map((source) => source.standing().state)).toEqual(['up', 'up'])
    })
    appendFileSync(log, lines(3))
    renameSync(log, `${log}.1`)
    writeFileSync(log, lines(4))
    await following(paths, async ({ exchanges }) => void (await until(async () => (await exchanges()) >= 112)))
    // The hard link still names the old file.
    appendFileSync(log, lines(2))
    await following(paths.toReversed(), async ({ exchanges }) => void (await until(async () => (await exchanges()) >= 114)))
    await following(paths, async ({ sources, exchanges }) => {
      await until(() => sources.every((source) => source.standing().state === 'up'))
      expect(await exchanges()).toBe(114)
    })
  })

  it.each([
    ['a link', (): string => (symlinkSync(log, join(folder, 'other', 'linked.log')), join(folder, 'other', 'linked.log'))],
    ['the folder that holds it', (): string => logs],
  ])('through %s counts once where it was rotated and compressed while nobody watched, whoever finds that', async (_, other) => {
    writeFileSync(log, lines(100))
    const paths = [log, other()]
    await following(paths, async ({ exchanges }) => void (await until(async () => (await exchanges()) >= 100)))
    const rotated = (names: readonly string[], more: number, all: number): Promise<void> =>
      following(names, async ({ sources, exchanges, count }) => {
        await until(async () => (await exchanges()) >= all)
        await until(() => sources.every((source) => source.standing().state === 'up'))
        expect([await exchanges(), count('exchanges'), count('restsLost')]).toEqual([all, more, 0])
      })
    appendFileSync(log, lines(10))
    writeFileSync(`${log}-20260101.gz`, gzipSync(readFileSync(log)))
    rmSync(log)
    writeFileSync(`${log}-20260102.gz`, gzipSync(lines(90)))
    writeFileSync(log, lines(5))
    await rotated(paths, 105, 205)
    appendFileSync(log, lines(20))
    renameSync(log, `${log}-20260103`)
    writeFileSync(log, lines(1))
    await rotated(paths.slice(1), 21, 226)
    await rotated(paths, 0, 226)
    // What is nowhere is said once.
    appendFileSync(log, lines(3))
    writeFileSync(log, lines(70))
    await following(paths, async ({ exchanges, count }) => {
      await until(async () => (await exchanges()) >= 296 && count('restsLost') > 0)
      expect([await exchanges(), count('restsLost')]).toEqual([296, 1])
    })
  })

  it.each([
    ['alone', (link: string): string[] => [link]],
    ['and another source follows the file', (link: string): string[] => [link, join(logs, '*.log')]],
    ['and another source follows the file, named first', (link: string): string[] => [join(logs, '*.log'), link]],
  ])('through a link counts once, with what was rotated beside its target while nobody watched, %s', async (_, pathsOf) => {
    const link = join(folder, 'other', 'web.log')
    log = join(logs, '0.log')
    symlinkSync(log, link)
    writeFileSync(log, lines(100))
    const paths = pathsOf(link)
    const has = async (all: number): Promise<void> =>
      following(paths, async ({ sources, exchanges, count }) => {
        await until(async () => (await exchanges()) >= all)
        await until(() => sources.every((source) => source.standing().state === 'up'))
        expect([await exchanges(), count('restsLost')]).toEqual([all, 0])
      })
    await has(100)
    appendFileSync(log, lines(10))
    renameSync(log, `${log}.20260101-120000`)
    writeFileSync(log, lines(90))
    await has(200)
    appendFileSync(log, lines(10))
    writeFileSync(`${log}.20260102-120000.gz`, gzipSync(readFileSync(log)))
    rmSync(log)
    writeFileSync(`${log}.20260103-120000`, lines(70))
    writeFileSync(log, lines(20))
    await has(300)
    await has(300)
  })

  it('is said where a folder holds it under two names', async () => {
    writeFileSync(log, lines(5))
    symlinkSync(log, join(logs, 'current.log'))
    await following([logs], async ({ exchanges, count, problems }) => {
      await until(async () => (await exchanges()) >= 5)
      expect([await exchanges(), count('filesElsewhere')]).toEqual([5, 1])
      expect(problems()).toBe(`${join(logs, 'current.log')}: is the same file as ${log}, and counts there`)
    })
  })
})

describe('a copy of a log that is followed', () => {
  it('that is made while the log grows is not counted again, neither when the rest of it comes nor after a restart', async () => {
    const [first, second, third] = [lines(80), lines(90), lines(70)]
    const copy = join(logs, 'backup.log')
    writeFileSync(log, first)
    await following([logs], async ({ readsAll, exchanges, count, problems }) => {
      await readsAll(first.length)
      copyFileSync(log, copy)
      appendFileSync(log, second)
      await readsAll(2 * first.length + second.length)
      // Who copies has not come to the end of a line yet.
      appendFileSync(copy, second.slice(0, 1_010))
      appendFileSync(log, third)
      await until(() => count('bytesElsewhere') >= first.length + 900)
      appendFileSync(copy, second.slice(1_010))
      await readsAll(2 * (first.length + second.length) + third.length)
      expect([await exchanges(), count('filesElsewhere')]).toEqual([240, 1])
      expect(problems()).toBe(`${copy}: is a copy of ${log}; what both hold counts once`)
    })
    appendFileSync(copy, third)
    appendFileSync(log, lines(10))
    await following([logs], async ({ readsAll, exchanges }) => {
      await readsAll(2 * (first.length + second.length + third.length))
      await until(async () => (await exchanges()) >= 250)
      expect(await exchanges()).toBe(250)
    })
  })

  it('that is there from the first look on is not counted again, and from where it goes on otherwise is its own', async () => {
    const text = lines(200)
    const copy = join(logs, 'copy.log')
    writeFileSync(log, text + lines(7))
    writeFileSync(copy, text + lines(11))
    await following([logs], async ({ exchanges, count }) => {
      await until(async () => (await exchanges()) >= 218)
      appendFileSync(log, lines(2))
      appendFileSync(copy, lines(3))
      await until(async () => (await exchanges()) >= 223)
      expect([await exchanges(), count('bytesElsewhere')]).toEqual([223, text.length])
    })
  })

  it('that is compressed is not counted again, though the log has gone on', async () => {
    const first = lines(80)
    writeFileSync(log, first)
    await following([logs], async ({ readsAll, exchanges, count }) => {
      await readsAll(first.length)
      writeFileSync(join(logs, 'saved.gz'), gzipSync(readFileSync(log)))
      utimesSync(join(logs, 'saved.gz'), 1_790_000_000, 1_790_000_000)
      appendFileSync(log, lines(90))
      await until(() => count('files') === 1)
      expect(await exchanges()).toBe(170)
    })
  })

  it('is another log where less than a window is alike', async () => {
    const text = lines(30)
    expect(text.length).toBeLessThan(windowBytes)
    writeFileSync(log, text)
    writeFileSync(join(logs, 'other.log'), text)
    await following([logs], async ({ exchanges, problems }) => {
      await until(async () => (await exchanges()) >= 60)
      appendFileSync(log, lines(40))
      appendFileSync(join(logs, 'other.log'), lines(40))
      await until(async () => (await exchanges()) >= 140)
      expect([await exchanges(), problems()]).toEqual([140, ''])
    })
  })
})
