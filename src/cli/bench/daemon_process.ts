import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { createInterface } from 'node:readline'
import { text } from 'node:stream/consumers'
import type { Readable } from 'node:stream'
import { setTimeout as sleep } from 'node:timers/promises'
import { join } from 'node:path'

import { TapistryError } from '../../base/errors.ts'
import { packageFolder } from '../../base/version.ts'
import type { SourceStatus } from '../../source/source.ts'
import { onInterrupt } from '../interrupt.ts'
import { usageReporter, type Usage } from './usage_reporter.ts'

/** `tapistry run` in a process of its own, as `bin/tapistry` starts it. */
export interface DaemonProcess {
  /** Where it listens. */
  readonly address: string
  /** Its only source. */
  source(): Promise<SourceStatus>
  /** Waits until its source is as `isAwaited` says. Throws `TapistryError` (RUNTIME) where it has not moved for a minute. */
  until(isAwaited: (source: SourceStatus) => boolean): Promise<void>
  /** The first sample of a metric. */
  metric(name: string): Promise<number>
  /** Lets it keep what it has read and end; what it has used, null where it was not asked. */
  stop(): Promise<Usage | null>
}

/**
 * Starts it with these words behind `run` and waits until it listens. One that captures cannot say what it has used: it begins anew with fewer rights, and then
 * the descriptor on which it would say so is another one. Throws `TapistryError` (RUNTIME) where it ends before.
 */
export async function launchDaemon(words: readonly string[], saysUsage: boolean): Promise<DaemonProcess> {
  const reporter = saysUsage ? ['--import', usageReporter] : []
  const program = [...process.execArgv, '--max-semi-space-size=32', ...reporter, join(packageFolder, 'dist/cli/main.js'), 'run']
  const child = spawn(process.execPath, [...program, ...words, '--listen', '127.0.0.1:0', '--log-format', 'json'], {
    stdio: ['ignore', 'ignore', 'pipe', 'pipe'],
  })
  const reported = text(child.stdio[3] as Readable)
  const ended = once(child, 'close') as Promise<[number | null, NodeJS.Signals | null]>
  // Whoever measures may be stopped: nothing is to go on then.
  const kill = (): void => void child.kill('SIGKILL')
  process.once('exit', kill)
  const release = onInterrupt(async () => kill())
  const said: string[] = []
  const address = new Promise<string>((resolve, reject) => {
    createInterface(child.stdio[2] as Readable).on('line', (line) => {
      said.push(line)
      const listens = /"address":"([^"]+)"/.exec(line)
      if (listens?.[1] !== undefined) resolve(listens[1])
    })
    void ended.then(([code, signal]) =>
      reject(new TapistryError('RUNTIME', `the daemon that is measured ended with ${code ?? signal}: ${said.slice(-3).join('; ')}`)),
    )
  })
  const get = async (path: string): Promise<Response> => fetch(`${await address}${path}`)
  const source = async (): Promise<SourceStatus> => {
    const { items } = (await (await get('/api/v1/sources')).json()) as { readonly items: readonly [SourceStatus] }
    return items[0]
  }
  return {
    address: await address,
    source,
    async until(isAwaited) {
      let [last, deadlineMs] = ['', 0]
      for (let now = await source(); !isAwaited(now); now = await source()) {
        const moved = JSON.stringify(now.counts)
        if (moved !== last) [last, deadlineMs] = [moved, performance.now() + patienceMs]
        if (performance.now() > deadlineMs)
          throw new TapistryError('RUNTIME', `the daemon that is measured has read nothing for ${patienceMs / 1000} s: ${moved}`)
        await sleep(pollMs)
      }
    },
    async metric(name) {
      const exposition = await (await get('/metrics')).text()
      return Number(new RegExp(`^${name}(?:\\{.*\\})? (.+)$`, 'm').exec(exposition)?.[1])
    },
    async stop() {
      child.kill('SIGTERM')
      const [code, signal] = await ended
      process.off('exit', kill)
      release()
      if (code !== 0) throw new TapistryError('RUNTIME', `the daemon that is measured ended with ${code ?? signal}: ${said.slice(-3).join('; ')}`)
      const usage = await reported
      return usage === '' ? null : (JSON.parse(usage) as Usage)
    },
  }
}

/** Asking costs the measured process a millisecond or two. */
const pollMs = 200
const patienceMs = 60_000
