import { appendFileSync, mkdirSync, mkdtempSync, readdirSync, rmSync, symlinkSync, utimesSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { gzipSync } from 'node:zlib'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'

import { Random } from '../traffic/random.ts'
import { rotatedLog, type Deed, type Naming, type RotatedLog } from './rotated_log.ts'
import { lookAtLog, nothingKept, type Kept, type Looking } from './tail_looks.ts'

let folder = ''

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'tapistry-looks-'))
})

afterEach(() => rmSync(folder, { recursive: true, force: true }))

function run(log: RotatedLog, deeds: string): void {
  for (const deed of deeds.split(' ')) for (const step of deed === '' ? [] : log.steps(deed as Deed)) step()
}

/** Does what a script says: `|` is a look at the log, `!` the end of a life and the beginning of the next one. */
async function follow(
  log: RotatedLog,
  script: string,
  meanwhile: NonNullable<Looking['meanwhile']> = (): void => undefined,
  from: Kept = nothingKept,
): Promise<Kept> {
  let kept = from
  for (const life of script.split('!')) {
    const looks = life.split('|')
    let isLast = false
    kept = await lookAtLog(log.path, kept, {
      meanwhile,
      between() {
        if (isLast) return false
        run(log, looks.shift() ?? '')
        // What was done last is looked at too.
        isLast = looks.length === 0
        return true
      },
    })
  }
  return kept
}

const missing = ({ counts }: Kept): readonly (number | undefined)[] => [counts['restsLost'], counts['restsUnknown']]
const namings: readonly Naming[] = ['numbers', 'dates']

describe.each(namings)('between two looks, with %s for names,', (naming) => {
  it.each([
    ['created, written, renamed', 'append | rename create append append rename create append'],
    ['rotated twice', 'append | rename create append rename create append rename create append'],
    ['rotated, and written late', 'append | rename late create append rename late create'],
    ['rotated twice, and compressed', 'append | rename create append rename pack create append'],
    ['compressed before it was read', '| append rename pack create append'],
    ['created, written, copied, cut', 'append | rename create append copy cut append'],
    ['created, written, copied, cut, and stays empty', 'append | rename create append append copy cut | rename create append'],
    ['filled, copied and cut while it was empty', 'append | rename create | append append copy cut | append'],
    ['filled, copied and cut while it was empty, and renamed', 'append | rename create | append append copy cut rename create | append'],
    ['filled twice while it was empty, and renamed', 'append | rename create | append append copy cut append rename create | append'],
    ['filled, copied, compressed and cut while it was empty, and renamed', 'append | rename create | append append copy pack cut rename create | append'],
    ['copied and cut twice while it was empty', 'append | rename create | append copy cut append append copy cut | append'],
    ['renamed before anything was read of it', '| append append copy cut rename create | append'],
    ['filled again and renamed before anything was read of it', '| append append copy cut append rename create | append'],
    ['cut and filled further than it was read', 'append | append copy cut append append append append'],
    ['cut and renamed', 'append | append append copy cut append rename create append'],
    ['copied, and cut later', 'append | rename create append append copy | cut | append'],
    ['rotated often while nobody looked', 'append ! rename create append copy cut append copy cut rename pack create append'],
    ['empty when it was looked at last', 'append | rename create ! append append copy cut rename create append'],
  ])('is read whole and once a log that was %s', async (_, script) => {
    const log = rotatedLog(folder, naming)
    const kept = await follow(log, `${script} |`)
    expect([kept.exchanges, ...missing(kept)]).toEqual([log.written(), 0, 0])
  })
})

describe('a log that is looked at first in a life that keeps nothing more', () => {
  it.each([
    ['renamed', 'append ! rename create append'],
    ['renamed and compressed', 'append ! rename create append rename pack create append'],
    ['compressed', 'append ! rename pack create append'],
    ['copied and cut', 'append append ! copy cut append'],
    ['copied, cut and compressed', 'append append ! copy pack cut append append append'],
    ['copied and cut twice, and renamed', 'append ! append copy cut append copy cut append rename create append'],
    ['renamed with nothing in it', '! append rename create append'],
    ['copied and cut with nothing in it', '! append copy cut append'],
  ])('is read whole and once where it was %s afterwards', async (_, script) => {
    for (const naming of namings) {
      const log = rotatedLog(folder, naming)
      run(log, 'rename create append rename create')
      const old = log.written()
      const [before, after = ''] = script.split('!')
      run(log, before ?? '')
      let isOver = false
      const first = await lookAtLog(log.path, nothingKept, { between: () => false, keeps: () => false })
      expect([first.position === null, first.exchanges]).toEqual([false, 0])
      run(log, after)
      const kept = await lookAtLog(log.path, first, {
        between: () => !isOver && (isOver = true),
      })
      expect([naming, kept.exchanges, ...missing(kept)]).toEqual([naming, log.written() - old, 0, 0])
      rmSync(folder, { recursive: true })
      mkdirSync(folder)
    }
  })

  it('is said to be lost where it was removed', async () => {
    const log = rotatedLog(folder, 'numbers')
    run(log, 'append')
    const first = await lookAtLog(log.path, nothingKept, { between: () => false, keeps: () => false })
    rmSync(log.path)
    run(log, 'create append')
    const kept = await follow(log, '|', undefined, first)
    expect([kept.exchanges, ...missing(kept)]).toEqual([1, 1, 0])
  })
})

describe('while it is looked at,', () => {
  it.each([
    // The first turn reads the first line.
    ['cut and filled further than it was read, while it waits for its turn', 'append | append | append', ['turn', 2], 'copy cut append append append append'],
    ['cut and filled as far as it was read, when it was found again', 'append append ! append', ['found', 2], 'copy cut append append'],
    ['copied in part, and cut later', 'append | rename create append append | cut | append', ['turn', 2], 'copy'],
  ] as const)('is read whole and once a log that was %s', async (_, script, [moment, time], deeds) => {
    const log = rotatedLog(folder, 'numbers')
    let times = 0
    const kept = await follow(log, `${script} |`, (now) => {
      if (now === moment && (times += 1) === time) run(log, deeds)
    })
    expect([times >= time, kept.exchanges, ...missing(kept)]).toEqual([true, log.written(), 0, 0])
  })
})

describe('a file that was renamed', () => {
  it('stays open with others; of too many the oldest is closed, and counted', async () => {
    const log = rotatedLog(folder, 'dates')
    const kept = await follow(log, `append ${'| rename create append '.repeat(66)} |`)
    expect([kept.exchanges, kept.counts['closedEarly'], ...missing(kept)]).toEqual([log.written(), 2, 0, 0])
  })
})

describe('while a compressed rest is opened,', () => {
  it('another file that comes to its name is not taken for it', async () => {
    const log = rotatedLog(folder, 'numbers')
    const before = await follow(log, 'append |')
    run(log, 'append rename pack create append append append rename pack create append')
    let isDone = false
    const meanwhile = (): void => {
      // The first that is found is the older one, which was read in part.
      if (!isDone) run(log, 'rename create')
      isDone = true
    }
    const kept = await follow(log, 'append |', meanwhile, before)
    expect([isDone, kept.exchanges, ...missing(kept)]).toEqual([true, log.written(), 0, 0])
  })
})

/** Whatever is done to it, in whatever moment. */
async function disturbed(seed: number, naming: Naming, isLink: boolean): Promise<readonly unknown[]> {
  const random = new Random(seed)
  mkdirSync(join(folder, 'target'))
  const log = rotatedLog(join(folder, 'target'), naming)
  const path = isLink ? join(folder, 'linked.log') : log.path
  if (isLink) symlinkSync(log.path, path)
  const todo: Array<() => void> = []
  const plans: ReadonlyArray<readonly Deed[]> = [
    ['append'],
    ['append', 'append'],
    ['rename', 'create'],
    ['rename', 'late', 'create', 'append'],
    ['copy', 'cut'],
    ['pack'],
  ]
  const step = (): void => {
    if (todo.length === 0) {
      if (random.once(3)) log.leaveOpen(random.below(60))
      for (const deed of random.pick(plans)) todo.push(() => todo.unshift(...log.steps(deed)))
    }
    todo.shift()?.()
  }
  let kept = nothingKept
  let looks = 0
  const disturb = (): void => {
    if (looks > 0) for (let count = random.below(12); count > 0; count -= 1) step()
  }
  for (let lives = random.below(5); lives >= 0; lives -= 1) {
    looks = 2 + random.below(8)
    kept = await lookAtLog(path, kept, {
      meanwhile: () => (random.once(2) ? disturb() : undefined),
      between() {
        disturb()
        looks -= 1
        if (looks === 0 && lives === 0) {
          while (todo.length > 0) step()
          for (const deed of ['append', 'rename', 'create', 'append'] as const) for (const one of log.steps(deed)) one()
        }
        return looks > (lives === 0 ? -3 : 0)
      },
      keeps: () => (lives === 0 && looks <= 0) || !random.once(4),
    })
  }
  return [kept.exchanges - log.written(), ...missing(kept)]
}

describe('a log that is written, rotated and read in any order, with ends of lives that keep less than was read,', () => {
  it.each([
    ['numbers', 'itself', false],
    ['dates', 'itself', false],
    ['numbers', 'a link', true],
    ['dates', 'a link', true],
  ] as const)('is read whole and once, with %s for names, through %s', async (naming, _, isLink) => {
    for (let seed = 0; seed < 60; seed += 1) {
      expect([seed, ...(await disturbed(seed, naming, isLink))]).toEqual([seed, 0, 0, 0])
      rmSync(folder, { recursive: true })
      folder = mkdtempSync(join(tmpdir(), 'tapistry-looks-'))
    }
  })
})

describe('a line that is written in two parts, of which the second one comes late,', () => {
  const [first, second] = ['10.0.0.1 - - [21/Sep/2026:14:00:00 +0000] "GET /ite', 'ms/7 HTTP/1.1" 200 5 "-" "curl/8"\n']
  /** More than a minute. */
  const looks = '|'.repeat(250)

  it.each([
    ['is one where it is still at its path', '', 'append rename create append', [0]],
    ['is one where it was renamed and closed', 'rename create append', 'append rename create append', [1]],
    ['is one where it was renamed, with nothing at its path', 'rename', 'create append', [1]],
    ['is one where it was renamed and read by another life', 'rename create append', '! append', [1]],
  ])('%s', async (_, before, after, cut) => {
    const log = rotatedLog(folder, 'dates')
    const open = (): string =>
      readdirSync(folder)
        .toSorted()
        .find((name) => before === '' || name !== 'access.log') ?? ''
    const whole = await follow(log, 'append |')
    appendFileSync(log.path, first)
    const without = await follow(log, `| ${before} ${looks}`, undefined, whole)
    expect([without.exchanges, without.counts['linesCut']]).toEqual([log.written(), ...cut])
    appendFileSync(join(folder, open()), second)
    const kept = await follow(log, `${after} |`, undefined, without)
    expect([kept.exchanges, kept.counts['linesCut'], ...missing(kept)]).toEqual([log.written() + 1, ...cut, 0, 0])
  })

  it('is given up once where it never comes', async () => {
    const log = rotatedLog(folder, 'numbers')
    appendFileSync(log.path, first)
    const kept = await follow(log, `| rename create append ${looks} rename create append ${looks} ! rename create append ${looks}`)
    expect([kept.exchanges, kept.counts['linesCut'], ...missing(kept)]).toEqual([log.written(), 1, 0, 0])
  })
})

describe('what lay beside a log when it was looked at first', () => {
  // Root reads everything.
  it.skipIf(process.getuid?.() === 0)('holds nothing up where it cannot be read', async () => {
    const log = rotatedLog(folder, 'dates')
    writeFileSync(`${log.path}-2025001`, 'secret', { mode: 0 })
    const kept = await follow(log, 'append | append rename create append ! append |')
    expect([kept.exchanges, ...missing(kept)]).toEqual([log.written(), 0, 0])
  })

  it.each(['', '.gz'])('is never read, though there is more than is remembered and all are of one time: -DATE%s', async (ending) => {
    const log = rotatedLog(folder, 'dates')
    for (let age = 1; age <= 90; age += 1) {
      const old = `10.0.0.1 - - [20/Sep/2026:14:00:00 +0000] "GET /old/${age} HTTP/1.1" 200 5 "-" "curl/8"\n`
      const file = `${log.path}-2025${String(1_000 + age).slice(1)}${ending}`
      writeFileSync(file, ending === '' ? old : gzipSync(old))
      utimesSync(file, 1_790_000_000, 1_790_000_000)
    }
    const kept = await follow(log, 'append | append copy cut rename create append ! append |')
    expect([kept.exchanges, ...missing(kept)]).toEqual([log.written(), 0, 0])
  })
})
