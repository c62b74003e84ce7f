import { setImmediate } from 'node:timers/promises'

import { systemReason, TapistryError } from '../base/errors.ts'
import { dayMs } from '../base/day.ts'
import { latestOf, type Pruned } from '../storage/prune.ts'
import type { Pipeline } from './pipeline.ts'

/** Keeps what is stored within its bounds of age and size: at the start, then once a day, and within the hour where it has become too much. */
export interface Retention {
  /** What went since the start, and how often it was tried. */
  counters(): Readonly<Record<string, number>>
  /** Ends it; a transaction that has begun comes to its end. */
  close(): Promise<void>
}

export interface RetentionOptions {
  readonly pipeline: Pipeline
  readonly ageMs: number
  readonly bytesMax: number
  /** What the store takes of the disk. */
  readonly bytes: () => number
  readonly now: () => number
  /** The time that has passed, whatever the clock says. */
  readonly uptimeMs: () => number
  /** Told when something has gone. */
  readonly onPruned: (pruned: Pruned) => void
  /** Told when nothing can go, in a sentence. */
  readonly onProblem: (problem: string) => void
}

/** How often is looked whether it is time. */
const lookMs = 3_600_000
/** Looks between two runs: each reads every key once, and the state anew where one has gone. */
const looksPerRun = 24

export function startRetention({ pipeline, ageMs, bytesMax, bytes, now, uptimeMs, onPruned, onProblem }: RetentionOptions): Retention {
  const started = { at: now(), uptimeMs: uptimeMs() }
  const counters = { runs: 0, failed: 0, keys: 0, events: 0, days: 0 }
  const closing = new AbortController()
  let timer: NodeJS.Timeout | null = null
  let looks = 0
  let running = run()

  function look(): void {
    looks += 1
    if (looks >= looksPerRun || isTooMuch()) running = run()
    else timer = setTimeout(look, lookMs)
  }

  function isTooMuch(): boolean {
    try {
      return bytes() > bytesMax
    } catch {
      // A run says what is wrong.
      return true
    }
  }

  async function run(): Promise<void> {
    // Whoever starts it goes on first.
    await setImmediate()
    counters.runs += 1
    try {
      const pruned = await pipeline.prune({ olderThanMs: trustedAge(), bytesMax, eventsMax: null, latestMs: latestOf(now()), dryRun: false }, closing.signal)
      if (pruned !== null && pruned.keys + pruned.events + pruned.days > 0) {
        counters.keys += pruned.keys
        counters.events += pruned.events
        counters.days += pruned.days
        onPruned(pruned)
      }
    } catch (thrown) {
      counters.failed += 1
      onProblem(thrown instanceof TapistryError ? thrown.message : systemReason(thrown))
    }
    looks = 0
    if (!closing.signal.aborted) timer = setTimeout(look, lookMs)
  }

  /** By a clock that went far ahead everything would be old: then only the size counts. */
  function trustedAge(): number | null {
    const aheadMs = now() - started.at - (uptimeMs() - started.uptimeMs)
    if (aheadMs < clockAheadMsMax) return ageMs
    onProblem(`the clock went ahead by ${Math.floor(aheadMs / dayMs)} days since the start: nothing is removed by age until it is started again`)
    return null
  }

  return {
    counters: () => Object.fromEntries(Object.entries(counters).map(([name, count]) => [`retention.${name}`, count])),
    async close() {
      closing.abort()
      if (timer !== null) clearTimeout(timer)
      await running
    },
  }
}

/** A machine that slept over a weekend is no wrong clock. */
const clockAheadMsMax = 7 * dayMs
