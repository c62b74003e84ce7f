import { appendFileSync, copyFileSync, mkdtempSync, renameSync, rmSync, truncateSync, unlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { gzipSync } from 'node:zlib'
import { readFileSync } from 'node:fs'

import { afterEach, beforeEach, describe, expect, it } from 'vitest'

import type { Source } from '../../src/source/source.ts'
import { lifeOf, type Life } from './log_life.ts'

let folder = ''
let log = ''
let written = 0

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'tapistry-tail-'))
  log = join(folder, 'access.log')
  written = 0
})

afterEach(() => rmSync(folder, { recursive: true, force: true }))

/** Lines that are all different, so that no two files are alike. */
function lines(count: number): string {
  return Array.from({ length: count }, () => {
    written += 1
    return `10.0.0.1 - - [21/Sep/2026:14:00:00 +0000] "GET /items/${written} HTTP/1.1" 200 ${written} "-" "curl/8"\n`
  }).join('')
}

/** One life of the daemon's source: it runs until it has read what `expected` says, or nothing more comes. */
async function live(positions: Map<string, string>, during: (source: Source, seen: () => number) => Promise<void>): Promise<Life> {
  return lifeOf({ path: log, follow: true, readFrom: 'beginning' }, positions, ({ source, seen }) => during(source, seen))
}

async function until(isTrue: () => boolean): Promise<void> {
  for (let tries = 0; tries < 200 && !isTrue(); tries += 1) await sleep(50)
  expect(isTrue()).toBe(true)
}

const nothing = async (): Promise<void> => undefined

describe('a log that is followed', () => {
  it('gives each line once, however it is written', async () => {
    const positions = new Map<string, string>()
    writeFileSync(log, lines(3))
    const { exchanges } = await live(positions, async (_, seen) => {
      await until(() => seen() === 3)
      const text = lines(1)
      appendFileSync(log, text.slice(0, 40))
      await sleep(400)
      expect(seen()).toBe(3)
      appendFileSync(log, text.slice(40) + lines(2))
      await until(() => seen() === 6)
    })
    expect(exchanges).toBe(6)
    expect((await live(positions, () => sleep(400))).exchanges).toBe(0)
  })

  it('is read on through renaming, while it is followed and while nobody looks', async () => {
    const positions = new Map<string, string>()
    writeFileSync(log, lines(4))
    let total = 0
    const first = await live(positions, async (_, seen) => {
      await until(() => seen() === 4)
      renameSync(log, `${log}.1`)
      // The writer has not been told yet.
      appendFileSync(`${log}.1`, lines(2))
      await sleep(300)
      writeFileSync(log, lines(3))
      await until(() => seen() === 9)
    })
    total += first.exchanges
    expect(first.counts['restsLost']).toBeUndefined()
    // Twice while nobody looks.
    appendFileSync(log, lines(5))
    renameSync(`${log}.1`, `${log}.2`)
    renameSync(log, `${log}.1`)
    await sleep(20)
    writeFileSync(log, lines(7))
    await sleep(20)
    renameSync(`${log}.2`, `${log}.3`)
    renameSync(`${log}.1`, `${log}.2`)
    renameSync(log, `${log}.1`)
    await sleep(20)
    writeFileSync(log, lines(1))
    const second = await live(positions, async (_, seen) => until(() => seen() === 13))
    total += second.exchanges
    expect(total).toBe(written)
    expect(second.counts['restsLost']).toBeUndefined()
    expect((await live(positions, () => sleep(400))).exchanges).toBe(0)
  })

  it('is read on when the old one was compressed meanwhile', async () => {
    const positions = new Map<string, string>()
    writeFileSync(log, lines(300))
    const first = await live(positions, async (_, seen) => until(() => seen() === 300))
    appendFileSync(log, lines(200))
    writeFileSync(`${log}.1.gz`, gzipSync(readFileSync(log)))
    unlinkSync(log)
    writeFileSync(log, lines(2))
    const second = await live(positions, async (_, seen) => until(() => seen() === 202))
    expect(first.exchanges + second.exchanges).toBe(written)
  })

  it('is read on through copytruncate, without loss where the copy lies beside it', async () => {
    const positions = new Map<string, string>()
    writeFileSync(log, lines(5))
    const { exchanges, counts } = await live(positions, async (_, seen) => {
      await until(() => seen() === 5)
      appendFileSync(log, lines(4))
      copyFileSync(log, `${log}.1`)
      truncateSync(log)
      appendFileSync(log, lines(3))
      await until(() => seen() === 12)
    })
    expect(exchanges).toBe(written)
    expect(counts).toMatchObject({ truncations: 1 })
    expect(counts['restsLost']).toBeUndefined()
  })

  it('says when what was not read is gone', async () => {
    const positions = new Map<string, string>()
    writeFileSync(log, lines(5))
    await live(positions, async (_, seen) => until(() => seen() === 5))
    writeFileSync(log, lines(2))
    const { exchanges, counts } = await live(positions, async (_, seen) => until(() => seen() === 2))
    expect(exchanges).toBe(2)
    expect(counts).toMatchObject({ restsLost: 1 })
  })

  it('is waited for where it is not there yet', async () => {
    const { exchanges } = await live(new Map(), async (_, seen) => {
      await sleep(300)
      writeFileSync(log, lines(2))
      await until(() => seen() === 2)
    })
    expect(exchanges).toBe(2)
  })

  it('names lines that are none, and long ones, and goes on', async () => {
    writeFileSync(log, `${lines(1)}nonsense\n${'x'.repeat(1 << 21)}\n${lines(1)}`)
    const { exchanges, counts } = await live(new Map(), async (_, seen) => until(() => seen() === 2))
    expect(exchanges).toBe(2)
    expect(counts).toMatchObject({ 'lines': 4, 'rejectedBy.not_format': 1, 'rejectedBy.line_too_long': 1 })
  })

  it('is stopped and begun again anywhere without a line lost or counted twice', async () => {
    const positions = new Map<string, string>()
    // What is rotated before anybody has looked at the log is old.
    writeFileSync(log, '')
    let total = (await live(positions, () => until(() => positions.size > 0))).exchanges
    for (let round = 0; round < 12; round += 1) {
      appendFileSync(log, lines(round * 7))
      if (round % 4 === 3) {
        // Where lives are too short to see each rotation the names tell their order.
        renameSync(log, `${log}-202601${String(round).padStart(2, '0')}`)
        await sleep(20)
        writeFileSync(log, '')
      }
      total += (await live(positions, () => sleep(round % 3 === 0 ? 0 : 60))).exchanges
    }
    total += (await live(positions, async (_, seen) => until(() => total + seen() === written))).exchanges
    expect(total).toBe(written)
    await live(positions, nothing)
  })
})
