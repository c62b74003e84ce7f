import { setTimeout as sleep } from 'node:timers/promises'

import { expect, onTestFinished } from 'vitest'

import type { EngineSecrets } from '../../src/source/feed.ts'
import { syslogSource, type SyslogOptions } from '../../src/source/syslog.ts'
import { memorySink, type MemorySink } from './memory_sink.ts'

export interface Receiving {
  readonly port: number
  readonly sink: MemorySink
  counts(): Readonly<Record<string, number>>
  /** Resolves when it has read as many messages, and what they gave is kept. */
  lines(count: number): Promise<void>
  /** Ends the source; resolves when all it had received is kept. */
  stop(): Promise<void>
}

export const engine: EngineSecrets = { hashKey: new Uint8Array(16), literals: [], words: [] }

/** A source of syslog that listens on a port of this machine until the test ends. Rejects where it cannot. */
export async function receiving(protocol: 'udp' | 'tcp' | 'tls', options: Partial<SyslogOptions> = {}): Promise<Receiving> {
  const source = syslogSource({ listen: { host: '127.0.0.1', port: 0 }, protocol, ...options }, engine)
  const sink = memorySink()
  const stopping = new AbortController()
  const running = source.run(sink, stopping.signal)
  await Promise.race([running, until(() => source.detail() !== null)])
  const stop = async (): Promise<void> => {
    stopping.abort()
    await running
  }
  onTestFinished(stop)
  return {
    port: Number(/\d+$/.exec(source.detail() ?? '')?.[0]),
    sink,
    counts: () => source.counts(),
    stop,
    lines: (count) => until(() => (source.counts()['lines'] ?? 0) >= count && sink.exchanges() >= (source.counts()['exchanges'] ?? 0)),
  }
}

export async function until(isTrue: () => boolean): Promise<void> {
  for (let tries = 0; tries < 3000 && !isTrue(); tries += 1) await sleep(10)
  expect(isTrue()).toBe(true)
}
