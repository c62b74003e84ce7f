import { appendFileSync, closeSync, mkdirSync, openSync, readFileSync, rmSync, truncateSync, writeFileSync, writeSync } from 'node:fs'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'

import { killDaemons, launchDaemon, type DaemonProcess } from './daemon.ts'
import { exchangeLines, post, shows, stopped } from './rest.ts'
import { logLines, runFolder, type RunFolder } from './run_folder.ts'
import { succeeds } from './succeeds.ts'
import { until } from './until.ts'

let at: RunFolder
beforeEach(() => {
  at = runFolder()
})
afterEach(() => {
  killDaemons()
  at.remove()
})

describe('the data folder', () => {
  const start = (): DaemonProcess => launchDaemon(['--file', at.log, '--data-dir', at.data])

  it('that is damaged, foreign or taken is named, and nothing is begun', async () => {
    writeFileSync(at.log, logLines(0, 50))
    const first = start()
    await shows(first, 50)
    await stopped(first)
    const database = join(at.data, 'tapistry.db')
    const whole = readFileSync(database)
    const cases: ReadonlyArray<readonly [name: string, spoil: () => void, said: RegExp]> = [
      ['no database', () => writeFileSync(database, 'x'.repeat(8192)), /tapistry\.db: is no database of Tapistry/],
      ['cut', () => truncateSync(database, Math.floor(whole.length / 8192) * 4096), /tapistry\.db: (?:is damaged|what it holds cannot be read)/],
      ['no key', () => rmSync(join(at.data, 'secret.key')), /secret\.key: is lost/],
    ]
    const key = readFileSync(join(at.data, 'secret.key'))
    for (const [name, spoil, said] of cases) {
      spoil()
      const daemon = start()
      expect(await daemon.ended, name).toBe(3)
      expect(daemon.said()).toMatch(said)
      writeFileSync(database, whole)
      writeFileSync(join(at.data, 'secret.key'), key)
    }
    const last = start()
    await shows(last, 50)
    await stopped(last)
  })
})

describe('a full disk', () => {
  it('is named, loses nothing, and is over once there is room', async () => {
    mkdirSync(at.data)
    if (!succeeds('mount', '-t', 'tmpfs', '-o', 'size=2m', 'tmpfs', at.data)) return console.log('skipped: a small disk needs root and mount')
    try {
      writeFileSync(at.log, logLines(0, 20))
      const sources = [{ type: 'log', path: at.log }, { type: 'http' }]
      const daemon = launchDaemon(['--config', at.configured(sources)])
      await shows(daemon, 20)
      fill(join(at.data, 'filler'))
      appendFileSync(at.log, logLines(20, 5_000))
      const reasons = await until(async () => {
        const answer = await daemon.get('/readyz')
        return answer.status === 503 && ((await answer.json()) as { reasons: string[] }).reasons
      })
      expect(reasons).toEqual([expect.stringMatching(/^nothing can be kept: .*the disk is full/)])
      const refused = await post(daemon, exchangeLines(10), { 'idempotency-key': 'full' })
      expect(refused.status).toBe(503)
      expect(await refused.json()).toMatchObject({ detail: expect.stringContaining('the disk is full') })
      rmSync(join(at.data, 'filler'))
      await shows(daemon, 5_020)
      expect((await daemon.get('/readyz')).status).toBe(200)
      for (const repeated of [false, true])
        expect(await (await post(daemon, exchangeLines(10), { 'idempotency-key': 'full' })).json()).toMatchObject({ exchanges: 10, repeated })
      await shows(daemon, 5_030)
      fill(join(at.data, 'filler'))
      appendFileSync(at.log, logLines(5_020, 5_000))
      await until(async () => (await daemon.get('/readyz')).status === 503)
      daemon.signal('SIGTERM')
      expect(await daemon.ended).toBe(3)
      expect(daemon.log().at(-1)).toMatchObject({ level: 'error', message: 'not everything was kept', reason: expect.stringContaining('the disk is full') })
      rmSync(join(at.data, 'filler'))
      const next = launchDaemon(['--config', at.configured(sources)])
      await shows(next, 10_030)
      await stopped(next)
    } finally {
      killDaemons()
      await until(() => succeeds('umount', at.data))
    }
  })
})

/** Takes all the room that is left. */
function fill(path: string): void {
  const file = openSync(path, 'w')
  try {
    for (const bytes of [1 << 16, 1 << 12]) while (writes(file, bytes));
  } finally {
    closeSync(file)
  }
}

function writes(file: number, bytes: number): boolean {
  try {
    return writeSync(file, Buffer.alloc(bytes, 1)) === bytes
  } catch {
    return false
  }
}
