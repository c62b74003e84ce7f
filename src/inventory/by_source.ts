import type { Observation, SourceKind } from '../observation/observation.ts'

/** What one source kind saw. The same exchange may stand in packets and in a log, so kinds are never added up: the larger one counts. */
export interface BySource<T> {
  readonly packets: T
  readonly logs: T
}

/** Exchanges by source kind. */
export function countBySource(observations: readonly Observation[]): BySource<number> {
  const counts: Record<SourceKind, number> = { packets: 0, logs: 0 }
  for (const { key, count } of observations) counts[key.source] += count
  return counts
}

/** The headline count: the larger of the two. */
export function headline(counts: BySource<number>): number {
  return Math.max(counts.packets, counts.logs)
}

/** What the source that saw more of it says, packets where both saw as much. */
export function richer<O extends Pick<Observation, 'key'>, T>(
  observations: readonly O[],
  read: (ofOneSource: readonly O[]) => T,
  weight: (value: T) => number,
): T {
  const packets = observations.filter(({ key }) => key.source === 'packets')
  if (packets.length === observations.length) return read(observations)
  const fromPackets = read(packets)
  const fromLogs = read(observations.filter(({ key }) => key.source === 'logs'))
  return weight(fromLogs) > weight(fromPackets) ? fromLogs : fromPackets
}
