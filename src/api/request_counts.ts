import type { Readings } from '../telemetry/metric.ts'

/** Counts answers by method, route and status: sets of ours, so it is bounded. */
export function requestCounts(): RequestCounts {
  const counts = new Map<string, Readings['requests'][number]>()
  return {
    add: (method, route, status) => {
      const key = `${method} ${route} ${status}`
      counts.set(key, { method, route, status, count: (counts.get(key)?.count ?? 0) + 1 })
    },
    all: () => [...counts.values()],
  }
}

interface RequestCounts {
  add(method: string, route: string, status: number): void
  all(): Readings['requests']
}
