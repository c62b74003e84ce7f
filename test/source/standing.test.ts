import { spawnSync } from 'node:child_process'
import { copyFileSync, mkdirSync, mkdtempSync, renameSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'

import { packageFolder } from '../../src/base/version.ts'
import { httpSource } from '../../src/source/http.ts'
import { interfaceSource } from '../../src/source/interface.ts'
import { binding } from '../../src/source/load_binding.ts'
import { logSource } from '../../src/source/log.ts'
import { pcapSource } from '../../src/source/pcap.ts'
import type { Source, SourceStanding } from '../../src/source/source.ts'
import { syslogSource } from '../../src/source/syslog.ts'
import { openLogPool } from '../../src/source/tail/log_pool.ts'
import { until } from '../e2e/until.ts'
import { memorySink } from './memory_sink.ts'
import { engine } from './piped.ts'

let folder = ''

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'tapistry-standing-'))
})

afterEach(() => rmSync(folder, { recursive: true, force: true }))

const at = (...names: readonly string[]): string => join(folder, ...names)
const log = (path: string): Source => logSource({ path, follow: true, readFrom: 'beginning' }, engine, openLogPool(engine))
const pcap = (path: string): Source => pcapSource({ path, follow: true }, engine)
const line = '10.0.0.1 - - [21/Sep/2026:14:00:00 +0000] "GET /items/1 HTTP/1.1" 200 5 "-" "curl/8"\n'
const writeLog = (...names: readonly string[]): void => writeFileSync(at(...names), line)
const writeCapture = (...names: readonly string[]): void => copyFileSync(join(packageFolder, 'examples', 'shop.pcap'), at(...names))
/** What nobody may open, whoever asks. */
const writeLoop = (...names: readonly string[]): void => symlinkSync(at(...names), at(...names))

/** Runs a source while something is done; what it says of itself when it says `state`. */
async function running(source: Source, during: (stands: (state: SourceStanding['state']) => Promise<string | null>) => Promise<void>): Promise<void> {
  expect(source.standing()).toEqual({ state: 'starting', problem: null })
  const stop = new AbortController()
  const ended = source.run(memorySink(), stop.signal)
  const failed = ended.then(() => Promise.reject(new Error('it ended')))
  failed.catch(() => undefined)
  try {
    await during(async (state) =>
      Promise.race([
        failed,
        until(
          () => source.standing().state === state,
          () => `${state}: ${JSON.stringify(source.standing())}`,
        ).then(() => source.standing().problem),
      ]),
    )
  } finally {
    stop.abort()
    await ended.catch(() => undefined)
  }
}

describe('a source that is', () => {
  const cases: ReadonlyArray<
    readonly [name: string, source: () => Source, before: () => void, state: 'down' | 'waiting', problem: string, mend: () => void, left: string | null]
  > = [
    ['a log that is not there', () => log(at('a.log')), () => undefined, 'down', 'a.log: no such file; ', () => writeLog('a.log'), null],
    ['a glob without a log', () => log(at('*.log')), () => undefined, 'waiting', '*.log: no log is there yet', () => writeLog('a.log'), null],
    [
      'a glob in a folder that is not there',
      () => log(at('logs', '*.log')),
      () => undefined,
      'down',
      'logs: no such folder; ',
      () => {
        mkdirSync(at('logs'))
        writeLog('logs', 'a.log')
      },
      null,
    ],
    [
      'a glob with a log that cannot be opened',
      () => log(at('*.log')),
      () => writeLoop('b.log'),
      'down',
      'b.log: too many symbolic links',
      () => writeLog('a.log'),
      'b.log: too many symbolic links',
    ],
    ['a capture that is not there', () => pcap(at('a.pcap')), () => undefined, 'down', 'a.pcap: no such file or folder; ', () => writeCapture('a.pcap'), null],
    ['an empty folder', () => pcap(folder), () => undefined, 'waiting', ': no capture is there yet', () => writeCapture('a.pcap'), null],
    [
      'a capture that has just begun',
      () => pcap(at('a.pcap')),
      () => writeFileSync(at('a.pcap'), ''),
      'waiting',
      'a.pcap: no capture is there yet',
      () => writeCapture('a.pcap'),
      null,
    ],
    [
      'a file that is no capture',
      () => pcap(folder),
      () => writeFileSync(at('b.pcap'), Buffer.alloc(500, 0xff)),
      'down',
      'b.pcap: is binary of no known format',
      () => writeCapture('a.pcap'),
      'b.pcap: is binary of no known format',
    ],
    [
      'a link to itself in a folder',
      () => pcap(folder),
      () => writeLoop('b.pcap'),
      'down',
      'b.pcap: too many symbolic links',
      () => writeCapture('a.pcap'),
      'b.pcap: too many symbolic links',
    ],
  ]

  it.each(cases)('%s', async (_, make, before, state, problem, mend, left) => {
    before()
    await running(make(), async (stands) => {
      expect(await stands(state)).toContain(problem)
      mend()
      const still = await stands('up')
      if (left === null) expect(still).toBeNull()
      else expect(still).toContain(left)
    })
  })

  it('a log that is a pipe ends at once, with the reason, and waits for no writer', async () => {
    expect(spawnSync('mkfifo', [at('a.log')]).status).toBe(0)
    await expect(log(at('a.log')).run(memorySink(), new AbortController().signal)).rejects.toThrow('a.log: is no regular file; ')
    writeLog('b.log')
    renameSync(at('a.log'), at('b.log.1'))
    await running(log(at('b.log')), async (stands) => expect(await stands('up')).toBeNull())
  })

  it('a log that is gone is down, and up when it is there again', async () => {
    writeLog('a.log')
    await running(log(at('a.log')), async (stands) => {
      expect(await stands('up')).toBeNull()
      rmSync(at('a.log'))
      expect(await stands('down')).toContain('a.log: no such file')
      writeLog('a.log')
      expect(await stands('up')).toBeNull()
    })
  })

  it('received from is up once it can be sent to', async () => {
    for (const source of [httpSource(engine, Date.now), syslogSource({ listen: { host: '127.0.0.1', port: 0 } }, engine)]) {
      await running(source, async (stands) => {
        expect(await stands('up')).toBeNull()
      })
    }
  })

  it('an interface is down where there is none of its name', async ({ skip }) => {
    if (binding().captureProblem() !== null) skip('this process may not capture')
    await running(interfaceSource({ name: 'lo' }, engine, 100), async (stands) => {
      expect(await stands('up')).toBeNull()
    })
    await running(interfaceSource({ name: 'none7' }, engine, 100), async (stands) => {
      expect(await stands('down')).toMatch(/^none7: there is no such interface/)
    })
  })
})
