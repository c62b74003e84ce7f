import { createHash } from 'node:crypto'

import { TapistryError } from '../base/errors.ts'
import { openFeed, type EngineSecrets } from './feed.ts'
import type { Source, SourceSink } from './source.ts'

/** Takes NDJSON exchanges that others send: whole bodies or nothing of them. */
export interface HttpSource extends Source {
  /** Whether there is no room for another body now. */
  isFull(): boolean
  /**
   * Takes one body and resolves when it is kept. A `key` that was kept before adds nothing and gives the first answer. Rejects with `TapistryError`: INPUT where
   * the body cannot be decoded, any other where it cannot be kept; with what `body` throws where it breaks off.
   */
  take(body: AsyncIterable<Uint8Array>, encoding: 'identity' | 'gzip' | 'zstd', key: string | null): Promise<Taken>
}

/** What became of the lines of one body. */
interface Taken {
  readonly exchanges: number
  readonly rejected: number
  readonly rejectedBy: Readonly<Record<string, { readonly count: number; readonly firstLine: number }>>
  readonly repeated: boolean
}

/** Bodies that are read at once. */
const bodiesMax = 16
/** Keys that are remembered; then a tenth of them, those kept first, are forgotten. */
const keysMax = 100_000

export function httpSource(engine: EngineSecrets, now: () => number): HttpSource {
  const counts: Record<string, number> = { bodies: 0, bodiesBroken: 0, bodiesRepeated: 0, lines: 0, exchanges: 0 }
  const underWay = new Map<string, Promise<Taken>>()
  let sink: SourceSink | null = null
  let reading = 0

  async function read(body: AsyncIterable<Uint8Array>, encoding: 'identity' | 'gzip' | 'zstd', part: string | null, to: SourceSink): Promise<Taken> {
    const feed = openFeed({ format: 'exchanges', host: 'unknown (ingest)', engine, ...(encoding === 'identity' ? {} : { coding: encoding }) })
    reading += 1
    try {
      for await (const bytes of body) await feed.push(bytes)
      await feed.end()
    } catch (thrown) {
      // Nothing of it is kept: whoever sent it has no answer and sends it again.
      counts['bodiesBroken'] = (counts['bodiesBroken'] ?? 0) + 1
      throw thrown
    } finally {
      reading -= 1
    }
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
    counts: () => counts,
    detail: () => (reading === 0 ? null : `${reading} bodies are being read`),
    isFull: () => sink === null || reading >= bodiesMax,
    async take(body, encoding, key) {
      if (sink === null) throw new TapistryError('RUNTIME', 'the daemon is stopping: nothing more is taken')
      if (key === null) return read(body, encoding, null, sink)
      // The key itself is the sender's and stays unknown: its hash tells it again.
      const part = `key:${createHash('sha256').update(key).digest('hex')}`
      // Where the first one broke off this one takes its place: its client may have lost the connection and come again before we saw it.
      while (underWay.has(part)) await underWay.get(part)?.catch(() => undefined)
      const to: SourceSink | null = sink
      if (to === null) throw new TapistryError('RUNTIME', 'the daemon is stopping: nothing more is taken')
      const first = to.positions().get(part)
      if (first !== undefined) {
        // Kept for sure before it is said so again.
        await to.kept()
        counts['bodiesRepeated'] = (counts['bodiesRepeated'] ?? 0) + 1
        return { ...(JSON.parse(first) as { taken: Taken }).taken, repeated: true }
      }
      const taking = read(body, encoding, part, to).finally(() => underWay.delete(part))
      underWay.set(part, taking)
      return taking
    },
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
