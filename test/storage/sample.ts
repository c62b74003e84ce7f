import type { Histogram, Observation, ServiceCount } from '../../src/observation/observation.ts'
import { emptyShape } from '../../src/observation/empty_shape.ts'
import type { StateBatch } from '../../src/inventory/state.ts'
import { emptyCommit, type Commit } from '../../src/storage/repository.ts'

const emptyHistogram: Histogram = { count: 0, sum: 0, buckets: new Map<number, number>() }

/** An observation of `count` exchanges of a path. */
export function sampleObservation(path: string, count: number, more: Partial<Observation['key']> = {}): Observation {
  return {
    key: {
      source: 'packets',
      service: 'api.example.com',
      kind: 'rest',
      method: 'GET',
      path,
      status: 200,
      requestMediaType: '',
      responseMediaType: 'application/json',
      hasCredentials: false,
      ...more,
    },
    count,
    firstSeenMs: 1_772_442_000_000 - count,
    lastSeenMs: 1_772_442_000_000 + count,
    latencyUs: { count, sum: count * 10, buckets: new Map([[26, count]]) },
    requestBytes: emptyHistogram,
    responseBytes: emptyHistogram,
    clients: { max: 16, isSample: true, hashes: [11 + count], counts: [count], texts: [] },
    path: emptyShape,
    query: emptyShape,
    headers: emptyShape,
    cookies: emptyShape,
    requestBody: emptyShape,
    responseBody: {
      ...emptyShape,
      seen: count,
      objects: count,
      fields: new Map([['id', { ...emptyShape, seen: count, integers: count, numberRange: { min: 1, max: count } }]]),
    },
    facts: new Map([['http1.obs_fold', count]]),
    moments: new Map<string, number>(),
  }
}

/** A batch of the observations with counts beside them. */
export function sampleBatch(...observations: Observation[]): StateBatch {
  const exchanges = observations.reduce((sum, { count }) => sum + count, 0)
  return {
    observations,
    visibility: [
      {
        service: 'api.example.com',
        counts: new Map<ServiceCount, number>([
          ['incompleteMessages', exchanges],
          ['flows', 1],
        ]),
      },
    ],
    counters: new Map([
      ['packets.read', exchanges * 2],
      ['http.exchanges', exchanges],
    ]),
    folded: new Map([['api.example.com', { exchanges: { packets: 1, logs: 0 }, unread: { packets: 0, logs: 2 } }]]),
  }
}

/** A commit of nothing but what is given. */
export function change(more: Partial<Commit>): Commit {
  return { ...emptyCommit, basis: 0, day: 0, dayBefore: null, ...more }
}
