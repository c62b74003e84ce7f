import { appendFileSync, copyFileSync, mkdirSync, mkdtempSync, readFileSync, renameSync, rmSync, truncateSync, utimesSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { basename, join } from 'node:path'
import { gzipSync } from 'node:zlib'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'

import type { InventoryDocument } from '../../src/inventory/document.ts'
import { logSource } from '../../src/source/log.ts'
import type { Source } from '../../src/source/source.ts'
import { openLogPool } from '../../src/source/tail/log_pool.ts'
import { openStore } from '../../src/storage/open_store.ts'
import { run } from '../cli/run.ts'
import { until } from '../e2e/until.ts'
import { piped } from './piped.ts'

let folder = ''
let data = ''
let log = ''
let written = 0

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'tapistry-known-'))
  mkdirSync(join(folder, 'logs'))
  data = join(folder, 'data')
  log = join(folder, 'logs', 'access.log')
  written = 0
})

afterEach(() => rmSync(folder, { recursive: true, force: true }))

/** Lines that are all different. */
const lines = (count: number): string =>
  Array.from({ length: count }, () => {
    written += 1
    return `10.0.0.1 - - [21/Sep/2026:14:00:00 +0000] "GET /items/${written} HTTP/1.1" 200 ${written} "-" "curl/8"\n`
  }).join('')

/** A file that nobody has written to for long. */
function write(name: string, bytes: Uint8Array | string): string {
  const file = join(folder, 'logs', name)
  writeFileSync(file, bytes)
  utimesSync(file, 1_790_000_000, 1_790_000_000)
  return file
}

/** Follows what lies at these paths until the data folder holds so many exchanges; how many it holds then. */
async function follows(
  paths: readonly string[],
  exchanges: number,
  during: (sources: readonly Source[]) => Promise<void> = async () => undefined,
): Promise<number> {
  const store = openStore(data, { writer: 'a test', note: () => undefined })
  const pipeline = piped(store.repository)
  const engine = { hashKey: store.hashKey, literals: [], words: [] }
  const pool = openLogPool(engine)
  const sources = paths.map((path) => logSource({ path, follow: true, readFrom: 'beginning', host: 'shop' }, engine, pool))
  const stop = new AbortController()
  const running = sources.map((source) => source.run(pipeline.sinkOf(source.id), stop.signal))
  const looking = async (): Promise<boolean> => {
    await pipeline.flush()
    return pipeline.exchanges() >= exchanges
  }
  await until(looking, () => `${exchanges} exchanges: ${pipeline.exchanges()}, ${JSON.stringify(sources.map((source) => source.counts()))}`)
  await during(sources)
  stop.abort()
  await Promise.all(running)
  await pipeline.close()
  store.close()
  return pipeline.exchanges()
}

async function scan(...files: readonly string[]): Promise<number> {
  const { out, err } = await run(['scan', ...files, '--host', 'shop', '--data-dir', data, '--format', 'json'])
  if (out === '') throw new Error(err)
  return (JSON.parse(out) as InventoryDocument).services.reduce((sum, service) => sum + service.exchanges, 0)
}

/** What was written to the log so far, under other names and in other forms. */
const copies: ReadonlyArray<readonly [name: string, copy: () => string]> = [
  ['the log itself', () => log],
  ['a copy of it', () => write('other.txt', readFileSync(log))],
  ['a compressed copy of it', () => write('other.gz', gzipSync(readFileSync(log)))],
  ['what rotation made of it', () => (renameSync(log, `${log}.1`), `${log}.1`)],
]

describe('a log that was followed', () => {
  it.each(copies)('adds what is new when it is scanned as %s', async (_, copy) => {
    writeFileSync(log, lines(40))
    expect(await follows([log], 40)).toBe(40)
    const file = copy()
    expect(await scan(file)).toBe(40)
    if (!file.endsWith('.gz')) appendFileSync(file, lines(5))
    expect(await scan(file)).toBe(written)
  })

  it('adds what is new when a copy that has grown is scanned, and is followed from behind that', async () => {
    writeFileSync(log, lines(40))
    await follows([log], 40)
    appendFileSync(log, `${lines(7)}10.0.0.1 - - [21/Sep`)
    expect(await scan(write('other.gz', gzipSync(readFileSync(log))))).toBe(47)
    expect(await scan(log)).toBe(47)
    // The line that was open is one when it has its end.
    appendFileSync(log, `/2026:14:00:00 +0000] "GET /items/0 HTTP/1.1" 200 5 "-" "curl/8"\n${lines(2)}`)
    expect(await follows([log], 50)).toBe(50)
    expect(await scan(log)).toBe(50)
  })

  it('counts its last line once, which the scan has read before it had its end', async () => {
    const text = lines(3)
    writeFileSync(log, text.slice(0, -1))
    await follows([log], 2)
    expect(await scan(log)).toBe(3)
    expect(await follows([log], 3)).toBe(3)
    appendFileSync(log, `\n${lines(1)}`)
    expect(await follows([log], 4)).toBe(4)
    expect(await scan(log)).toBe(4)
  })

  it('is known as each of the files that it was', async () => {
    writeFileSync(log, lines(30))
    await follows([log], 30, async (sources) => {
      renameSync(log, `${log}.1`)
      writeFileSync(log, lines(20))
      await until(() => sources[0]?.counts()['rotations'] === 1 && sources[0].counts()['exchanges'] === 50)
      copyFileSync(log, `${log}.0`)
      truncateSync(log)
      appendFileSync(log, lines(10))
      await until(() => sources[0]?.counts()['exchanges'] === 60)
    })
    expect(await scan(`${log}.1`, log, `${log}.0`, write('1.gz', gzipSync(readFileSync(`${log}.1`))))).toBe(60)
  })

  it('is known to another source, that finds it at another path or compressed', async () => {
    writeFileSync(log, lines(40))
    await follows([log], 40)
    const other = join(folder, 'other')
    mkdirSync(other)
    copyFileSync(log, join(other, 'moved.log'))
    appendFileSync(join(other, 'moved.log'), lines(3))
    expect(await follows([other], 43)).toBe(43)
    writeFileSync(join(other, 'packed.log.gz'), gzipSync(readFileSync(log)))
    utimesSync(join(other, 'packed.log.gz'), 1_790_000_000, 1_790_000_000)
    expect(await follows([join(other, '*.gz')], 43, async ([source]) => void (await until(() => source?.counts()['files'] === 1)))).toBe(43)
  })
})

/** Two thirds of the lines of the log, or somewhat more bytes. */
const shorter: ReadonlyArray<readonly [name: string, copy: (text: string) => string]> = [
  ['to the end of a line', (text) => write('noon.txt', text.slice(0, text.indexOf('\n', (text.length * 2) / 3) + 1))],
  ['into the middle of a line', (text) => write('noon.txt', text.slice(0, text.indexOf('\n', (text.length * 2) / 3) + 30))],
  ['and compressed', (text) => write('noon.gz', gzipSync(text.slice(0, text.indexOf('\n', (text.length * 2) / 3) + 1)))],
]

/** What became of the log itself. */
const fates: ReadonlyArray<readonly [name: string, done: () => void]> = [
  ['is there', (): void => undefined],
  ['has grown', (): void => appendFileSync(log, '10.0.0.1 - - [21/Sep/2026:14:00:00 +0000] "GET /items/0 HTTP/1.1" 200 0 "-" "curl/8"\n')],
  ['was renamed', (): void => renameSync(log, `${log}.1`)],
  ['was renamed and compressed', (): void => (writeFileSync(`${log}.2.gz`, gzipSync(readFileSync(log))), rmSync(log))],
]

describe.each(fates)('where a log that was read %s', (_, done) => {
  it.each(shorter)('a copy of its beginning %s adds nothing to a scan, whoever has read it', async (__, copy) => {
    const text = lines(120)
    writeFileSync(log, text)
    await follows([log], 120)
    done()
    expect(await scan(copy(text))).toBe(120)
    // It was scanned too.
    rmSync(data, { recursive: true })
    writeFileSync(log, text)
    expect(await scan(log)).toBe(120)
    done()
    expect(await scan(copy(text))).toBe(120)
  })
})

describe('a copy of the beginning of a log that was read', () => {
  const saysTwice = (): string => `begins as ${log} did, which is not there any more: what both hold counts twice`

  /** The copy that was made before the log, which was read, went away. */
  async function copyOfMissing(copy: (text: string) => string): Promise<string> {
    const text = lines(120)
    writeFileSync(log, text)
    await follows([log], 120)
    rmSync(log)
    return copy(text)
  }

  it.each(shorter)('%s adds nothing where it is found by the next life', async (_, copy) => {
    const text = lines(120)
    writeFileSync(log, text)
    const other = join(folder, 'other')
    mkdirSync(other)
    await follows([log], 120)
    const file = copy(text)
    renameSync(file, join(other, basename(file)))
    const looked = async ([source]: readonly Source[]): Promise<void> => {
      await until(() => (source?.counts()['files'] ?? 0) + (source?.counts()['bytesElsewhere'] ?? 0) > 0)
      expect(source?.standing().problem).toBeNull()
    }
    expect(await follows([other], 120, looked)).toBe(120)
  })

  it.each(shorter)('%s counts, and that is said, where the log is nowhere any more', async (_, copy) => {
    const file = await copyOfMissing(copy)
    expect((await run(['scan', file, '--host', 'shop', '--data-dir', data, '--format', 'json'])).err).toContain(`${file}: ${saysTwice()}`)
    expect(await scan(file)).toBeGreaterThan(199)
  })

  it.each(shorter)('%s counts, and a source says so, where the log is nowhere any more', async (_, copy) => {
    const file = await copyOfMissing(copy)
    const looked = async ([source]: readonly Source[]): Promise<void> => {
      await until(() => source?.standing().problem?.includes(saysTwice()))
    }
    expect(await follows([file], 200, looked)).toBeGreaterThan(199)
  })

  it('adds nothing where that was compressed, and read whole', async () => {
    const text = lines(120)
    write('all.gz', gzipSync(text))
    await follows([join(folder, 'logs')], 120)
    expect(await scan(write('noon.txt', text.slice(0, text.indexOf('\n', 8_000) + 1)))).toBe(120)
  })

  it('adds what comes after that', async () => {
    const text = lines(120)
    writeFileSync(log, text)
    await follows([log], 120)
    const file = write('noon.txt', text.slice(0, text.indexOf('\n', 8_000) + 1) + lines(3))
    expect(await scan(file)).toBe(123)
    expect(await scan(file, log)).toBe(123)
  })
})

describe('two logs that are followed at a time', () => {
  it('are two, whatever they begin with', async () => {
    const text = lines(5)
    writeFileSync(log, text)
    await follows([log], 5)
    writeFileSync(join(folder, 'logs', 'other.log'), text)
    expect(await follows([log, join(folder, 'logs', 'other.log')], 10)).toBe(10)
  })
})

describe('a log that was scanned', () => {
  it.each([
    ['as it is', (): string => log],
    ['under another name', (): string => write('other.txt', readFileSync(log))],
    ['compressed', (): string => write('other.gz', gzipSync(readFileSync(log)))],
  ])('%s is followed from behind that', async (_, copy) => {
    writeFileSync(log, lines(40))
    expect(await scan(copy())).toBe(40)
    appendFileSync(log, lines(2))
    expect(await follows([log], 42)).toBe(42)
    renameSync(log, `${log}.1`)
    appendFileSync(`${log}.1`, lines(3))
    expect(await scan(`${log}.1`)).toBe(45)
    writeFileSync(log, lines(1))
    expect(await follows([log], 46)).toBe(46)
  })

  it('after it was rotated and compressed while nobody followed it', async () => {
    writeFileSync(log, lines(40))
    await follows([log], 40)
    appendFileSync(log, lines(10))
    const packed = gzipSync(readFileSync(log))
    rmSync(log)
    writeFileSync(`${log}.1.gz`, packed)
    expect(await scan(`${log}.1.gz`)).toBe(50)
    writeFileSync(log, lines(4))
    expect(await follows([log], 54)).toBe(54)
  })
})
