import { TapistryError } from '../base/errors.ts'
import { nearestName } from '../config/nearest.ts'
import type { Config } from '../config/options.ts'
import { durationMs } from '../config/units.ts'
import { eventKinds } from '../finding/changes.ts'
import { detectors } from '../finding/detectors/index.ts'
import { addressGuard } from './addresses.ts'
import type { Channel, HttpForm } from './channel.ts'
import { jira } from './channels/jira.ts'
import { opsgenie } from './channels/opsgenie.ts'
import { pagerDuty } from './channels/pagerduty.ts'
import { teams } from './channels/teams.ts'
import { slackBot, slackWebhook } from './channels/slack.ts'
import { webhook } from './channels/webhook.ts'
import { guardedFetch } from './guarded_fetch.ts'
import { overHttp } from './over_http.ts'
import { webhookKeys } from './standard_webhook.ts'
import { rulesOf, type ChannelRules } from './rules.ts'

type Entry = Config['alerts']['channels'][number]

/** What a type of channel needs beside its entry. */
interface Means {
  /** Of the entry, for problems: `alerts.channels.0`. */
  readonly place: string
  readonly publicUrl: string
  readonly now: () => number
}

/** The channels of the configuration, secrets read. Throws `TapistryError` (CONFIG) with all that makes no sense, a line each. */
export function makeChannels({ alerts, listen }: Pick<Config, 'alerts' | 'listen'>, now: () => number): Channel[] {
  const fetch = guardedFetch({
    mayReach: addressGuard(alerts.allowedNetworks, 'alerts.allowedNetworks'),
    proxy: proxyOf(alerts.proxy),
    timeoutMs: Math.max(1, durationMs(alerts.timeout) ?? 0),
    answerBytesMax,
  })
  const publicUrl = alerts.publicUrl ?? `http://${listen.startsWith(':') ? `localhost${listen}` : listen}`
  const problems: string[] = []
  const channels = alerts.channels.flatMap((entry, index): Channel[] => {
    const place = `alerts.channels.${index}`
    try {
      if (alerts.channels.findIndex(({ name }) => name === entry.name) !== index)
        throw wrong(place, `the name ${entry.name} is that of another channel: each needs its own`)
      const rules = rulesOf(entry)
      checkRules(rules, place)
      const make = forms[entry.type]
      if (make === undefined) throw wrong(place, `channels of type ${entry.type} are not known`)
      const form = make(entry, { place, publicUrl, now })
      return [{ rules, type: entry.type, canEdit: form.canEdit, paceMs: form.paceMs, deliver: overHttp(form, fetch) }]
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

/** Every type of channel. */
const forms: Readonly<Record<string, (entry: Entry, means: Means) => HttpForm>> = {
  slack(entry, { place, publicUrl }) {
    const [webhookUrl, botToken, channel] = ['webhookUrl', 'botToken', 'channel'].map((key) => textOf(entry, key))
    if ((webhookUrl === undefined) === (botToken === undefined)) throw wrong(place, 'set one of webhookUrl and botToken, or the file of one')
    if (webhookUrl !== undefined) return slackWebhook(urlOf(webhookUrl, `${place}.webhookUrl`), publicUrl)
    if (channel === undefined) throw wrong(place, 'a bot needs the id of its channel: set channel')
    return slackBot({ botToken: botToken ?? '', channel, apiUrl: textOf(entry, 'apiUrl') ?? '' }, publicUrl)
  },
  webhook(entry, { place, publicUrl, now }) {
    const secret = textOf(entry, 'secret')
    const keys = secret === undefined ? [] : webhookKeys(secret)
    if (keys === null) throw wrong(`${place}.secret`, 'write it as whsec_ and 24 to 64 bytes in base64')
    return webhook(urlOf(needed(entry, 'url', place), `${place}.url`), keys, publicUrl, now)
  },
  teams: (entry, { place, publicUrl }) => teams(urlOf(needed(entry, 'webhookUrl', place), `${place}.webhookUrl`), publicUrl),
  pagerduty: (entry, { place, publicUrl }) => pagerDuty({ routingKey: needed(entry, 'routingKey', place), apiUrl: needed(entry, 'apiUrl', place) }, publicUrl),
  opsgenie: (entry, { place, publicUrl }) => opsgenie({ apiKey: needed(entry, 'apiKey', place), apiUrl: needed(entry, 'apiUrl', place) }, publicUrl),
  jira(entry, { place, publicUrl }) {
    const [url, email, apiToken, project, issueType] = ['url', 'email', 'apiToken', 'project', 'issueType'].map((key) => needed(entry, key, place)) as [
      string,
      string,
      string,
      string,
      string,
    ]
    return jira({ url, email, apiToken, project, issueType, closeTransition: textOf(entry, 'closeTransition') ?? null }, publicUrl)
  },
}

function wrong(place: string, what: string): TapistryError {
  return new TapistryError('CONFIG', `${place}: ${what}`)
}

function textOf(entry: Entry, key: string): string | undefined {
  const value = entry[key]
  return typeof value === 'string' && value !== '' ? value : undefined
}

function needed(entry: Entry, key: string, place: string): string {
  const text = textOf(entry, key)
  if (text === undefined) throw wrong(place, `set ${key} or ${key}File`)
  return text
}

/** The text is a secret and not repeated. */
function urlOf(text: string, place: string): string {
  if (/^https?:$/.test(URL.parse(text)?.protocol ?? '')) return text
  throw wrong(place, 'is no URL; write it as https://host/path')
}

function proxyOf(text: string | undefined): string | null {
  return text === undefined ? null : urlOf(text, 'alerts.proxy')
}

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
