import { setImmediate } from 'node:timers/promises'
import { expect, it } from 'vitest'

import { TapistryError } from '../../src/base/errors.ts'
import { encodeBatch } from '../../src/observation/codec.ts'
import { supervise, type SourceEvent } from '../../src/daemon/supervise.ts'
import type { Source, SourceStanding } from '../../src/source/source.ts'
import { memorySink } from '../source/memory_sink.ts'

/** One that stands as it is told to, and fails when it is told to. */
function told(): Source & { stands: SourceStanding; fail: (problem: string) => void } {
  let reject: (thrown: unknown) => void = () => undefined
  return {
    id: 'log:a.log',
    kind: 'log',
    stands: { state: 'starting', problem: null },
    fail: (problem) => reject(new TapistryError('INPUT', problem)),
    async run(_, signal) {
      await new Promise<void>((resolve, refuse) => {
        reject = refuse
        signal.addEventListener('abort', () => resolve(), { once: true })
      })
    },
    standing() {
      return this.stands
    },
    counts: () => ({}),
    detail: () => null,
  }
}

it('says what a source says of itself, each change once, and that it is read again once it is', async () => {
  const source = told()
  const stop = new AbortController()
  const said: Array<readonly [SourceEvent, string | null]> = []
  // Time passes while the test waits.
  const sleep = async (_: number, signal: AbortSignal): Promise<void> => {
    for (let turn = 0; turn < 3 && !signal.aborted; turn++) await setImmediate()
  }
  const { status, ended } = supervise(source, memorySink(), stop.signal, { now: () => 0, sleep, say: (event, problem) => said.push([event, problem]) })
  const pass = async (): Promise<void> => {
    for (let turn = 0; turn < 20; turn++) await setImmediate()
  }
  const shows = async (stands: SourceStanding): Promise<unknown> => {
    source.stands = stands
    await pass()
    const { state, problem } = status()
    return [state, problem]
  }
  expect(await shows({ state: 'starting', problem: null })).toEqual(['starting', null])
  expect(await shows({ state: 'waiting', problem: 'none yet' })).toEqual(['waiting', 'none yet'])
  expect(await shows({ state: 'up', problem: null })).toEqual(['up', null])
  expect(await shows({ state: 'up', problem: 'b.log: permission denied' })).toEqual(['up', 'b.log: permission denied'])
  expect(await shows({ state: 'down', problem: 'gone' })).toEqual(['down', 'gone'])
  expect(await shows({ state: 'up', problem: null })).toEqual(['up', null])
  source.stands = { state: 'starting', problem: null }
  for (let attempt = 0; attempt < 3; attempt++) {
    source.fail('broken')
    await pass()
    // It is run again, and nobody knows yet what comes of it.
    expect(status()).toMatchObject({ state: 'down', problem: 'broken' })
  }
  expect(await shows({ state: 'up', problem: null })).toEqual(['up', null])
  stop.abort()
  await ended
  expect(said).toEqual([
    ['waiting', 'none yet'],
    ['begun', null],
    ['partly', 'b.log: permission denied'],
    ['down', 'gone'],
    ['up', null],
    ['down', 'broken'],
    ['up', null],
  ])
})

it('says how much of what must have been a source of packets has captured, and of others nothing', async () => {
  const coverageOf = async (kind: Source['kind'], ...counts: ReadonlyArray<Readonly<Record<string, number>>>): Promise<number | null> => {
    const batches = counts.map((own) => encodeBatch({ observations: [], visibility: [], counters: new Map(Object.entries(own)) }))
    const source: Source = { ...told(), kind, run: async (sink) => sink.add({ batches }), standing: () => ({ state: 'up', problem: null }) }
    const { status, ended } = supervise(source, memorySink(), new AbortController().signal, { now: () => 0, sleep: () => setImmediate(), say: () => undefined })
    await ended
    return status().coverage
  }
  const lossy = { 'packets.read': 90, 'packets.kernelDropped': 10, 'tcp.deliveredBytes': 100 }
  expect(await coverageOf('interface')).toBe(null)
  expect(await coverageOf('interface', { ...lossy, 'packets.kernelDropped': 0 })).toBe(1)
  expect(await coverageOf('interface', lossy, { 'packets.read': 100, 'tcp.gapBytes': 100 })).toBe(0.5)
  expect(await coverageOf('pcap', lossy)).toBe(0.9)
  expect(await coverageOf('http', lossy)).toBe(null)
})
