import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { open } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, onTestFinished, test } from 'vitest'

import { openFeedPool } from '../../src/source/feed.ts'
import { openAlikeLogs } from '../../src/source/tail/alike.ts'
import { RollingFingerprint } from '../../src/source/tail/fingerprint.ts'
import { openReader } from '../../src/source/tail/reading.ts'
import { engine } from './piped.ts'

test('what was written after a log was cut is read, though another name of it has not noticed yet', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'tapistry-reading-'))
  onTestFinished(() => rmSync(folder, { recursive: true }))
  const path = join(folder, 'access.log')
  const lines = (name: string, count: number): string => `1.2.3.4 - - [28/Nov/2026:10:00:00 +0000] "GET /${name} HTTP/1.1" 200 1 "-" "-"\n`.repeat(count)
  const [pool, alike] = [openFeedPool(engine), openAlikeLogs()]
  const readOnce = async (name: string): Promise<{ readonly read: number; readonly passed: number }> => {
    const feed = pool.feed({ format: 'combined', host: 'shop' })
    let passed = 0
    const file = await open(path)
    onTestFinished(() => file.close())
    const reader = openReader({
      log: alike.add(name, true),
      alike,
      passed: (bytes) => (passed += bytes),
      newFeed: () => feed,
      turn: async (work) => work({ buffer: new Uint8Array(1 << 16), isOver: () => false }),
      note: () => undefined,
    })
    const nothing = { now: RollingFingerprint.empty().at(0) }
    const reading = await reader.begin(file, '1:1', nothing)
    if (reading === null) throw new Error('a file of which nothing was read goes on')
    await reader.readOn(reading, new AbortController().signal)
    return { read: feed.counts().exchanges, passed }
  }
  writeFileSync(path, lines('before', 3))
  expect(await readOnce('first')).toEqual({ read: 3, passed: 0 })
  writeFileSync(path, lines('after', 5))
  expect(await readOnce('second')).toEqual({ read: 5, passed: 0 })
})
