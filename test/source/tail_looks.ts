import { setImmediate } from 'node:timers/promises'

import { decodeBatch } from '../../src/observation/codec.ts'
import { openFeedPool } from '../../src/source/feed.ts'
import { openAlikeLogs } from '../../src/source/tail/alike.ts'
import { tailFile } from '../../src/source/tail/file_tail.ts'
import { openGate } from '../../src/source/tail/gate.ts'
import { engine } from './piped.ts'

/** What is kept of a log that is followed. */
export interface Kept {
  readonly position: string | null
  readonly exchanges: number
  readonly counts: Readonly<Record<string, number>>
}

export const nothingKept: Kept = { position: null, exchanges: 0, counts: {} }

export interface Looking {
  /** What happens before the next look at the log; false where there is none. */
  readonly between: () => boolean
  /** What happens while it looks: when it has found where a file goes on for the first time, and before it reads of one. */
  readonly meanwhile?: (moment: 'found' | 'turn') => void
  readonly sinceMs?: number
  readonly fromEnd?: boolean
  /** Whether what was read until now is kept. */
  readonly keeps?: () => boolean
}

/** One life of the tail of a log, without time: it is looked at when `between` has done its work. What was not kept in the end is lost with it. */
export async function lookAtLog(
  path: string,
  kept: Kept,
  { between, meanwhile = (): void => undefined, keeps = () => true, sinceMs, fromEnd = false }: Looking,
): Promise<Kept> {
  const pool = openFeedPool(engine)
  const stop = new AbortController()
  let { position, exchanges } = kept
  let noted = position
  const keep = async (): Promise<void> => {
    for (const batch of await pool.drain()) exchanges += decodeBatch(batch).observations.reduce((sum, { count }) => sum + count, 0)
    position = noted
  }
  const tail = tailFile({
    path,
    position,
    follow: true,
    isLookedFor: false,
    fromEnd,
    sinceMs: sinceMs ?? null,
    newFeed: (behind) => pool.feed({ format: 'combined', host: 'shop', ...behind }),
    async turn(work) {
      meanwhile('turn')
      const done = await work({ buffer: new Uint8Array(1 << 16), isOver: () => false })
      if (keeps()) await keep()
      return done
    },
    gate: openGate(),
    alike: openAlikeLogs(),
    known() {
      meanwhile('found')
      return []
    },
    note: (_, now) => void (noted = now),
    kept: keep,
    async sleep() {
      if (keeps()) await keep()
      await setImmediate()
      if (!between()) stop.abort()
    },
  })
  await tail.run(stop.signal)
  const counts = { ...kept.counts }
  for (const [name, count] of Object.entries(tail.counts())) counts[name] = (counts[name] ?? 0) + count
  return { position, exchanges, counts }
}
