import { appendFileSync, mkdirSync, mkdtempSync, renameSync, rmSync, symlinkSync, utimesSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { gzipSync, zstdCompressSync } from 'node:zlib'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'

import { logSource, type LogOptions } from '../../src/source/log.ts'
import type { Source } from '../../src/source/source.ts'
import { openLogPool } from '../../src/source/tail/log_pool.ts'
import { memoryRepository } from '../../src/storage/memory.ts'
import type { Repository } from '../../src/storage/repository.ts'
import { until } from '../e2e/until.ts'
import { engine, piped } from './piped.ts'

let folder = ''
let repository: Repository
let written = 0

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'tapistry-whole-'))
  repository = memoryRepository()
  written = 0
})

afterEach(() => rmSync(folder, { recursive: true, force: true }))

/** Lines that are all different, and pack badly. */
const lines = (count: number): string =>
  Array.from({ length: count }, () => {
    written += 1
    return `10.0.0.1 - - [21/Sep/2026:14:00:00 +0000] "GET /items/${Math.imul(written, 0x9e3779b1) >>> 0} HTTP/1.1" 200 ${written} "-" "curl/8"\n`
  }).join('')

const exchanges = (count: number): string => Array.from({ length: count }, () => `{"method":"GET","host":"a.example","path":"/x/${(written += 1)}"}\n`).join('')

const har = (count: number): string =>
  JSON.stringify({
    log: {
      entries: Array.from({ length: count }, () => ({
        startedDateTime: '2026-09-21T14:00:00Z',
        request: { method: 'GET', url: `https://a.example/users/${(written += 1)}`, headers: [] },
        response: { status: 200, headers: [], content: {} },
      })),
    },
  })

/** A file that nobody has written to for long. */
function write(name: string, bytes: Uint8Array | string): void {
  writeFileSync(join(folder, name), bytes)
  aged(name)
}

const aged = (name: string): void => utimesSync(join(folder, name), 1_790_000_000, 1_790_000_000)

interface Reading {
  readonly source: Source
  /** Waits until so many files were read. */
  files(count: number): Promise<void>
  exchanges(): number
}

/** Runs a source of logs on what was kept before, while something is done; how many exchanges are kept then. */
async function reads(during: (reading: Reading) => Promise<unknown>, more: Partial<LogOptions> = {}): Promise<number> {
  const pipeline = piped(repository)
  const source = logSource({ path: folder, follow: true, readFrom: 'beginning', host: 'shop', ...more }, engine, openLogPool(engine))
  const stop = new AbortController()
  const running = source.run(pipeline.sinkOf(source.id), stop.signal)
  await during({
    source,
    exchanges: pipeline.exchanges,
    files: async (count) =>
      void (await until(
        () => source.counts()['files'] === count,
        () => `${count} files: ${JSON.stringify([source.counts(), source.standing()])}`,
      )),
  })
  stop.abort()
  await running
  await pipeline.close()
  return pipeline.exchanges()
}

describe('a folder of files that do not grow', () => {
  it('is read, each file once by content, also after a restart', async () => {
    const first = lines(20)
    write('a.log.gz', gzipSync(first))
    write('b.log.gz', gzipSync(gzipSync(lines(10))))
    write('c.log.zst', zstdCompressSync(lines(5)))
    write('d.ndjson.gz', gzipSync(exchanges(4)))
    write('e.har', har(3))
    write('f.har.gz', gzipSync(har(2)))
    write('g.gz', gzipSync(''))
    write('h.gz', '')
    write('z.log.gz', gzipSync(first))
    const counted = await reads(async ({ source, files }) => {
      await files(8)
      expect(source.standing()).toEqual({ state: 'up', problem: null })
      expect(source.counts()).toEqual({ lines: 44, exchanges: 44, files: 8, filesElsewhere: 1 })
      write('i.gz', gzipSync(lines(6)))
      await files(9)
    })
    expect(counted).toBe(50)
    renameSync(join(folder, 'a.log.gz'), join(folder, 'y.log.gz'))
    write('b.log.gz', gzipSync(lines(2)))
    // What stays as it was is not opened again: only what was renamed, and what was replaced.
    expect(await reads(async ({ files }) => files(2))).toBe(52)
  })

  it('waits for a file that is written to, and reads on what has grown', async () => {
    const packed = gzipSync(lines(20_000))
    const half = packed.length >> 1
    writeFileSync(join(folder, 'a.gz'), packed.subarray(0, half))
    write('b.gz', packed.subarray(0, half >> 1))
    const counted = await reads(async ({ source, files, exchanges: seen }) => {
      // The one that was written to just now is not among them.
      await files(1)
      expect(source.standing()).toEqual({
        state: 'down',
        problem: expect.stringMatching(/^\S+b\.gz: ends too early, after \d+ bytes; what was before is read$/),
      })
      expect(seen()).toBeLessThan(6_000)
      appendFileSync(join(folder, 'a.gz'), packed.subarray(half))
      await files(2)
      appendFileSync(join(folder, 'b.gz'), packed.subarray(half >> 1))
      aged('b.gz')
      await files(3)
      expect(source.standing()).toEqual({ state: 'up', problem: null })
    })
    expect(counted).toBe(20_000)
  }, 60_000)

  it('names what is damaged, reads it as far as it can be, and goes on', async () => {
    const packed = gzipSync(lines(20_000))
    write('a.gz', Buffer.concat([packed.subarray(0, packed.length >> 1), Buffer.alloc(3_000, 0xff), packed.subarray((packed.length >> 1) + 3_000)]))
    write('b.gz', Buffer.alloc(5_000, 0xff))
    write('c.bz2', 'BZh91AY&SY')
    write('d.gz', gzipSync(gzipSync(gzipSync(lines(1)))))
    write('e.gz', gzipSync('nothing\nthat\nis a log\n'))
    symlinkSync(join(folder, 'f.gz'), join(folder, 'f.gz'))
    write('z.gz', gzipSync(lines(3)))
    const counted = await reads(async ({ source, files }) => {
      await files(6)
      const { state, problem } = source.standing()
      expect([state, source.counts()['filesBad']]).toEqual(['up', 5])
      expect(problem).toMatch(
        /f\.gz: too many symbolic links; \S+a\.gz: cannot be read further after line \d+: .*; \S+b\.gz: is binary of no known format.*; and 3 more$/,
      )
    })
    expect(counted).toBeGreaterThan(8_000)
    // It is said again, and nothing is read.
    expect(await reads(async ({ source }) => until(() => source.standing().problem?.includes('a.gz: cannot be read further') === true))).toBe(counted)
  })

  it('passes over what was there, where it is read from its end', async () => {
    const fromEnd = { readFrom: 'end' } as const
    write('a.gz', gzipSync(lines(5)))
    const counted = await reads(async ({ files }) => {
      await until(() => repository.load().sources.some(({ part }) => part.endsWith('a.gz')))
      write('b.gz', gzipSync(lines(2)))
      await files(1)
    }, fromEnd)
    expect(counted).toBe(2)
    write('c.gz', gzipSync(lines(4)))
    expect(await reads(async ({ files }) => files(1), fromEnd)).toBe(6)
  })

  it('may be reached through links that go round', async () => {
    mkdirSync(join(folder, 'sub'))
    symlinkSync(folder, join(folder, 'sub', 'up'))
    write('sub/a.gz', gzipSync(lines(3)))
    expect(await reads(async ({ files }) => files(1), { path: join(folder, '**', '*.gz') })).toBe(3)
  })
})

describe('one file that does not grow', () => {
  it('is waited for and read', async () => {
    const cases: ReadonlyArray<readonly [name: string, content: () => Uint8Array, more: Partial<LogOptions>]> = [
      ['a.log.gz', () => gzipSync(lines(3)), {}],
      ['a.log.zst', () => zstdCompressSync(lines(3)), { format: 'combined' }],
      ['a.har', () => Buffer.from(har(3)), {}],
      ['a.json', () => Buffer.from(har(3)), { format: 'har' }],
    ]
    const one = async (name: string, content: () => Uint8Array, more: Partial<LogOptions>): Promise<void> => {
      const path = join(folder, name)
      const pipeline = piped()
      const source = logSource({ path, follow: true, readFrom: 'beginning', ...more }, engine, openLogPool(engine))
      const stop = new AbortController()
      const running = source.run(pipeline.sinkOf(source.id), stop.signal)
      await until(() => source.standing().state === 'down')
      expect(source.standing().problem).toBe(`${path}: no such file; it is read once it is there`)
      write(name, content())
      await until(() => source.standing().state === 'up')
      stop.abort()
      await running
      await pipeline.close()
      expect([name, pipeline.exchanges(), source.standing()]).toEqual([name, 3, { state: 'up', problem: null }])
    }
    await Promise.all(cases.map(async (each) => one(...each)))
  })

  it('is read to its end and no further where nothing is followed', async () => {
    const pipeline = piped()
    const once = (path: string): Promise<void> => {
      const source = logSource({ path, follow: false, readFrom: 'beginning' }, engine, openLogPool(engine))
      return source.run(pipeline.sinkOf(source.id), new AbortController().signal)
    }
    writeFileSync(join(folder, 'a.gz'), gzipSync(lines(3)))
    writeFileSync(join(folder, 'b.log'), lines(2))
    await once(folder)
    await pipeline.flush()
    expect(pipeline.exchanges()).toBe(5)
    await expect(once(join(folder, 'c.gz'))).rejects.toThrow('c.gz: no such file')
    await pipeline.close()
  })
})

describe('compressed files beside a log that is followed', () => {
  it('are left to it where rotation has made them, and read where it has not', async () => {
    write('access.log', lines(3))
    write('access.log.1.gz', gzipSync(lines(100)))
    write('access-20260131.log.gz', gzipSync(lines(100)))
    write('access.log.gz', gzipSync(lines(100)))
    write('other-20260131.log.gz', gzipSync(lines(5)))
    write('access-logs.gz', gzipSync(lines(7)))
    expect(
      await reads(async ({ files, exchanges: seen }) => {
        await files(2)
        // The log is read before them or behind them.
        await until(() => seen() >= 15)
      }),
    ).toBe(15)
  })

  it('that are the log itself, dated and compressed later, add only what was not read', async () => {
    const text = lines(4)
    write('access-20260131.log', text)
    await reads(async ({ exchanges: seen }) => until(() => seen() === 4))
    rmSync(join(folder, 'access-20260131.log'))
    write('access-20260131.log.gz', gzipSync(text + lines(2)))
    expect(await reads(async ({ files }) => files(1))).toBe(6)
  })

  it('and are damaged stop nothing', async () => {
    const text = lines(20_000)
    write('access.log', text.slice(0, text.length >> 2))
    write('other.log', lines(1))
    const before = text.slice(0, text.length >> 2).split('\n').length - 1
    await reads(async ({ exchanges: seen }) => until(() => seen() === before + 1))
    const packed = gzipSync(text)
    write('access.log.1.gz', packed.subarray(0, packed.length >> 1))
    rmSync(join(folder, 'access.log'))
    write('access.log', lines(2))
    appendFileSync(join(folder, 'other.log'), lines(3))
    const counted = await reads(async ({ source, exchanges: seen }) => {
      await until(() => source.counts()['restsDamaged'] === 1)
      await until(() => seen() > 9_000)
      await until(() => source.counts()['exchanges'] === seen() - before - 1)
      expect(source.standing()).toEqual({ state: 'up', problem: null })
    })
    appendFileSync(join(folder, 'access.log'), lines(1))
    expect(await reads(async ({ exchanges: seen }) => until(() => seen() > counted))).toBe(counted + 1)
  })
})
