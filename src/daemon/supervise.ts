import { rfc3339 } from '../base/clock.ts'
import { systemReason, TapistryError } from '../base/errors.ts'
import type { Source, SourceSink, SourceStatus } from '../source/source.ts'

/** A source that runs, and is run again where it fails; the others go on. */
export interface Supervised {
  readonly source: Source
  status(): Omit<SourceStatus, 'keptAt'>
  /** Resolves when it has ended for good: it has read all there was, or was stopped. Never rejects. */
  readonly ended: Promise<void>
}

export interface SuperviseOptions {
  readonly now: () => number
  readonly sleep: (ms: number, signal: AbortSignal) => Promise<void>
  /** Told when it goes down and when it is up again. */
  readonly say: (event: 'down' | 'up', problem: string | null) => void
}

/** How long a source that failed waits; doubled each time up to the maximum, and from the beginning again once it ran so long. */
const retryMs = 1_000
const retryMaxMs = 60_000

export function supervise(source: Source, sink: SourceSink, signal: AbortSignal, { now, sleep, say }: SuperviseOptions): Supervised {
  let state: SourceStatus['state'] = 'starting'
  let problem: string | null = null
  let retryAtMs: number | null = null

  async function runOn(): Promise<void> {
    let delayMs = retryMs
    while (!signal.aborted) {
      const started = now()
      try {
        if (problem !== null) say('up', null)
        state = 'up'
        problem = null
        await source.run(sink, signal)
        state = 'ended'
        return
      } catch (thrown) {
        if (signal.aborted) break
        problem = thrown instanceof TapistryError ? thrown.message : `a defect of ours, please report it: ${systemReason(thrown)}`
        state = 'down'
        say('down', problem)
      }
      if (now() - started > retryMaxMs) delayMs = retryMs
      retryAtMs = now() + delayMs
      await sleep(delayMs, signal)
      retryAtMs = null
      delayMs = Math.min(delayMs * 2, retryMaxMs)
    }
    state = 'ended'
  }

  return {
    source,
    status: () => ({
      id: source.id,
      kind: source.kind,
      state,
      problem,
      retryAt: retryAtMs === null ? null : rfc3339(retryAtMs),
      detail: source.detail(),
      counts: source.counts(),
    }),
    ended: runOn(),
  }
}
