import { rfc3339 } from '../base/clock.ts'
import { systemReason, TapistryError } from '../base/errors.ts'
import { sensorOf } from '../source/sensor.ts'
import type { Source, SourceSink, SourceStanding, SourceStatus } from '../source/source.ts'

/** A source that runs, and is run again where it fails; the others go on. */
export interface Supervised {
  readonly source: Source
  status(): Omit<SourceStatus, 'keptAt'>
  /** Resolves when it has ended for good: it has read all there was, or was stopped. Never rejects. */
  readonly ended: Promise<void>
}

/** What is told of a source: `partly` where some of it cannot be read, `begun` when what it waited for is there, `up` when it is read again. */
export type SourceEvent = 'down' | 'partly' | 'waiting' | 'begun' | 'up'

export interface SuperviseOptions {
  readonly now: () => number
  readonly sleep: (ms: number, signal: AbortSignal) => Promise<void>
  /** Told when what it says of itself has changed: once, however often it is tried. */
  readonly say: (event: SourceEvent, problem: string | null) => void
}

/** How long a source that failed waits; doubled each time up to the maximum, and from the beginning again once it ran so long. */
const retryMs = 1_000
const retryMaxMs = 60_000
/** How often a source is asked how it stands. */
const lookMs = 500

export function supervise(source: Source, sink: SourceSink, signal: AbortSignal, { now, sleep, say }: SuperviseOptions): Supervised {
  const sensor = ['interface', 'pcap'].includes(source.kind) ? sensorOf(sink) : null
  let phase: 'running' | 'failed' | 'ended' = 'running'
  /** Why it failed last: holds until it reads again. */
  let failure: string | null = null
  let retryAtMs: number | null = null
  let told: { readonly event: SourceEvent; readonly problem: string | null } = { event: 'up', problem: null }

  function standing(): { readonly state: SourceStatus['state']; readonly problem: string | null } {
    if (phase === 'failed') return { state: 'down', problem: failure }
    const own = source.standing()
    if (phase === 'ended') return { state: 'ended', problem: own.problem }
    if (own.state !== 'starting') failure = null
    return failure === null ? own : { state: 'down', problem: failure }
  }

  function tell(): void {
    const { state, problem } = standing()
    if (state === 'starting') return
    const event = eventOf(state, problem, told.event)
    if (event === told.event && problem === told.problem) return
    told = { event, problem }
    say(event, problem)
  }

  async function tellOn(over: AbortSignal): Promise<void> {
    while (!over.aborted) {
      tell()
      await sleep(lookMs, over)
    }
  }

  async function runOn(): Promise<void> {
    let delayMs = retryMs
    while (!signal.aborted) {
      const started = now()
      const over = new AbortController()
      phase = 'running'
      try {
        const running = source.run(sensor?.sink ?? sink, signal)
        void tellOn(AbortSignal.any([signal, over.signal]))
        await running
        phase = 'ended'
        if (!signal.aborted) tell()
        return
      } catch (thrown) {
        if (signal.aborted) break
        failure = thrown instanceof TapistryError ? thrown.message : `a defect of ours, please report it: ${systemReason(thrown)}`
        phase = 'failed'
        tell()
      } finally {
        over.abort()
      }
      if (now() - started > retryMaxMs) delayMs = retryMs
      retryAtMs = now() + delayMs
      await sleep(delayMs, signal)
      retryAtMs = null
      delayMs = Math.min(delayMs * 2, retryMaxMs)
    }
    phase = 'ended'
  }

  return {
    source,
    status: () => ({
      id: source.id,
      kind: source.kind,
      ...standing(),
      retryAt: retryAtMs === null ? null : rfc3339(retryAtMs),
      detail: source.detail(),
      counts: source.counts(),
      coverage: sensor?.coverage() ?? null,
      lastRejected: source.lastRejected?.() ?? {},
    }),
    ended: runOn(),
  }
}

function eventOf(state: SourceStanding['state'] | 'ended', problem: string | null, before: SourceEvent): SourceEvent {
  if (state === 'down' || state === 'waiting') return state
  if (problem !== null) return 'partly'
  return before === 'waiting' || before === 'begun' ? 'begun' : 'up'
}
