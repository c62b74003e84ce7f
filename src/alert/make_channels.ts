import { TapistryError } from '../base/errors.ts'
import { nearestName } from '../config/nearest.ts'
import type { Config } from '../config/options.ts'
import { durationMs } from '../config/units.ts'
import { eventKinds } from '../finding/changes.ts'
import { detectors } from '../finding/detectors/index.ts'
import { addressGuard } from './addresses.ts'
import type { Channel } from './channel.ts'
import { urlOf, wrong } from './channel_entry.ts'
import { channelTypes } from './channel_types.ts'
import { guardedFetch } from './guarded_fetch.ts'
import { rulesOf, type ChannelRules } from './rules.ts'

/** The channels of the configuration, secrets read. Throws `TapistryError` (CONFIG) with all that makes no sense, a line each. */
export function makeChannels({ alerts, listen }: Pick<Config, 'alerts' | 'listen'>, now: () => number): Channel[] {
  const mayReach = addressGuard(alerts.allowedNetworks, 'alerts.allowedNetworks')
  const timeoutMs = Math.max(1, durationMs(alerts.timeout) ?? 0)
  const fetch = guardedFetch({ mayReach, proxy: alerts.proxy === undefined ? null : urlOf(alerts.proxy, 'alerts.proxy'), timeoutMs, answerBytesMax })
  const publicUrl = alerts.publicUrl ?? `http://${listen.startsWith(':') ? `localhost${listen}` : listen}`
  const problems: string[] = []
  const channels = alerts.channels.flatMap((entry, index): Channel[] => {
    const place = `alerts.channels.${index}`
    try {
      if (alerts.channels.findIndex(({ name }) => name === entry.name) !== index)
        throw wrong(place, `the name ${entry.name} is that of another channel: each needs its own`)
      const rules = rulesOf(entry)
      checkRules(rules, place)
      const make = channelTypes[entry.type]
      if (make === undefined) throw wrong(place, `channels of type ${entry.type} are not known`)
      return [{ rules, type: entry.type, ...make(entry, { place, publicUrl, now, fetch, mayReach, timeoutMs }) }]
    } catch (thrown) {
      if (!(thrown instanceof TapistryError)) throw thrown
      problems.push(...thrown.lines)
      return []
    }
  })
  if (problems.length > 0) throw new TapistryError('CONFIG', problems)
  return channels
}

/** Slack repeats the whole message in its answer. */
const answerBytesMax = 262_144

function checkRules({ match, mute, quietHours }: ChannelRules, place: string): void {
  for (const kind of [...match, ...mute].flatMap(({ kinds = [] }) => kinds)) {
    const known = [...detectors.map((detector) => detector.kind), ...eventKinds]
    if (known.includes(kind)) continue
    const nearest = nearestName(kind, known)
    throw wrong(
      place,
      `${JSON.stringify(kind)} is no kind of finding or event${nearest === null ? `: known are ${known.join(', ')}` : `: did you mean ${nearest}?`}`,
    )
  }
  for (const { timeZone } of quietHours) {
    try {
      Intl.DateTimeFormat('en-GB', { timeZone })
    } catch {
      throw wrong(`${place}.quietHours`, `${JSON.stringify(timeZone)} is no time zone; write it as Europe/Berlin`)
    }
  }
}
