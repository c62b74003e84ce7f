import type { NewNotice, NoticeWhat } from '../storage/outbox.ts'
import { isMuted, isWanted } from './wanted.ts'
import type { ChannelRules } from './rules.ts'
import type { AlertSubject } from './subject.ts'

/** What a channel was told of a finding last. */
export interface ToldState {
  readonly isOpen: boolean
  readonly mark: string
  readonly bundle: string
  readonly atMs: number
}

export interface Notices {
  readonly notices: readonly NewNotice[]
  /** Single events that found no room. */
  readonly shed: number
}

export interface NoticeBasis {
  /** All findings that are open. */
  readonly findings: readonly AlertSubject[]
  readonly events: readonly AlertSubject[]
  /** By fingerprint. */
  readonly told: ReadonlyMap<string, ToldState>
  /** Where everything new belongs to one bundle: what a channel is told when it begins. */
  readonly bundle: string | null
  /** How many there is room for; the most severe findings come first. */
  readonly room: number
  readonly nowMs: number
}

/**
 * What is to be told on a channel, by what it was told before: findings that opened, became another, stay for long or went away, and single events. To be asked again
 * changes nothing once it is told, so nothing depends on how often or when it is asked.
 */
export function noticesFor(rules: ChannelRules, { findings, events, told, bundle, room, nowMs }: NoticeBasis): Notices {
  const open = new Set(findings.map(({ fingerprint }) => fingerprint))
  const notice = (subject: AlertSubject, what: NoticeWhat, own: string): NewNotice => {
    const { fingerprint, severity } = subject
    return { channel: rules.name, fingerprint, what, mark: markOf(subject), severity, bundle: own, atMs: nowMs, details: subject.details() }
  }
  const wanted = (subject: AlertSubject): boolean => isWanted(rules, subject) && !isMuted(rules, subject, nowMs)
  const resolved = [...told]
    .filter(([fingerprint, { isOpen }]) => isOpen && !open.has(fingerprint))
    .map(([fingerprint, state]) => resolvedNotice(rules.name, fingerprint, state, nowMs))
  const due = findings
    .filter(wanted)
    .flatMap((subject): Array<readonly [AlertSubject, NoticeWhat, string]> => {
      const state = told.get(subject.fingerprint)
      const what = whatOf(subject, state, nowMs, rules.repeatIntervalMs)
      return what === null ? [] : [[subject, what, what === 'opened' ? (bundle ?? subject.service.id) : (state?.bundle ?? subject.service.id)]]
    })
    .toSorted(([one], [other]) => severities.indexOf(other.severity) - severities.indexOf(one.severity))
    .slice(0, Math.max(0, room - resolved.length))
  const wantedEvents = events.filter(wanted)
  const happened = wantedEvents.slice(0, Math.max(0, room - resolved.length - due.length))
  const notices = [
    ...resolved,
    ...due.map(([subject, what, own]) => notice(subject, what, own)),
    ...happened.map((subject) => notice(subject, 'happened', bundle ?? subject.service.id)),
  ]
  return { notices, shed: wantedEvents.length - happened.length }
}

const severities: readonly string[] = ['info', 'low', 'medium', 'high', 'critical']

function whatOf(subject: AlertSubject, state: ToldState | undefined, nowMs: number, repeatIntervalMs: number): NoticeWhat | null {
  if (subject.isAcknowledged) return null
  if (state === undefined || !state.isOpen) return 'opened'
  if (state.mark !== markOf(subject)) return 'changed'
  return nowMs - state.atMs >= repeatIntervalMs ? 'repeated' : null
}

/** The finding is there no more: what it was stands in the notice that opened it. */
function resolvedNotice(channel: string, fingerprint: string, { mark, bundle }: ToldState, nowMs: number): NewNotice {
  const [severity = 'info'] = mark.split(' ', 1)
  return { channel, fingerprint, what: 'resolved', mark, severity: severity as NewNotice['severity'], bundle, atMs: nowMs, details: {} }
}

/** Its severity and the classes of its data: with others it is worth a word. */
function markOf({ severity, dataClasses }: AlertSubject): string {
  return `${severity} ${dataClasses.join(',')}`
}
