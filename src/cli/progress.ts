import type { Streams } from './streams.ts'

/** A line on standard error that says how far long work has come; silent where nobody looks. */
export interface Progress {
  /** May be called as often as one likes: it asks and paints at most every `paintIntervalMs`. */
  update(ask: () => ProgressState): void
  /** Removes the line. */
  clear(): void
}

export interface ProgressState {
  readonly doneBytes: number
  /** `120,000 exchanges`; '' for none. */
  readonly note: string
}

/**
 * Progress over `totalBytes` (null where unknown). It paints only on a terminal and only after the first half second: short work
 * stays silent. `nowMs` is a monotonic clock.
 */
export function startProgress(
  label: string,
  totalBytes: number | null,
  streams: Streams,
  quiet: boolean,
  nowMs: () => number = () => performance.now(),
): Progress {
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
      const { doneBytes, note } = ask()
      const line = progressLine(label, doneBytes, totalBytes, now - startedMs, note)
      streams.paint(`\r\u001b[K${line.slice(0, Math.max(20, (streams.columns ?? 80) - 1))}`)
    },
    clear() {
      if (painted) streams.paint('\r\u001b[K')
    },
  }
}

const firstPaintMs = 500
const paintIntervalMs = 100

/** `reading a.pcap  42 %  310 MB/s  3 s left  120,000 exchanges`; without a total the bytes so far. */
function progressLine(label: string, doneBytes: number, totalBytes: number | null, elapsedMs: number, note: string): string {
  const bytesPerMs = elapsedMs > 0 ? doneBytes / elapsedMs : 0
  const parts = [label]
  if (totalBytes !== null && totalBytes > 0) parts.push(`${Math.min(100, Math.floor((doneBytes / totalBytes) * 100))} %`)
  else parts.push(`${(doneBytes / 1e6).toFixed(0)} MB`)
  if (bytesPerMs > 0) parts.push(`${(bytesPerMs / 1e3).toFixed(0)} MB/s`)
  if (totalBytes !== null && bytesPerMs > 0 && totalBytes > doneBytes) parts.push(`${Math.ceil((totalBytes - doneBytes) / bytesPerMs / 1e3)} s left`)
  if (note !== '') parts.push(note)
  return parts.join('  ')
}
