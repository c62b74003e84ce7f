import { appendFileSync, existsSync, mkdirSync, mkdtempSync, readlinkSync, readdirSync, rmSync, unlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setImmediate } from 'node:timers/promises'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'

import { tailFile } from '../../src/source/tail/file_tail.ts'
import { goneLongest } from '../../src/source/tail/gone.ts'
import { openLogPool } from '../../src/source/tail/log_pool.ts'
import { readPosition } from '../../src/source/tail/position.ts'
import { until } from '../e2e/until.ts'
import { lifeOf } from './log_life.ts'
import { engine } from './piped.ts'

let folder = ''

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'tapistry-gone-'))
})

afterEach(() => rmSync(folder, { recursive: true, force: true }))

const lines = (name: string, count: number): string =>
  Array.from({ length: count }, (_, at) => `10.0.0.1 - - [21/Sep/2026:14:00:00 +0000] "GET /${name}/${at} HTTP/1.1" 200 5 "-" "curl/8"\n`).join('')

const used = (usedMs: number): string => JSON.stringify({ offset: 1, head: '', last: '', usedMs })

describe('positions of files that are gone', () => {
  it('are forgotten beyond a number, those that were read longest ago, and never one of a file that is there', async () => {
    const there = Array.from({ length: 30 }, (_, at) => join(folder, `${at}.log`))
    for (const file of there) writeFileSync(file, lines(file, 2))
    const positions = new Map<string, string>()
    const options = { path: folder, follow: true, readFrom: 'beginning' } as const
    await lifeOf(options, positions, ({ reads }) => reads(60))
    // They were read longer ago than all others.
    for (const file of there) positions.set(file, JSON.stringify({ ...readPosition(positions.get(file) ?? ''), usedMs: 1 }))
    for (let at = 0; at < 1_040; at += 1) positions.set(join(folder, `gone-${at}.log`), used(1_000 + ((at * 7) % 1_040)))
    const { exchanges, counts } = await lifeOf(options, positions, async () => void (await until(() => positions.size <= 1_031)))
    expect([exchanges, counts['positionsForgotten'], positions.size]).toEqual([0, 40, 1_031])
    // The folder has one too.
    expect([...there, folder].filter((file) => !positions.has(file))).toEqual([])
    expect(Math.min(...[...positions].filter(([file]) => !there.includes(file)).map(([, position]) => readPosition(position).usedMs ?? 0))).toBe(1_040)
    appendFileSync(there[1] ?? '', lines('more', 1))
    expect((await lifeOf(options, positions, ({ reads }) => reads(1))).exchanges).toBe(1)
  })

  it('stay where files are in use, are there under any name of the system, or cannot be looked at', () => {
    mkdirSync(join(folder, 'sub'))
    const positions = new Map(Array.from({ length: 1_010 }, (_, at) => [join(folder, `gone-${at}.log`), used(at)]))
    positions.set(join(folder, 'sub'), used(0))
    writeFileSync(join(folder, 'plain'), '')
    positions.set(join(folder, 'plain', 'below'), used(0))
    const inUse = new Set([0, 1, 2].map((at) => join(folder, `gone-${at}.log`)))
    expect(goneLongest(positions, inUse)).toEqual([3, 4, 5, 6, 7, 8, 9].map((at) => join(folder, `gone-${at}.log`)))
    expect(goneLongest(new Map([...positions].slice(0, 900)), new Set())).toEqual([])
  })
})

describe.runIf(existsSync('/proc/self/fd'))('a file that was removed', () => {
  it('is read to its end, and closed after a while', async () => {
    const path = join(folder, 'access.log')
    writeFileSync(path, `${lines('a', 3)}${lines('b', 1).trimEnd()}`)
    const pool = openLogPool(engine)
    const notes: string[] = []
    let isRemoved = false
    const stop = new AbortController()
    const tail = tailFile({
      path,
      position: null,
      follow: true,
      isLookedFor: true,
      fromEnd: false,
      sinceMs: null,
      newFeed: () => pool.newFeed({ format: 'combined', host: 'shop' }),
      turn: pool.turn,
      gate: pool.gate,
      alike: pool.alike,
      known: () => [],
      note: (feed, position) => notes.push(`${feed.counts().exchanges} ${readPosition(position).isOver === true}`),
      kept: () => Promise.resolve(),
      // Time flies.
      async sleep() {
        await setImmediate()
        if (!isRemoved) unlinkSync(path)
        isRemoved = true
      },
    })
    await tail.run(stop.signal)
    // The first look, the first lines, what was beside it before, and the line that is open until it is gone.
    expect(notes).toEqual(['0 false', '3 false', '0 false', '4 true'])
    const open = readdirSync('/proc/self/fd').map((fd) => {
      try {
        return readlinkSync(join('/proc/self/fd', fd))
      } catch {
        return ''
      }
    })
    expect(open.filter((target) => target.startsWith(folder))).toEqual([])
  })
})
