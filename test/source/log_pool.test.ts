import { setImmediate } from 'node:timers/promises'
import { describe, expect, it } from 'vitest'

import { decodeBatch } from '../../src/observation/codec.ts'
import type { SourceRead, SourceSink } from '../../src/source/source.ts'
import { openLogPool } from '../../src/source/tail/log_pool.ts'
import { until } from '../e2e/until.ts'
import { engine } from './piped.ts'

const line = (at: number): Buffer => Buffer.from(`10.0.0.1 - - [21/Sep/2026:14:00:00 +0000] "GET /items/${at} HTTP/1.1" 200 5 "-" "curl/8"\n`)

/** A sink that remembers what it was given, and waits or fails as it is told. */
function sinkOf(work: () => Promise<void> = () => Promise.resolve()): SourceSink & { readonly reads: SourceRead[]; readonly keeps: number[] } {
  const reads: SourceRead[] = []
  const keeps: number[] = []
  return {
    reads,
    keeps,
    positions: () => new Map<string, string>(),
    inputs: () => [],
    add(read) {
      reads.push(read)
      return work()
    },
    offer: () => Promise.reject(new Error('nobody waits for an answer')),
    kept: () => Promise.resolve(),
    keep: async () => void keeps.push(reads.length),
  }
}

const exchangesOf = ({ batches }: SourceRead): number =>
  batches.flatMap((batch) => [...decodeBatch(batch).observations]).reduce((sum, { count }) => sum + count, 0)

describe('the table of all logs', () => {
  it('goes up as one batch with the positions of all who have read, whatever their sources', async () => {
    const pool = openLogPool(engine)
    const [sink, other] = [sinkOf(), sinkOf()]
    const places = [
      { source: 'one', sink, part: 'a' },
      { source: 'one', sink, part: 'b' },
      { source: 'two', sink: other, part: 'a' },
    ]
    for (const [at, place] of places.entries()) {
      const feed = pool.newFeed({ format: 'combined', host: 'shop' })
      await pool.turn(async () => pool.note(place, String(await feed.push(line(at))), null))
    }
    expect(sink.reads).toEqual([])
    // By itself, a moment after the first of them.
    await until(() => sink.reads.length > 0)
    const end = String(line(0).length)
    expect(sink.reads.map((read) => [exchangesOf(read), read.positions, read.others])).toEqual([
      [
        3,
        new Map([
          ['a', end],
          ['b', end],
        ]),
        new Map([['two', new Map([['a', end]])]]),
      ],
    ])
    await pool.flush()
    expect([sink.reads.length, other.reads.length]).toEqual([1, 0])
  })

  it('goes up before those who ask for what they have noted to be kept are told, as one for all who ask at a time', async () => {
    const pool = openLogPool(engine)
    const sink = sinkOf()
    for (const part of ['a', 'b']) pool.note({ source: 'one', sink, part }, part, null)
    await Promise.all([pool.keep(sink), pool.keep(sink)])
    expect([sink.reads.map(({ positions }) => positions?.size), sink.keeps]).toEqual([[2], [1, 1]])
  })

  it('is read into by one after the other, and by nobody while there is no room', async () => {
    const pool = openLogPool(engine)
    const { promise, resolve } = Promise.withResolvers<void>()
    const sink = sinkOf(() => promise)
    const feed = pool.newFeed({ format: 'combined', host: 'shop' })
    const done: string[] = []
    const first = pool.turn(async ({ isOver }) => {
      for (let at = 0; !isOver(); at += 1)
        pool.note({ source: 'one', sink, part: 'a' }, String(await feed.push(Buffer.concat(Array.from({ length: 20_000 }, () => line(at))))), null)
      done.push('first')
    })
    const second = pool.turn(async () => void done.push('second'))
    await until(() => sink.reads.length === 1)
    await setImmediate()
    expect(done).toEqual(['first'])
    resolve()
    await Promise.all([first, second])
    expect(done).toEqual(['first', 'second'])
  })

  it('lets nobody read on where what was read is lost', async () => {
    const pool = openLogPool(engine)
    const lost = new Error('the daemon is stopping')
    const sink = sinkOf(() => Promise.reject(lost))
    pool.note({ source: 'one', sink, part: 'a' }, '1', null)
    await expect(pool.flush()).rejects.toBe(lost)
    let isRead = false
    await expect(
      pool.turn(async () => {
        isRead = true
      }),
    ).rejects.toBe(lost)
    expect(isRead).toBe(false)
  })
})
