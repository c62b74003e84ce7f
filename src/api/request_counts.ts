import { durationBoundsSeconds, type Durations, type Readings } from '../telemetry/metric.ts'

/** Counts answers by method, route and status, and how long they took by route: sets of ours, so it is bounded. */
export function requestCounts(): RequestCounts {
  const counts = new Map<string, Readings['requests'][number]>()
  const durations = new Map<string, Durations>()
  let discardedBytes = 0
  return {
    add: (method, route, status) => {
      const key = `${method} ${route} ${status}`
      counts.set(key, { method, route, status, count: (counts.get(key)?.count ?? 0) + 1 })
    },
    took: (route, seconds) => {
      const { within, count, sumSeconds } = durations.get(route) ?? { within: durationBoundsSeconds.map(() => 0), count: 0, sumSeconds: 0 }
      const counted = within.map((answers, at) => answers + (seconds <= (durationBoundsSeconds[at] ?? 0) ? 1 : 0))
      durations.set(route, { route, within: counted, count: count + 1, sumSeconds: sumSeconds + seconds })
    },
    discarded: (bytes) => {
      discardedBytes += bytes
    },
    all: () => [...counts.values()],
    durations: () => [...durations.values()],
    discardedBytes: () => discardedBytes,
  }
}

export interface RequestCounts {
  add(method: string, route: string, status: number): void
  took(route: string, seconds: number): void
  /** Bytes of a body that were read after its request was answered. */
  discarded(bytes: number): void
  all(): Readings['requests']
  durations(): readonly Durations[]
  discardedBytes(): number
}
