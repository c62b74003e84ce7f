import type { SourceStatus } from '../source/source.ts'
import type { StoredEvent } from '../storage/repository.ts'

type Status = Pick<SourceStatus, 'id' | 'kind' | 'state' | 'problem'>

/** How long a source must do without failing until it counts as up again: while it is tried it looks so too. */
const steadyMs = 60_000

/** Gives, look by look, what changed of sources since: `down` with another problem than before, and `up` once that has lasted. */
export function watchSources(): (statuses: readonly Status[], nowMs: number) => StoredEvent[] {
  const problems = new Map<string, string>()
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
