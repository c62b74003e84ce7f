import { ConfigError, orConfigError } from '../config/config_error.ts'
import { nearestName } from '../config/nearest.ts'
import type { Config } from '../config/options.ts'
import { durationMs } from '../config/units.ts'
import { eventKinds } from '../finding/changes.ts'
import { findingKinds } from '../finding/detectors/index.ts'
import { addressGuard } from './addresses.ts'
import type { Channel } from './channel.ts'
import { urlOf, wrong } from './channel_entry.ts'
import { channelTypes } from './channel_types.ts'
import { guardedFetch } from './guarded_fetch.ts'
import { rulesOf, type ChannelRules } from './rules.ts'

/** The channels of the configuration, secrets read, and all that makes no sense of them. Nothing is sent before they are asked to. */
export function makeChannels(
  { alerts, access, listen, services, publicUrl = listenUrl(listen, access.tls !== undefined) }: MadeOf,
  now: () => number,
): MadeChannels {
  const mayReach = orConfigError(() => addressGuard(alerts.allowedNetworks, 'alerts.allowedNetworks'))
  const proxy = orConfigError(() => (alerts.proxy === undefined ? null : urlOf(alerts.proxy, 'alerts.proxy')))
  if (mayReach instanceof ConfigError || proxy instanceof ConfigError)
    return { channels: [], problems: [mayReach, proxy].filter((one) => one instanceof ConfigError) }
  const timeoutMs = Math.max(1, durationMs(alerts.timeout) ?? 0)
  const fetch = guardedFetch({ mayReach, proxy, timeoutMs, answerBytesMax })
  const tags = services.flatMap((service) => service.tags ?? [])
  const made = alerts.channels.map((entry, index): Channel | ConfigError =>
    orConfigError(() => {
      const place = `alerts.channels.${index}`
      if (alerts.channels.findIndex(({ name }) => name === entry.name) !== index)
        throw wrong(place, `the name ${entry.name} is that of another channel: each needs its own`)
      const rules = rulesOf(entry)
      checkRules(rules, place, tags)
      const make = channelTypes[entry.type]
      if (make === undefined) throw wrong(place, `channels of type ${entry.type} are not known`)
      return { rules, type: entry.type, ...make(entry, { place, publicUrl, now, fetch, mayReach, timeoutMs }) }
    }),
  )
  return { channels: made.flatMap((one) => (one instanceof ConfigError ? [] : [one])), problems: made.filter((one) => one instanceof ConfigError) }
}

type MadeOf = Pick<Config, 'alerts' | 'access' | 'listen' | 'publicUrl' | 'services'>

interface MadeChannels {
  readonly channels: readonly Channel[]
  readonly problems: readonly ConfigError[]
}

function listenUrl(listen: string, hasTls: boolean): string {
  return `${hasTls ? 'https' : 'http'}://${listen.startsWith(':') ? `localhost${listen}` : listen}`
}

/** Slack repeats the whole message in its answer. */
const answerBytesMax = 262_144

function checkRules({ match, mute, quietHours, repeatIntervalMs }: ChannelRules, place: string, tags: readonly string[]): void {
  if (repeatIntervalMs <= 0) throw wrong(`${place}.repeatInterval`, 'what stays would be told again at each look: write how long it may stay, as 24h')
  const filters = [...match, ...mute]
  checkNames(
    filters.flatMap(({ kinds = [] }) => kinds),
    [...findingKinds, ...eventKinds],
    'kind of finding or event',
    place,
  )
  checkNames(
    filters.flatMap((filter) => filter.tags ?? []),
    tags,
    'tag of a service in this configuration',
    place,
  )
  const wrongMute = mute.findIndex(({ untilMs }) => Number.isNaN(untilMs))
  if (wrongMute !== -1) throw wrong(`${place}.mute.${wrongMute}.until`, 'is no day of the calendar or time of a day')
  const wholeDay = quietHours.findIndex(({ from, to }) => from === to)
  if (wholeDay !== -1) throw wrong(`${place}.quietHours.${wholeDay}`, 'from and to are the same, which would be the whole day: mute tells nothing at all')
  for (const { timeZone } of quietHours) {
    try {
      Intl.DateTimeFormat('en-GB', { timeZone })
    } catch {
      throw wrong(`${place}.quietHours`, `${JSON.stringify(timeZone)} is no time zone; write it as Europe/Berlin`)
    }
  }
}

/** A rule that names what does not exist would never hold, and nobody would see it. */
function checkNames(names: readonly string[], known: readonly string[], what: string, place: string): void {
  for (const name of names) {
    if (known.includes(name)) continue
    const nearest = nearestName(name, known)
    const help = nearest !== null ? `did you mean ${nearest}?` : known.length === 0 ? 'there are none' : `known are ${[...new Set(known)].join(', ')}`
    throw wrong(place, `${JSON.stringify(name)} is no ${what}: ${help}`)
  }
}
