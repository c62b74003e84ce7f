import type { AlertFilter, ChannelRules } from './rules.ts'
import type { AlertSubject } from './subject.ts'

/** Whether a channel is told of it: a filter of the channel holds, or it is a finding and there is no filter. Muted ones are told apart. */
export function isWanted({ match }: ChannelRules, subject: AlertSubject): boolean {
  if (match.length === 0) return isFinding(subject) && !isForeign(subject)
  return match.some(
    (filter) => holds(filter, subject) && (isFinding(subject) || filter.kinds !== undefined) && (!isForeign(subject) || isNamed(filter, subject)),
  )
}

export function isMuted({ mute }: ChannelRules, subject: AlertSubject, nowMs: number): boolean {
  return mute.some(({ untilMs, ...filter }) => (untilMs === null || nowMs < untilMs) && holds(filter, subject))
}

function holds({ labels, kinds, severities, services, dataClasses, tags }: AlertFilter, subject: AlertSubject): boolean {
  const { kind, severity, service } = subject
  return (
    hasAny(labels, subject.labels) &&
    hasAny(kinds, [kind]) &&
    hasAny(severities, [severity]) &&
    hasAny(services, [service.id, service.name]) &&
    hasAny(dataClasses, subject.dataClasses) &&
    hasAny(tags, subject.tags)
  )
}

function hasAny(wanted: readonly string[] | undefined, has: readonly string[]): boolean {
  return wanted === undefined || wanted.some((name) => has.includes(name))
}

/** Single events are told only to those who name their kind: there is no end of them. */
function isFinding({ fingerprint }: AlertSubject): boolean {
  return fingerprint.startsWith('fnd_')
}

/** Third parties that are called, and pages, have no spec with us: that is no news, unless somebody asks for the service by name. */
function isForeign({ kind, service }: AlertSubject): boolean {
  return shadowKinds.has(kind) && (service.direction === 'outbound' || service.kinds.includes('web'))
}

const shadowKinds = new Set(['inv.shadow-service', 'inv.shadow-endpoint'])

function isNamed({ services }: AlertFilter, { service }: AlertSubject): boolean {
  return services !== undefined && hasAny(services, [service.id, service.name])
}
