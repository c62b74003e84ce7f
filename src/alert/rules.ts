import { momentIn } from '../base/day.ts'
import { durationMs } from '../config/units.ts'

/** What a channel is told, and when. */
export interface ChannelRules {
  readonly name: string
  /** Any of these; all findings where there are none. */
  readonly match: readonly AlertFilter[]
  readonly mute: readonly Mute[]
  /** How long the first of a bundle waits for others. */
  readonly groupWaitMs: number
  /** How long what comes later waits, from the last message of the bundle on. */
  readonly groupIntervalMs: number
  /** After which a finding that stays is told again. */
  readonly repeatIntervalMs: number
  readonly quietHours: readonly QuietHours[]
  readonly maxPerHour: number
  readonly sendResolved: boolean
}

/** Holds where each list that is given has something of the subject. */
export interface AlertFilter {
  readonly labels?: readonly string[]
  readonly kinds?: readonly string[]
  readonly severities?: readonly string[]
  /** Ids or names. */
  readonly services?: readonly string[]
  readonly dataClasses?: readonly string[]
  /** Of the service, as the configuration gives them. */
  readonly tags?: readonly string[]
}

interface Mute extends AlertFilter {
  /** Null for always; no number where the text is no moment, which is refused before it is used. */
  readonly untilMs: number | null
}

/** From one time of day to another, over midnight where it is earlier; what is as severe as `except` is told all the same. */
export interface QuietHours {
  readonly from: string
  readonly to: string
  /** An IANA name. */
  readonly timeZone: string
  /** On which days they begin; every day where empty. */
  readonly days: readonly string[]
  readonly except: readonly string[]
}

/** The rules of an entry of `alerts.channels`, as its schema lets it through. */
export function rulesOf(entry: Readonly<Record<string, unknown>>): ChannelRules {
  const { name, match = [], mute = [], quietHours = [], groupWait, groupInterval, repeatInterval, maxPerHour, sendResolved } = entry as unknown as RulesEntry
  return {
    name,
    match: match.map(filterOf),
    mute: mute.map(({ until, ...filter }) => Object.assign(filterOf(filter), { untilMs: until === undefined ? null : (momentIn(until) ?? Number.NaN) })),
    groupWaitMs: durationMs(groupWait) ?? 0,
    groupIntervalMs: durationMs(groupInterval) ?? 0,
    repeatIntervalMs: durationMs(repeatInterval) ?? 0,
    quietHours,
    maxPerHour,
    sendResolved,
  }
}

/** Hosts and classes have names in lower case, and people write them in any; a service that is called by its file has the name of that. */
function filterOf({ services, dataClasses, ...filter }: AlertFilter): AlertFilter {
  return { ...filter, ...(services && { services: inAnyCase(services) }), ...(dataClasses && { dataClasses: inAnyCase(dataClasses) }) }
}

function inAnyCase(names: readonly string[]): readonly string[] {
  return [...new Set(names.flatMap((name) => [name, name.toLowerCase()]))]
}

interface RulesEntry {
  readonly name: string
  readonly match?: readonly AlertFilter[]
  readonly mute?: ReadonlyArray<AlertFilter & { readonly until?: string }>
  readonly groupWait: string
  readonly groupInterval: string
  readonly repeatInterval: string
  readonly quietHours?: readonly QuietHours[]
  readonly maxPerHour: number
  readonly sendResolved: boolean
}
