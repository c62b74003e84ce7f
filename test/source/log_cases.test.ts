import {
  appendFileSync,
  copyFileSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  renameSync,
  rmSync,
  truncateSync,
  unlinkSync,
  utimesSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { gzipSync } from 'node:zlib'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'

import { logSource, type LogOptions } from '../../src/source/log.ts'
import type { SourceSink } from '../../src/source/source.ts'
import { openLogPool } from '../../src/source/tail/log_pool.ts'
import { until } from '../e2e/until.ts'
import { lifeOf, type Life, type Living } from './log_life.ts'
import { engine } from './piped.ts'

let folder = ''
let log = ''
let written = 0
let positions: Map<string, string>

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'tapistry-log-'))
  log = join(folder, 'access.log')
  written = 0
  positions = new Map()
})

afterEach(() => rmSync(folder, { recursive: true, force: true }))

/** Lines that are all different; `time` is the day and year. */
function lines(count: number, time: string = '21/Sep/2026:14:00:00 +0000'): string {
  return Array.from({ length: count }, () => {
    written += 1
    return `10.0.0.1 - - [${time}] "GET /items/${written} HTTP/1.1" 200 ${written} "-" "curl/8"\n`
  }).join('')
}

function life(during: (living: Living) => Promise<void>, more: Partial<LogOptions> = {}): Promise<Life> {
  return lifeOf({ path: log, follow: true, readFrom: 'beginning', ...more }, positions, during)
}

/** Until nothing more comes: what must not be read is written before something that must. */
const reading = (exchanges: number) => (living: Living) => living.reads(exchanges)

/** Lines that are none, by all reasons. */
function rejected(counts: Life['counts']): number {
  return Object.entries(counts).reduce((sum, [name, count]) => sum + (name.startsWith('rejectedBy.') ? count : 0), 0)
}

/** Makes these files one after the other in the eyes of who looks at their times. */
function aged(...oldestFirst: readonly string[]): void {
  for (const [at, name] of oldestFirst.entries()) utimesSync(join(folder, name), 1_790_000_000 + at, 1_790_000_000 + at)
}

describe('what is in a log', () => {
  it('may be in any encoding, end lines in two ways, and hold bytes that are none', async () => {
    const line = (target: Uint8Array): Buffer =>
      Buffer.concat([Buffer.from('10.0.0.1 - - [21/Sep/2026:14:00:00 +0000] "GET /caf'), target, Buffer.from(' HTTP/1.1" 200 5 "-" "curl/8"')])
    const bodies = [Buffer.from('é'), Buffer.from([0xe9]), Buffer.from('%C3%A9'), Buffer.from([0xff, 0xfe, 0x80])].map(line)
    writeFileSync(log, Buffer.concat([Buffer.from('\u{feff}'), Buffer.from(lines(1)), ...bodies.flatMap((body) => [body, Buffer.from('\r\n')])]))
    appendFileSync(log, Buffer.concat([Buffer.from([0, 0, 0, 10]), Buffer.from(lines(1), 'utf16le'), Buffer.from('\n')]))
    appendFileSync(log, lines(1))
    const { exchanges, counts } = await life(reading(6))
    expect([exchanges, rejected(counts) > 1, counts['lines']]).toEqual([6, true, 6 + rejected(counts)])
    expect((await life(() => sleep(300))).exchanges).toBe(0)
  })

  it('may be of any time, before and after ours', async () => {
    const times = ['01/Jan/1970:00:00:00 +0000', '31/Dec/2099:23:59:59 +1400', '29/Feb/2024:23:59:60 -1200', '21/Sep/2026:14:00:00 +0000']
    writeFileSync(log, times.map((time) => lines(1, time)).join('') + lines(1, '31/Feb/2026:25:00:00 +0000') + lines(1))
    const { exchanges, observations, counts } = await life(reading(5))
    expect([exchanges, rejected(counts), counts['lines']]).toEqual([5, 1, 6])
    const [first, last] = [Math.min(...observations.map(({ firstSeenMs }) => firstSeenMs)), Math.max(...observations.map(({ lastSeenMs }) => lastSeenMs))]
    expect(first).toBeLessThanOrEqual(Date.UTC(2024, 2, 1, 12))
    expect(last).toBe(Date.UTC(2099, 11, 31, 9, 59, 59))
  })

  it('names its columns in its beginning, which holds after a restart, a rotation, and for what was compressed', async () => {
    const head = (fields: string): string => `#Version: 1.0\n#Fields: date time ${fields}\n`
    const one = (status: number): string => `2026-09-21 14:00:00 GET /items/${(written += 1)} ${status}\n`
    const other = (status: number): string => `2026-09-21 14:00:00 ${status} /items/${(written += 1)} GET\n`
    writeFileSync(log, head('cs-method cs-uri-stem sc-status') + one(200) + one(200))
    await life(reading(2))
    appendFileSync(log, one(404))
    const second = await life(reading(1))
    expect(second.observations.map(({ key }) => [key.method, key.status])).toEqual([['GET', 404]])
    // Rotated and compressed while nobody looks; the new one has other columns.
    appendFileSync(log, one(500))
    writeFileSync(`${log}.1.gz`, gzipSync(readFileSync(log)))
    unlinkSync(log)
    writeFileSync(log, head('sc-status cs-uri-stem cs-method') + other(201))
    const third = await life(async (living) => {
      await living.reads(2)
      renameSync(log, `${log}.1`)
      writeFileSync(log, head('cs-method cs-uri-stem sc-status') + one(202))
      await living.reads(3)
    })
    expect(third.observations.map(({ key }) => key.status).toSorted((a, b) => (a ?? 0) - (b ?? 0))).toEqual([201, 202, 500])
    expect([third.counts['restsLost'], third.counts['rejectedBy.not_format']]).toEqual([undefined, undefined])
  })

  it('may be a line that has no end yet, however long, when it is stopped', async () => {
    writeFileSync(log, lines(5_000))
    await life(reading(5_000))
    appendFileSync(log, `${lines(1)}${'x'.repeat(3 << 20)}`)
    const first = await life(async (living) => {
      await living.reads(1)
      await until(() => living.source.detail()?.includes(` of ${readFileSync(log).length} `) === true)
    })
    appendFileSync(log, `\n${lines(2)}`)
    const second = await life(reading(2))
    expect([first.exchanges, second.exchanges, second.counts['restsLost']]).toEqual([1, 2, undefined])
  })
})

describe('rotation', () => {
  it('twice while nobody looks, where no line of the file between was read', async () => {
    writeFileSync(log, lines(3))
    await life(async (living) => {
      await living.reads(3)
      renameSync(log, `${log}.1`)
      writeFileSync(log, '10.0.0.1 - - [21/Sep')
      await until(() => living.source.counts()['rotations'] === 1)
      await until(() => living.source.detail()?.startsWith('access.log at 0 of 20') === true)
    })
    writeFileSync(log, lines(4))
    renameSync(`${log}.1`, `${log}.2`)
    renameSync(log, `${log}.1`)
    writeFileSync(log, lines(2))
    aged('access.log.2', 'access.log.1', 'access.log')
    expect((await life(reading(6))).exchanges).toBe(6)
  })

  it('of a file that was empty when it was looked at, then filled, copied and cut', async () => {
    writeFileSync(log, lines(3))
    const { exchanges, counts } = await life(async (living) => {
      await living.reads(3)
      renameSync(log, `${log}.1`)
      writeFileSync(log, '')
      await until(() => living.source.counts()['rotations'] === 1)
      await until(() => living.source.detail() === 'access.log at 0 of 0 bytes')
      renameSync(`${log}.1`, `${log}.2`)
      appendFileSync(log, lines(4))
      copyFileSync(log, `${log}.1`)
      truncateSync(log)
      appendFileSync(log, lines(2))
      aged('access.log.2', 'access.log.1')
      await living.reads(9)
    })
    expect([exchanges, counts['restsLost']]).toEqual([9, undefined])
  })

  it('to its own name and .gz, while nobody looks, is read to its end', async () => {
    writeFileSync(log, lines(3))
    await life(reading(3))
    appendFileSync(log, lines(2))
    writeFileSync(`${log}.gz`, gzipSync(readFileSync(log)))
    writeFileSync(log, lines(1))
    const { exchanges, counts } = await life(reading(3))
    expect([exchanges, counts['restsLost']]).toEqual([3, undefined])
  })

  it('of a file to which nothing was written, compressed while nobody looks', async () => {
    writeFileSync(log, lines(3))
    await life(reading(3))
    renameSync(log, `${log}.2`)
    writeFileSync(`${log}.1.gz`, gzipSync(''))
    writeFileSync(log, lines(2))
    aged('access.log.2', 'access.log.1.gz', 'access.log')
    const { exchanges, counts } = await life(reading(2))
    expect([exchanges, counts['restsLost']]).toEqual([2, undefined])
  })

  it('takes no other log for what was rotated', async () => {
    log = join(folder, 'api.log')
    writeFileSync(log, lines(3))
    await life(reading(3))
    appendFileSync(log, lines(2))
    renameSync(log, `${log}.1`)
    const [mine, others] = [lines(1), lines(7)]
    writeFileSync(log, mine)
    writeFileSync(join(folder, 'api-v2.log'), others)
    writeFileSync(join(folder, 'api.log-notes2'), others)
    aged('api.log.1', 'api-v2.log', 'api.log-notes2', 'api.log')
    expect((await life(reading(3))).exchanges).toBe(3)
  })

  it.each([
    ['access-20260131.log', 'access.log'],
    ['access.log-20260131', 'access.log'],
    ['access.log.1', 'access.log'],
    ['access.log.2026-01-31', 'access.log'],
    ['access_log.1795834800', 'access_log'],
    ['access.log.old', 'access.log'],
  ])('to %s is read once, of a folder that is followed whole', async (rotated, name) => {
    const logs = join(folder, 'logs')
    mkdirSync(logs)
    writeFileSync(join(logs, name), lines(3))
    writeFileSync(join(logs, 'other.log'), lines(4))
    const all = { path: logs }
    await life(reading(7), all)
    appendFileSync(join(logs, name), lines(2))
    renameSync(join(logs, name), join(logs, rotated))
    const between = await life(() => sleep(400), all)
    writeFileSync(join(logs, name), lines(1))
    const after = await life(async (living) => {
      await living.reads(3 - between.exchanges)
      await sleep(600)
    }, all)
    expect(between.exchanges + after.exchanges).toBe(3)
    expect([...positions.keys()].toSorted()).toEqual([logs, join(logs, name), join(logs, 'other.log')])
  })
})

describe('a log that its server gives a date', () => {
  it.each(['access_log.%', 'access.log-%', 'access-%.log'])('as in %s is followed, and the next one too', async (names) => {
    const all = { path: join(folder, names.replace('%', '*')) }
    const [first, second] = ['20260131', '20260201'].map((date) => join(folder, names.replace('%', date))) as [string, string]
    writeFileSync(first, lines(3))
    await life(async (living) => {
      await living.reads(3)
      writeFileSync(second, lines(2))
      appendFileSync(first, lines(1))
      await living.reads(6)
    }, all)
    appendFileSync(second, lines(4))
    expect((await life(reading(4), all)).exchanges).toBe(4)
  })
})

describe('a log that is read from its end', () => {
  const fromEnd = { readFrom: 'end' } as const

  it('begins behind what was there, once', async () => {
    writeFileSync(log, `${lines(50)}half a li`)
    const { exchanges } = await life(async (living) => {
      await until(() => positions.size > 0)
      appendFileSync(log, `ne\n${lines(2)}`)
      await living.reads(2)
      renameSync(log, `${log}.1`)
      writeFileSync(log, lines(3))
      await living.reads(5)
    }, fromEnd)
    expect(exchanges).toBe(5)
    appendFileSync(log, lines(4))
    expect((await life(reading(4), fromEnd)).exchanges).toBe(4)
  })

  it('begins at the beginning where it was not there', async () => {
    await life(async (living) => {
      await until(() => positions.size > 0)
      writeFileSync(log, lines(3))
      await living.reads(3)
    }, fromEnd)
    rmSync(log)
    positions.clear()
    await life(() => until(() => positions.size > 0).then(() => undefined), fromEnd)
    writeFileSync(log, lines(2))
    expect((await life(reading(2), fromEnd)).exchanges).toBe(2)
  })
})

describe('a log that comes to a folder that is watched', () => {
  it.each(['beginning', 'end'] as const)(
    'is read whole where it was rotated before it was seen, also while nobody watched; old ones from their %s',
    async (readFrom) => {
      const come = (name: string): void => {
        writeFileSync(join(folder, name), lines(2))
        renameSync(join(folder, name), join(folder, `${name}.1`))
        writeFileSync(join(folder, name), lines(3))
      }
      come('old.log')
      const options = { path: folder, readFrom } as const
      const first = await life(async (living) => {
        await until(() => positions.size > 0)
        come('new.log')
        await living.reads(readFrom === 'end' ? 5 : 8)
      }, options)
      // The last look was a moment ago.
      come('other.log')
      const second = await life(reading(5), options)
      expect([first.exchanges, second.exchanges]).toEqual([readFrom === 'end' ? 5 : 8, 5])
    },
  )
})

describe('a folder that is looked at first', () => {
  it.each(['beginning', 'end'] as const)('has what came while that was being kept: read from the %s', async (readFrom) => {
    /** Something comes in the moment in which the first position is kept. */
    class Watched extends Map<string, string> {
      override set(part: string, position: string): this {
        if (this.size === 0) {
          writeFileSync(`${log}.1`, lines(2))
          writeFileSync(log, lines(3))
        }
        return super.set(part, position)
      }
    }
    positions = new Watched()
    expect((await life(reading(5), { path: folder, readFrom })).exchanges).toBe(5)
  })

  it.each(['beginning', 'end'] as const)('with nothing in it has what came, also while nobody watched: read from the %s', async (readFrom) => {
    const options = { path: folder, readFrom } as const
    await life(() => until(() => positions.size > 0).then(() => undefined), options)
    writeFileSync(`${log}.1`, lines(2))
    writeFileSync(log, lines(3))
    expect((await life(reading(5), options)).exchanges).toBe(5)
  })
})

describe('a source that is faster than the disk', () => {
  it('waits, with one piece in hand', async () => {
    const text = lines(100)
    writeFileSync(log, text.repeat(20_000))
    const source = logSource({ path: log, follow: true, readFrom: 'beginning' }, engine, openLogPool(engine))
    const { promise, resolve } = Promise.withResolvers<undefined>()
    let adds = 0
    const sink: SourceSink = {
      positions: () => new Map<string, string>(),
      inputs: () => [],
      async add() {
        adds += 1
        await promise
      },
      offer: () => Promise.reject(new Error('nobody waits for an answer')),
      kept: () => Promise.resolve(),
      keep: () => Promise.resolve(),
    }
    const stop = new AbortController()
    const running = source.run(sink, stop.signal)
    await until(() => adds === 1)
    const read = source.counts()['lines']
    expect(read).toBeLessThan(2_000_000)
    await sleep(500)
    expect([adds, source.counts()['lines']]).toEqual([1, read])
    stop.abort()
    resolve(undefined)
    await running
    expect(adds).toBe(1)
  })
})
