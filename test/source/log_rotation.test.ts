import {
  appendFileSync,
  copyFileSync,
  existsSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  renameSync,
  rmSync,
  truncateSync,
  utimesSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setImmediate } from 'node:timers/promises'
import { gzipSync } from 'node:zlib'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'

import { tailFile } from '../../src/source/tail/file_tail.ts'
import { openLogPool } from '../../src/source/tail/log_pool.ts'
import { readPosition } from '../../src/source/tail/position.ts'
import { until } from '../e2e/until.ts'
import { lifeOf, type Life, type Living } from './log_life.ts'
import { engine } from './piped.ts'

let folder = ''
let log = ''
let written = 0
let positions: Map<string, string>

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'tapistry-rotation-'))
  log = join(folder, 'access.log')
  written = 0
  positions = new Map()
})

afterEach(() => rmSync(folder, { recursive: true, force: true }))

const line = (target: number): string => `10.0.0.1 - - [21/Sep/2026:14:00:00 +0000] "GET /items/${target} HTTP/1.1" 200 5 "-" "curl/8"\n`
/** Lines that are all different, or all the same. */
const lines = (count: number): string => Array.from({ length: count }, () => line((written += 1))).join('')
const same = (count: number): string => line(0).repeat(count)

const life = (during: (living: Living) => Promise<void>): Promise<Life> => lifeOf({ path: log, follow: true, readFrom: 'beginning' }, positions, during)
const reading = (exchanges: number) => (living: Living) => living.reads(exchanges)

function compress(from: string, to: string): void {
  writeFileSync(to, gzipSync(readFileSync(from)))
  rmSync(from)
}

/** Moves each file on by one number, as logrotate does; nothing is at the path then. */
function shift(): void {
  const numbers = readdirSync(folder).flatMap((name) => {
    const found = /^access\.log\.(\d+)(\.gz)?$/.exec(name)
    return found === null ? [] : [{ number: Number(found[1]), ending: found[2] ?? '' }]
  })
  for (const { number, ending } of numbers.toSorted((a, b) => b.number - a.number)) renameSync(`${log}.${number}${ending}`, `${log}.${number + 1}${ending}`)
  renameSync(log, `${log}.1`)
}

async function rotate({ source, reads }: Living, text: string, exchanges: number): Promise<void> {
  const rotations = source.counts()['rotations'] ?? 0
  shift()
  writeFileSync(log, text)
  await until(() => (source.counts()['rotations'] ?? 0) > rotations)
  await reads(exchanges)
}

/** Reads the log once more: nothing of it may come again. `text` is new, and must come. */
async function readsOnly(count: number): Promise<void> {
  appendFileSync(log, lines(count))
  expect((await life(reading(count))).exchanges).toBe(count)
}

describe('a file that was renamed', () => {
  it('is read on next to the new one, through more rotations, compression and a restart', async () => {
    writeFileSync(log, lines(20))
    const { exchanges, counts } = await life(async (living) => {
      await living.reads(20)
      await rotate(living, lines(10), 30)
      appendFileSync(`${log}.1`, lines(5))
      await living.reads(35)
      await rotate(living, lines(1), 36)
      appendFileSync(`${log}.2`, lines(2))
      appendFileSync(`${log}.1`, lines(3))
      appendFileSync(log, lines(4))
      await living.reads(45)
    })
    expect([exchanges, counts['restsLost'], counts['restsUnknown']]).toEqual([45, undefined, undefined])
    appendFileSync(`${log}.2`, lines(2))
    appendFileSync(`${log}.1`, lines(3).trimEnd())
    compress(`${log}.2`, `${log}.2.gz`)
    shift()
    writeFileSync(log, lines(6))
    const second = await life(async (living) => {
      // The last line of one has no end yet.
      await living.reads(10)
      appendFileSync(`${log}.2`, '\n')
      await living.reads(11)
    })
    expect([second.exchanges, second.counts['restsLost']]).toEqual([11, undefined])
    await readsOnly(1)
  })

  it('is found again by its number where none of its lines could be read yet', async () => {
    writeFileSync(log, 'nonsense\n')
    await life(async (living) => {
      await until(() => positions.size > 0)
      await rotate(living, lines(2), 2)
    })
    appendFileSync(`${log}.1`, lines(3))
    shift()
    writeFileSync(log, lines(1))
    expect((await life(reading(4))).exchanges).toBe(4)
    await readsOnly(1)
  })

  it('is read where the log was looked at and not more before it was rotated', async () => {
    await life(() => until(() => positions.size > 0).then(() => undefined))
    writeFileSync(log, lines(2))
    shift()
    writeFileSync(log, lines(3))
    expect((await life(reading(5))).exchanges).toBe(5)
    await readsOnly(1)
  })

  it.runIf(existsSync('/proc/self/fd'))('is closed when it was quiet for a minute', async () => {
    writeFileSync(log, `${lines(1)}${lines(1).trimEnd()}`)
    const pool = openLogPool(engine)
    const stop = new AbortController()
    let position = ''
    let sleeps = 0
    const tail = tailFile({
      path: log,
      position: null,
      follow: true,
      isLookedFor: false,
      fromEnd: false,
      sinceMs: null,
      newFeed: () => pool.newFeed({ format: 'combined', host: 'shop' }),
      turn: pool.turn,
      gate: pool.gate,
      alike: pool.alike,
      known: () => [],
      note: (_, now) => void (position = now),
      kept: () => Promise.resolve(),
      // Time flies.
      async sleep() {
        await setImmediate()
        sleeps += 1
        if (sleeps === 1) shift()
        if (sleeps === 2) writeFileSync(log, lines(1))
        if (readPosition(position).before?.[0]?.isOver === true) stop.abort()
      },
    })
    const opened: string[] = []
    await tail.run(stop.signal)
    for (const fd of readdirSync('/proc/self/fd')) {
      try {
        opened.push(readlinkSync(join('/proc/self/fd', fd)))
      } catch {
        // That of the folder itself.
      }
    }
    expect([sleeps > 200, readPosition(position).isOver, opened.filter((target) => target.startsWith(folder))]).toEqual([true, undefined, []])
  })
})

describe('a log that waits while a compressed file is read whole', () => {
  const rotations: ReadonlyArray<readonly [how: string, rotate: () => void]> = [
    ['copied and cut', () => copyAndCut()],
    [
      'copied, cut and compressed',
      () => {
        copyAndCut()
        compress(`${log}.1`, `${log}.1.gz`)
      },
    ],
    [
      'renamed',
      () => {
        shift()
        writeFileSync(log, lines(2))
      },
    ],
    [
      'renamed twice',
      () => {
        for (const count of [2, 3]) {
          shift()
          writeFileSync(log, lines(count))
        }
      },
    ],
  ]

  function copyAndCut(): void {
    copyFileSync(log, `${log}.1`)
    truncateSync(log)
    appendFileSync(log, lines(2))
  }

  const whileOthersRead = (during: (living: Living, release: () => void) => Promise<void>): Promise<Life> => {
    const pool = openLogPool(engine)
    const { promise, resolve } = Promise.withResolvers<void>()
    void pool.gate.alone(() => promise)
    return lifeOf({ path: log, follow: true, readFrom: 'beginning' }, positions, (living) => during(living, resolve), pool)
  }

  it.each(rotations)('is read whole though it is %s meanwhile', async (_, rotate) => {
    writeFileSync(log, lines(5))
    const { exchanges } = await whileOthersRead(async (living, release) => {
      await until(() => positions.has(log))
      rotate()
      release()
      await living.reads(written)
    })
    expect(exchanges).toBe(written)
    await readsOnly(1)
  })

  it.each(rotations)('is read whole by the next life though it is %s after this one was killed', async (_, rotate) => {
    writeFileSync(log, lines(5))
    await whileOthersRead(async (_living, release) => {
      await until(() => positions.has(log))
      const killed = new Map(positions)
      release()
      positions = killed
    })
    rotate()
    expect((await life(reading(written))).exchanges).toBe(written)
  })
})

describe('what was rotated', () => {
  const touch = (): void => utimesSync(`${log}.2.gz`, 1_990_000_000, 1_990_000_000)

  it.each(['followed', 'not followed'])('is not read again though its times are out of order, while the log is %s', async (how) => {
    writeFileSync(log, lines(50))
    const rotateAgain = (): void => {
      compress(`${log}.1`, `${log}.1.gz`)
      shift()
      touch()
      writeFileSync(log, lines(10))
    }
    const { exchanges } = await life(async (living) => {
      await living.reads(50)
      await rotate(living, lines(10), 60)
      if (how === 'not followed') return
      rotateAgain()
      await living.reads(70)
    })
    if (how === 'not followed') rotateAgain()
    const second = await life(reading(70 - exchanges))
    expect(exchanges + second.exchanges).toBe(70)
    await readsOnly(2)
  })

  it('before the log was read for the first time is never read', async () => {
    writeFileSync(`${log}.1.gz`, gzipSync(lines(300)))
    writeFileSync(`${log}.2`, lines(7))
    writeFileSync(log, lines(4))
    expect((await life(reading(4))).exchanges).toBe(4)
    shift()
    touch()
    writeFileSync(log, lines(2))
    const { exchanges, counts } = await life(reading(2))
    expect([exchanges, counts['restsUnknown'], counts['restsLost']]).toEqual([2, undefined, undefined])
    await readsOnly(3)
  })

  it('several times while nobody looked is read in the order of its names, whatever its times', async () => {
    writeFileSync(log, lines(3))
    await life(reading(3))
    appendFileSync(log, lines(1))
    for (const count of [4, 5]) {
      shift()
      writeFileSync(log, lines(count))
    }
    compress(`${log}.1`, `${log}.1.gz`)
    utimesSync(`${log}.1.gz`, 1_100_000_000, 1_100_000_000)
    const { exchanges, counts } = await life(reading(10))
    expect([exchanges, counts['restsUnknown'], counts['restsLost']]).toEqual([10, undefined, undefined])
    await readsOnly(1)
  })

  it('is left, and counted once, where nobody can tell whether it was read', async () => {
    writeFileSync(log, lines(3))
    await life(reading(3))
    rmSync(log)
    writeFileSync(`${log}.1`, lines(9))
    writeFileSync(log, lines(2))
    const { exchanges, counts } = await life(reading(2))
    expect([exchanges, counts['restsUnknown'], counts['restsLost']]).toEqual([2, 1, 1])
    shift()
    writeFileSync(log, lines(1))
    const second = await life(reading(1))
    expect([second.exchanges, second.counts['restsUnknown'], second.counts['restsLost']]).toEqual([1, undefined, undefined])
  })
})

describe('files whose bytes are alike', () => {
  it.each([
    ['the old one lies beside it', shift],
    [
      'the old one was compressed',
      (): void => {
        shift()
        compress(`${log}.1`, `${log}.1.gz`)
      },
    ],
  ])('are told apart where one took the place of the other while nobody looked: %s', async (_, rotateIt) => {
    writeFileSync(log, same(5))
    await life(reading(5))
    // It has no number of a file that was there.
    const next = join(folder, 'next')
    writeFileSync(next, same(8))
    rotateIt()
    renameSync(next, log)
    expect((await life(reading(8))).exchanges).toBe(8)
    await readsOnly(1)
  })

  it('are one where it was copied to another place with nothing beside it', async () => {
    writeFileSync(log, same(5))
    await life(reading(5))
    copyFileSync(log, join(folder, 'next'))
    renameSync(join(folder, 'next'), log)
    await readsOnly(2)
  })

  it('do not hide by their numbers that others are not alike', async () => {
    writeFileSync(log, lines(5))
    await life(reading(5))
    appendFileSync(log, lines(1))
    copyFileSync(log, `${log}.1`)
    truncateSync(log)
    appendFileSync(log, lines(9))
    const { exchanges, counts } = await life(reading(10))
    expect([exchanges, counts['restsLost']]).toEqual([10, undefined])
  })
})
