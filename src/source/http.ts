import { createHash, createHmac, type Hmac } from 'node:crypto'

import { TapistryError } from '../base/errors.ts'
import { openFeed, type EngineSecrets, type Feed } from './feed.ts'
import { openOtlp, type Otlp, type OtlpRequest } from './otlp.ts'
import { shapesIn, type Rejections } from './rejections.ts'
import type { Source, SourceSink } from './source.ts'

/** Takes NDJSON exchanges and export requests of OTLP that others send: whole bodies or nothing of them. */
export interface HttpSource extends Source {
  /** Whether there is no room for another body now. */
  isFull(): boolean
  /**
   * Takes one body and resolves when it is kept. A `key` that was kept before adds nothing and gives the first answer. Rejects with `TapistryError`: INPUT where
   * the body cannot be decoded, USAGE where another one was kept under the key, any other where it cannot be kept; with what `body` throws where it breaks off.
   */
  take(body: AsyncIterable<Uint8Array>, encoding: 'identity' | 'gzip' | 'zstd', key: string | null): Promise<Taken>
  /** The same of an export request. Exporters send no keys: what tells one again is the hash of its bytes, as spans have ids and log records times. */
  takeOtlp(body: AsyncIterable<Uint8Array>, request: OtlpRequest): Promise<Taken>
}

/** What became of the lines of one body. */
interface Taken {
  readonly exchanges: number
  readonly rejected: number
  readonly rejectedBy: Rejections
  readonly repeated: boolean
}

/** What is remembered of a body. */
interface Kept {
  readonly at: number
  readonly taken: Taken
  /** Keyed hash of its bytes; absent where an earlier version kept it. */
  readonly body?: string
}

/** Bodies that are read at once; an export request takes the room of two, since it is held whole. */
const roomsMax = 16
const otlpRooms = 2
/** Keys and hashes that are remembered; then a tenth of them, those kept first, are forgotten. */
const keysMax = 100_000

export function httpSource(engine: EngineSecrets, now: () => number): HttpSource {
  const counts: Record<string, number> = { bodies: 0, bodiesBroken: 0, bodiesRefused: 0, bodiesRepeated: 0, bodiesConflicting: 0, lines: 0, exchanges: 0 }
  const underWay = new Map<string, Promise<Taken>>()
  let sink: SourceSink | null = null
  let reading = 0
  let rooms = 0
  let shapes: Readonly<Record<string, string>> = {}
  const add = (name: string, count: number): void => void (counts[name] = (counts[name] ?? 0) + count)

  /** `whole` says what is remembered of a whole body, and of its bytes. */
  async function read(body: AsyncIterable<Uint8Array>, feed: Feed | Otlp, size: number, whole: () => Remembered, to: SourceSink): Promise<Taken> {
    await through(body, size, feed)
    const { part, hash } = whole()
    const first = part === null ? undefined : to.positions().get(part)
    if (first !== undefined) return again(keptIn(first), to)
    const { lines, exchanges, rejected } = feed.counts()
    const taken: Taken = { exchanges, rejected: lines - exchanges, rejectedBy: rejected, repeated: false }
    const kept: Kept = { at: now(), taken, ...(hash === null ? {} : { body: hash }) }
    const positions = part === null ? {} : { positions: new Map([...forgotten(to.positions()), [part, JSON.stringify(kept)] as const]) }
    try {
      await to.offer({ batches: feed.drain(), ...positions })
    } catch (thrown) {
      add('bodiesRefused', 1)
      throw thrown
    }
    add('bodies', 1)
    add('lines', lines)
    add('exchanges', exchanges)
    for (const [reason, { count }] of Object.entries(rejected)) add(`rejectedBy.${reason}`, count)
    shapes = { ...shapes, ...shapesIn(rejected) }
    return taken
  }

  /** Reads a body to its end, into `feed` where there is one. */
  async function through(body: AsyncIterable<Uint8Array>, size: number, feed: Feed | Otlp | null): Promise<void> {
    reading += 1
    rooms += size
    try {
      for await (const bytes of body) await feed?.push(bytes)
      await feed?.end()
    } catch (thrown) {
      // Nothing of it is kept: whoever sent it has no answer and sends it again.
      add('bodiesBroken', 1)
      throw thrown
    } finally {
      reading -= 1
      rooms -= size
    }
  }

  async function again({ taken }: Kept, to: SourceSink): Promise<Taken> {
    // Kept for sure before it is said so again.
    await to.kept()
    add('bodiesRepeated', 1)
    return { ...taken, repeated: true }
  }

  /** A body whose key was kept before: it is the one that was kept, or it is refused. */
  async function compared(body: AsyncIterable<Uint8Array>, hash: Hmac, first: Kept, to: SourceSink): Promise<Taken> {
    if (first.body !== undefined) {
      await through(body, 1, null)
      if (hash.digest('hex') !== first.body) {
        add('bodiesConflicting', 1)
        throw new TapistryError('USAGE', 'another body was kept under this Idempotency-Key: send this one under a key of its own')
      }
    }
    return again(first, to)
  }

  return {
    id: 'http',
    kind: 'http',
    async run(to, signal) {
      sink = to
      await new Promise<void>((resolve) => {
        if (signal.aborted) return resolve()
        signal.addEventListener('abort', () => resolve(), { once: true })
      })
      sink = null
    },
    standing: () => ({ state: sink === null ? 'starting' : 'up', problem: null }),
    counts: () => counts,
    lastRejected: () => shapes,
    detail: () => (reading === 0 ? null : `${reading} bodies are being read`),
    isFull: () => sink === null || rooms >= roomsMax,
    async take(body, encoding, key) {
      if (sink === null) throw new TapistryError('RUNTIME', 'the daemon is stopping: nothing more is taken')
      const open = (): Feed => openFeed({ format: 'exchanges', host: 'unknown (ingest)', engine, ...(encoding === 'identity' ? {} : { coding: encoding }) })
      if (key === null) return read(body, open(), 1, () => ({ part: null, hash: null }), sink)
      // The key itself is the sender's and stays unknown: its hash tells it again.
      const part = `key:${createHash('sha256').update(key).digest('hex')}`
      // Where the first one broke off this one takes its place: its client may have lost the connection and come again before we saw it.
      while (underWay.has(part)) await underWay.get(part)?.catch(() => undefined)
      const to: SourceSink | null = sink
      if (to === null) throw new TapistryError('RUNTIME', 'the daemon is stopping: nothing more is taken')
      const first = to.positions().get(part)
      const hash = createHmac('sha256', engine.hashKey).update('exchanges ')
      const hashing = hashed(body, hash, encoding === 'gzip')
      if (first !== undefined) return compared(hashing, hash, keptIn(first), to)
      const taking = read(hashing, open(), 1, () => ({ part, hash: hash.digest('hex') }), to).finally(() => underWay.delete(part))
      underWay.set(part, taking)
      return taking
    },
    async takeOtlp(body, request) {
      if (sink === null) throw new TapistryError('RUNTIME', 'the daemon is stopping: nothing more is taken')
      const hash = createHmac('sha256', engine.hashKey).update(`${request.signal} `)
      return read(hashed(body, hash), openOtlp(request, engine), otlpRooms, () => ({ part: `otlp:${hash.digest('hex')}`, hash: null }), sink)
    },
  }
}

interface Remembered {
  readonly part: string | null
  readonly hash: string | null
}

/** Where gzip writes when it was made: one and the same body that is compressed again differs there (RFC 1952 §2.3.1). */
const gzipTime = { from: 4, to: 8 } as const

async function* hashed(body: AsyncIterable<Uint8Array>, hash: Hmac, isGzip = false): AsyncGenerator<Uint8Array> {
  let at = 0
  for await (const bytes of body) {
    const [from, to] = isGzip ? [Math.max(0, gzipTime.from - at), Math.max(0, gzipTime.to - at)] : [0, 0]
    hash.update(bytes.subarray(0, from)).update(bytes.subarray(to))
    at += bytes.length
    yield bytes
  }
}

function keptIn(position: string): Kept {
  return JSON.parse(position) as Kept
}

/** Keys to forget where there are too many. */
function forgotten(positions: ReadonlyMap<string, string>): Array<readonly [string, null]> {
  if (positions.size < keysMax) return []
  return [...positions]
    .map(([part, position]) => ({ part, at: keptIn(position).at }))
    .toSorted((a, b) => a.at - b.at)
    .slice(0, keysMax / 10)
    .map(({ part }) => [part, null] as const)
}
