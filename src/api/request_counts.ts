import type { Readings } from '../telemetry/metric.ts'

/** Counts answers by method, route and status: sets of ours, so it is bounded. */
export function requestCounts(): RequestCounts {
  const counts = new Map<string, Readings['requests'][number]>()
  let discardedBytes = 0
  return {
    add: (method, route, status) => {
      const key = `${method} ${route} ${status}`
      counts.set(key, { method, route, status, count: (counts.get(key)?.count ?? 0) + 1 })
    },
    discarded: (bytes) => {
      discardedBytes += bytes
    },
    all: () => [...counts.values()],
    discardedBytes: () => discardedBytes,
  }
}

export interface RequestCounts {
  add(method: string, route: string, status: number): void
  /** Bytes of a body that were read after its request was answered. */
  discarded(bytes: number): void
  all(): Readings['requests']
  discardedBytes(): number
}
