import { createHash, createHmac, type Hmac } from 'node:crypto'

import { TapistryError } from '../base/errors.ts'
import { openFeed, type EngineSecrets, type Feed } from './feed.ts'
import { openOtlp, type Otlp, type OtlpRequest } from './otlp.ts'
import type { Source, SourceSink } from './source.ts'

/** Takes NDJSON exchanges and export requests of OTLP that others send: whole bodies or nothing of them. */
export interface HttpSource extends Source {
  /** Whether there is no room for another body now. */
  isFull(): boolean
  /**
   * Takes one body and resolves when it is kept. A `key` that was kept before adds nothing and gives the first answer. Rejects with `TapistryError`: INPUT where
   * the body cannot be decoded, any other where it cannot be kept; with what `body` throws where it breaks off.
   */
  take(body: AsyncIterable<Uint8Array>, encoding: 'identity' | 'gzip' | 'zstd', key: string | null): Promise<Taken>
  /** The same of an export request. Exporters send no keys: what tells one again is the hash of its bytes, as spans have ids and log records times. */
  takeOtlp(body: AsyncIterable<Uint8Array>, request: OtlpRequest): Promise<Taken>
}

/** What became of the lines of one body. */
interface Taken {
  readonly exchanges: number
  readonly rejected: number
  readonly rejectedBy: Readonly<Record<string, { readonly count: number; readonly firstLine: number }>>
  readonly repeated: boolean
}

/** Bodies that are read at once; an export request takes the room of two, since it is held whole. */
const roomsMax = 16
const otlpRooms = 2
/** Keys and hashes that are remembered; then a tenth of them, those kept first, are forgotten. */
const keysMax = 100_000

export function httpSource(engine: EngineSecrets, now: () => number): HttpSource {
  const counts: Record<string, number> = { bodies: 0, bodiesBroken: 0, bodiesRepeated: 0, lines: 0, exchanges: 0 }
  const underWay = new Map<string, Promise<Taken>>()
  let sink: SourceSink | null = null
  let reading = 0
  let rooms = 0

  /** `partOf` names what is remembered of a whole body, null for nothing. */
  async function read(body: AsyncIterable<Uint8Array>, feed: Feed | Otlp, size: number, partOf: () => string | null, to: SourceSink): Promise<Taken> {
    reading += 1
    rooms += size
    try {
      for await (const bytes of body) await feed.push(bytes)
      await feed.end()
    } catch (thrown) {
      // Nothing of it is kept: whoever sent it has no answer and sends it again.
      counts['bodiesBroken'] = (counts['bodiesBroken'] ?? 0) + 1
      throw thrown
    } finally {
      reading -= 1
      rooms -= size
    }
    const part = partOf()
    const first = part === null ? undefined : to.positions().get(part)
    if (first !== undefined) return again(first, to)
    const { lines, exchanges, rejected } = feed.counts()
    const taken: Taken = { exchanges, rejected: lines - exchanges, rejectedBy: rejected, repeated: false }
    counts['bodies'] = (counts['bodies'] ?? 0) + 1
    counts['lines'] = (counts['lines'] ?? 0) + lines
    counts['exchanges'] = (counts['exchanges'] ?? 0) + exchanges
    for (const [reason, { count }] of Object.entries(rejected)) counts[`rejectedBy.${reason}`] = (counts[`rejectedBy.${reason}`] ?? 0) + count
    const positions = part === null ? {} : { positions: new Map([...forgotten(to.positions()), [part, JSON.stringify({ at: now(), taken })] as const]) }
    await to.add({ batches: feed.drain(), ...positions })
    await to.kept()
    return taken
  }

  async function again(first: string, to: SourceSink): Promise<Taken> {
    // Kept for sure before it is said so again.
    await to.kept()
    counts['bodiesRepeated'] = (counts['bodiesRepeated'] ?? 0) + 1
    return { ...(JSON.parse(first) as { taken: Taken }).taken, repeated: true }
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
    detail: () => (reading === 0 ? null : `${reading} bodies are being read`),
    isFull: () => sink === null || rooms >= roomsMax,
    async take(body, encoding, key) {
      if (sink === null) throw new TapistryError('RUNTIME', 'the daemon is stopping: nothing more is taken')
      const open = (): Feed => openFeed({ format: 'exchanges', host: 'unknown (ingest)', engine, ...(encoding === 'identity' ? {} : { coding: encoding }) })
      if (key === null) return read(body, open(), 1, () => null, sink)
      // The key itself is the sender's and stays unknown: its hash tells it again.
      const part = `key:${createHash('sha256').update(key).digest('hex')}`
      // Where the first one broke off this one takes its place: its client may have lost the connection and come again before we saw it.
      while (underWay.has(part)) await underWay.get(part)?.catch(() => undefined)
      const to: SourceSink | null = sink
      if (to === null) throw new TapistryError('RUNTIME', 'the daemon is stopping: nothing more is taken')
      const first = to.positions().get(part)
      if (first !== undefined) return again(first, to)
      const taking = read(body, open(), 1, () => part, to).finally(() => underWay.delete(part))
      underWay.set(part, taking)
      return taking
    },
    async takeOtlp(body, request) {
      if (sink === null) throw new TapistryError('RUNTIME', 'the daemon is stopping: nothing more is taken')
      const hash = createHmac('sha256', engine.hashKey).update(`${request.signal} `)
      return read(hashed(body, hash), openOtlp(request, engine), otlpRooms, () => `otlp:${hash.digest('hex')}`, sink)
    },
  }
}

async function* hashed(body: AsyncIterable<Uint8Array>, hash: Hmac): AsyncGenerator<Uint8Array> {
  for await (const bytes of body) {
    hash.update(bytes)
    yield bytes
  }
}

/** Keys to forget where there are too many. */
function forgotten(positions: ReadonlyMap<string, string>): Array<readonly [string, null]> {
  if (positions.size < keysMax) return []
  return [...positions]
    .map(([part, position]) => ({ part, at: (JSON.parse(position) as { at: number }).at }))
    .toSorted((a, b) => a.at - b.at)
    .slice(0, keysMax / 10)
    .map(({ part }) => [part, null] as const)
}
