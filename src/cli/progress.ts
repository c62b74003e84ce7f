import { grouped } from '../output/text.ts'
import type { Streams } from './streams.ts'

/** A line on standard error that says how far long work has come; silent where nobody looks. */
export interface Progress {
  /** May be called as often as one likes: it asks (packets and lines so far) and paints at most every `paintIntervalMs`. */
  update(ask: () => number): void
  /** Removes the line. */
  clear(): void
}

/** Progress of reading. It paints only on a terminal and only after the first half second: short work stays silent. `nowMs` is a monotonic clock. */
export function startProgress(label: string, streams: Streams, quiet: boolean, nowMs: () => number = () => performance.now()): Progress {
  if (quiet || !streams.errIsTty) return { update: () => undefined, clear: () => undefined }
  const startedMs = nowMs()
  let paintedMs = startedMs + firstPaintMs - paintIntervalMs
  let painted = false
  return {
    update(ask) {
      const now = nowMs()
      if (now - paintedMs < paintIntervalMs) return
      paintedMs = now
      painted = true
      const line = progressLine(label, ask(), now - startedMs)
      streams.paint(`\r\u001b[K${line.slice(0, Math.max(20, (streams.columns ?? 80) - 1))}`)
    },
    clear() {
      if (painted) streams.paint('\r\u001b[K')
    },
  }
}

const firstPaintMs = 500
const paintIntervalMs = 100

/** `reading  1,200,000 packets and lines  410,000/s  3 s`. */
function progressLine(label: string, done: number, elapsedMs: number): string {
  const perSecond = elapsedMs > 0 ? (done / elapsedMs) * 1e3 : 0
  return [label, `${grouped(done)} packets and lines`, `${grouped(perSecond)}/s`, `${Math.floor(elapsedMs / 1e3)} s`].join('  ')
}
