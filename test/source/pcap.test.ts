import { appendFileSync, copyFileSync, mkdirSync, mkdtempSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { gzipSync } from 'node:zlib'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'

import { pcapSource } from '../../src/source/pcap.ts'
import type { Source } from '../../src/source/source.ts'
import { until } from '../e2e/until.ts'
import { frameOf, pcapOf, segmentsOf } from '../traffic/capture_writer.ts'
import { conversation } from '../traffic/conversation.ts'
import { Random } from '../traffic/random.ts'
import { memoryRepository } from '../../src/storage/memory.ts'
import { engine, piped, type Piped } from './piped.ts'

let folder = ''

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'tapistry-pcap-'))
})

afterEach(() => rmSync(folder, { recursive: true, force: true }))

/** A capture of some connections; another one for each seed. */
function capture(seed: number): Buffer {
  const random = new Random(seed)
  const frames = [0, 1, 2, 3].flatMap((at) => {
    const said = conversation(random, 30_000 + seed * 4 + at)
    return segmentsOf(said, () => 1 + random.below(900)).map((segment) => frameOf(segment, said.clientPort))
  })
  return pcapOf(frames.map((bytes, at) => ({ timeUs: 1_772_442_000_000_000 + seed * 60_000_000 + at * 900, bytes })))
}

/** A capture of one exchange, as long for each name of three letters; seven tenths of it end inside the answer. */
function answered(name: string, at: number): Buffer {
  const answer = JSON.stringify({ name, about: 'x'.repeat(600) })
  const said = {
    clientPort: 40_000 + at,
    turns: [
      { from: 'client' as const, bytes: Buffer.from(`GET /users/${name} HTTP/1.1\r\nHost: ${name}.example.com\r\n\r\n`) },
      {
        from: 'server' as const,
        bytes: Buffer.from(`HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: ${answer.length}\r\n\r\n${answer}`),
      },
    ],
    exchanges: [],
  }
  return pcapOf(
    segmentsOf(said, () => 200).map((segment, packet) => ({ timeUs: 1_772_442_000_000_000 + packet * 900, bytes: frameOf(segment, said.clientPort) })),
  )
}

const write = (name: string, bytes: Uint8Array): void => writeFileSync(join(folder, name), bytes)

/** Follows the folder, or what else lies at `path`, while something is done. */
async function followed(pipeline: Piped, during: (source: Source) => Promise<void>, path: string = folder): Promise<Source> {
  const source = pcapSource({ path, follow: true }, engine)
  const stop = new AbortController()
  const running = source.run(pipeline.sinkOf(source.id), stop.signal)
  await during(source)
  stop.abort()
  await running
  await pipeline.flush()
  return source
}

/** Until so many files were read, each as often as it had changed. */
async function reads(source: Source, files: number): Promise<void> {
  await until(
    () => (source.counts()['files'] ?? 0) >= files,
    () => `${files} files: ${JSON.stringify(source.counts())}`,
  )
}

/** What these captures give, each read alone to its end. */
async function whole(...captures: readonly Uint8Array[]): Promise<string> {
  const pipeline = piped()
  const other = mkdtempSync(join(tmpdir(), 'tapistry-whole-'))
  for (const [at, bytes] of captures.entries()) {
    writeFileSync(join(other, `${at}.pcap`), bytes)
    const source = pcapSource({ path: join(other, `${at}.pcap`), follow: false }, engine)
    await source.run(pipeline.sinkOf(source.id), new AbortController().signal)
  }
  await pipeline.close()
  rmSync(other, { recursive: true })
  return pipeline.text()
}

describe('a folder of captures', () => {
  it('counts each file once, whatever becomes of it', async () => {
    const [first, second] = [capture(1), capture(2)]
    const pipeline = piped()
    write('first.pcap', first)
    await followed(pipeline, async (source) => {
      await reads(source, 1)
      write('copy.pcap', first)
      write('second.pcap', second)
      await reads(source, 3)
      renameSync(join(folder, 'second.pcap'), join(folder, 'renamed.pcap'))
      write('first.pcap.gz', gzipSync(first))
      write('packed.pcap.gz', gzipSync(second))
      await reads(source, 5)
    })
    expect(pipeline.text()).toBe(await whole(first, second))
    // All at once, by one who has seen none of it.
    const other = piped()
    const source = await followed(other, async (all) => reads(all, 4))
    expect(other.text()).toBe(pipeline.text())
    expect(source.counts()).toMatchObject({ filesBad: 0 })
  })

  it('forgets files that are gone where there are too many, never one that lies there, and says the same', async () => {
    const repository = memoryRepository()
    let source: Source | null = null
    const told = { files: 0, ends: 0 }
    const bounded = (): Piped =>
      piped(repository, 10, {
        inputBounds: { inputs: 4, tails: 2 },
        lying: () => source?.lyingInputs?.() ?? null,
        onOverdue(files, ends) {
          told.files += files
          told.ends += ends
        },
      })
    const captures = [0, 1, 2, 3, 4, 5].map((at) => answered(`u0${at}`.replaceAll('0', 'x'), at).subarray(0, -400))
    const [first = Buffer.alloc(0), , third = Buffer.alloc(0)] = captures
    const one = bounded()
    await followed(one, async (followedSource) => {
      source = followedSource
      for (const [at, bytes] of captures.entries()) {
        if (at === 4) for (const name of ['0.pcap', '1.pcap']) rmSync(join(folder, name))
        write(`${at}.pcap`, bytes)
        await reads(source, at + 1)
      }
      await until(() => told.files === 2)
    })
    const text = one.text()
    await one.close()
    expect([text === (await whole(...captures)), repository.load().positions.length]).toEqual([true, 4])
    expect(one.counters()).toMatchObject({ inputsForgotten: 2, tailsSettled: told.ends })
    expect(told.ends).toBeGreaterThan(0)
    // Another process knows all that lie there, also under other names; what was forgotten is new to it.
    source = null
    const other = bounded()
    expect([other.text() === text, other.counters()['inputsForgotten']]).toEqual([true, 0])
    await followed(other, async (followedSource) => {
      source = followedSource
      write('copy.pcap', third)
      await reads(source, 5)
    })
    expect(other.exchanges()).toBe(6)
    await followed(other, async (followedSource) => {
      source = followedSource
      write('again.pcap', first)
      await reads(source, 6)
    })
    expect(other.exchanges()).toBe(7)
    await other.close()
  })

  it('gives the same whether its files came one by one or were all there', async () => {
    const captures = [1, 2, 3, 4].map(capture)
    const pipeline = piped()
    await followed(pipeline, async (source) => {
      for (const [at, bytes] of captures.entries()) {
        write(`eth0.pcap${at}`, bytes)
        await reads(source, at + 1)
      }
    })
    const together = piped()
    await followed(together, async (source) => reads(source, 4))
    expect(together.text()).toBe(pipeline.text())
    expect(pipeline.text()).toBe(await whole(...captures))
  })

  it('is a ring in which names come again with something else in them', async () => {
    const captures = [1, 2, 3, 4, 5].map(capture)
    const pipeline = piped()
    await followed(pipeline, async (source) => {
      for (const [at, bytes] of captures.entries()) {
        write(`ring.pcap${at % 2}`, bytes)
        await reads(source, at + 1)
      }
    })
    expect(pipeline.text()).toBe(await whole(...captures))
  })

  it('names files that are none, and reads the others', async () => {
    const pipeline = piped()
    write('a.pcap', Buffer.alloc(500, 0xff))
    write('b.pcap', capture(1))
    write('c.pcap', Buffer.alloc(0))
    mkdirSync(join(folder, 'd.pcap'))
    const source = await followed(pipeline, async (one) => reads(one, 3))
    // The empty one has just begun.
    expect(source.counts()).toMatchObject({ filesBad: 1 })
    expect(pipeline.text()).toBe(await whole(capture(1)))
  })

  it('may be a glob, or a single file with any name', async () => {
    const pipeline = piped()
    write('a.pcap', capture(1))
    write('b.other', capture(2))
    write('[c].pcap', capture(3))
    await followed(pipeline, async (source) => reads(source, 2), join(folder, '*.pcap'))
    await followed(pipeline, async (source) => reads(source, 1), join(folder, '[c].pcap'))
    expect(pipeline.text()).toBe(await whole(capture(1), capture(3)))
  })

  it('that is not there is an error where nobody waits for it', async () => {
    const source = pcapSource({ path: join(folder, 'none', '*.pcap'), follow: false }, engine)
    await expect(source.run(piped().sinkOf(source.id), new AbortController().signal)).rejects.toMatchObject({ code: 'INPUT' })
  })
})

describe('a capture that grows', () => {
  it('gives what it gives whole, however it was cut, over runs and within one', async () => {
    const bytes = capture(7)
    const repositoryOf = piped()
    let at = 0
    for (const share of [0.001, 0.3, 0.31, 0.62, 1]) {
      const end = Math.ceil(bytes.length * share)
      appendFileSync(join(folder, 'grows.pcap'), bytes.subarray(at, end))
      at = end
      await followed(repositoryOf, async (source) => reads(source, 1))
    }
    expect(repositoryOf.text()).toBe(await whole(bytes))
    const within = piped()
    rmSync(join(folder, 'grows.pcap'))
    await followed(within, async (source) => {
      for (const [read, share] of [0.2, 0.55, 1].entries()) {
        write('grows.pcap', bytes.subarray(0, Math.ceil(bytes.length * share)))
        await reads(source, read + 1)
      }
    })
    expect(within.text()).toBe(repositoryOf.text())
  })

  it('gives what it gives whole where it grew twice before anything could be kept', async () => {
    const bytes = capture(7)
    const pipeline = piped(undefined, 600_000)
    await followed(pipeline, async (source) => {
      for (const [read, share] of [0.4, 0.7, 1].entries()) {
        write('grows.pcap', bytes.subarray(0, Math.ceil(bytes.length * share)))
        await reads(source, read + 1)
      }
    })
    expect(pipeline.counters()).toMatchObject({ commits: 1 })
    expect(pipeline.text()).toBe(await whole(bytes))
  })

  it('is known by an older copy of it', async () => {
    const bytes = answered('ada', 0)
    const half = bytes.subarray(0, bytes.length * 0.7)
    const pipeline = piped()
    write('grows.pcap', half)
    await followed(pipeline, async (source) => {
      await reads(source, 1)
      copyFileSync(join(folder, 'grows.pcap'), join(folder, 'older'))
      write('grows.pcap', bytes)
      await reads(source, 3)
    })
    for (const name of ['grows.pcap', 'older']) rmSync(join(folder, name))
    write('another.pcap', half)
    await followed(pipeline, async (source) => reads(source, 1))
    expect(pipeline.text()).toBe(await whole(bytes))
  })

  it('is not taken for another one that was read as far', async () => {
    const captures = ['ada', 'bob', 'cyd'].map(answered)
    expect(new Set(captures.map(({ length }) => length)).size).toBe(1)
    const pipeline = piped()
    await followed(pipeline, async (source) => {
      for (const [at, bytes] of captures.entries()) write(`${at}.pcap`, bytes.subarray(0, bytes.length * 0.7))
      await reads(source, 3)
      for (const at of [2, 0, 1]) {
        write(`${at}.pcap`, captures[at] ?? Buffer.alloc(0))
        await reads(source, (source.counts()['files'] ?? 0) + 1)
      }
    })
    expect(pipeline.text()).toBe(await whole(...captures))
  })
})
