import type { SourceStatus } from '../source/source.ts'
import type { KeptEvent, Repository, StoredEvent } from '../storage/repository.ts'

type Status = Pick<SourceStatus, 'id' | 'kind' | 'state' | 'problem'>

/** How long a source must do without failing until it counts as up again: while it is tried it looks so too. */
const steadyMs = 60_000

/**
 * Gives, look by look, what changed of sources since: `down` with another problem than before, and `up` once that has lasted. `told` are the problems of those
 * that were told to be down: what changed while no daemon ran, or was lost with a kill, is told by the first looks.
 */
export function watchSources(told: ReadonlyMap<string, string>): (statuses: readonly Status[], nowMs: number) => StoredEvent[] {
  const problems = new Map(told)
  const upSince = new Map<string, number>()
  return (statuses, nowMs) =>
    statuses.flatMap(({ id, kind, state, problem }): StoredEvent[] => {
      const event = { atMs: nowMs, kind: 'source', subject: id } as const
      if (state === 'down') {
        upSince.delete(id)
        if (problems.get(id) === (problem ?? '')) return []
        problems.set(id, problem ?? '')
        return [{ ...event, what: 'down', details: { kind, problem } }]
      }
      if (!problems.has(id)) return []
      const since = upSince.get(id) ?? nowMs
      upSince.set(id, since)
      if (state !== 'ended' && nowMs - since < steadyMs) return []
      problems.delete(id)
      upSince.delete(id)
      return [{ ...event, what: 'up', details: { kind } }]
    })
}

/** The problems of the sources among `ids` whose last event says that they are down. */
export function downBefore(ids: readonly string[], { eventsOf }: Pick<Repository, 'eventsOf'>): ReadonlyMap<string, string> {
  return new Map(
    ids.flatMap((id): Array<[string, string]> => {
      const last = lastOf(id, eventsOf)
      return last?.what === 'down' ? [[id, String(last.details['problem'] ?? '')]] : []
    }),
  )
}

function lastOf(id: string, eventsOf: Repository['eventsOf']): KeptEvent | null {
  let last: KeptEvent | null = null
  for (;;) {
    const events = eventsOf(id, last?.id ?? 0, eventsAtOnce)
    last = events.at(-1) ?? last
    if (events.length < eventsAtOnce) return last
  }
}

const eventsAtOnce = 1000
