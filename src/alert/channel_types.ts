import { splitAddress } from '../base/address.ts'
import type { AddressGuard } from './addresses.ts'
import type { Channel, Fetch, HttpForm } from './channel.ts'
import { needed, textOf, urlOf, wrong, type ChannelEntry } from './channel_entry.ts'
import { email, type Email } from './channels/email.ts'
import { jira } from './channels/jira.ts'
import { kafka, type Kafka } from './channels/kafka.ts'
import { opsgenie } from './channels/opsgenie.ts'
import { pagerDuty } from './channels/pagerduty.ts'
import { slackBot, slackWebhook } from './channels/slack.ts'
import { syslog } from './channels/syslog.ts'
import { teams } from './channels/teams.ts'
import { webhook } from './channels/webhook.ts'
import { overHttp } from './over_http.ts'
import { webhookKeys } from './standard_webhook.ts'

/** What a type of channel needs beside its entry. */
interface Means {
  /** Of the entry, for problems: `alerts.channels.0`. */
  readonly place: string
  readonly publicUrl: string
  readonly now: () => number
  readonly fetch: Fetch
  readonly mayReach: AddressGuard
  readonly timeoutMs: number
}

type MakeChannel = (entry: ChannelEntry, means: Means) => Pick<Channel, 'canEdit' | 'paceMs' | 'deliver'>

/** Every type of channel. Each throws `TapistryError` (CONFIG) where its entry lacks something. */
export const channelTypes: Readonly<Record<string, MakeChannel>> = {
  slack: http((entry, { place, publicUrl }) => {
    const [webhookUrl, botToken, channel] = ['webhookUrl', 'botToken', 'channel'].map((key) => textOf(entry, key))
    if ((webhookUrl === undefined) === (botToken === undefined)) throw wrong(place, 'set one of webhookUrl and botToken, or the file of one')
    if (webhookUrl !== undefined) return slackWebhook(urlOf(webhookUrl, `${place}.webhookUrl`), publicUrl)
    if (channel === undefined) throw wrong(place, 'a bot needs the id of its channel: set channel')
    return slackBot({ botToken: botToken ?? '', channel, apiUrl: needed(entry, 'apiUrl', place) }, publicUrl)
  }),
  webhook: http((entry, { place, publicUrl, now }) => {
    const secret = textOf(entry, 'secret')
    const keys = secret === undefined ? [] : webhookKeys(secret)
    if (keys === null) throw wrong(`${place}.secret`, 'write it as whsec_ and 24 to 64 bytes in base64')
    return webhook(urlOf(needed(entry, 'url', place), `${place}.url`), keys, publicUrl, now)
  }),
  teams: http((entry, { place, publicUrl }) => teams(urlOf(needed(entry, 'webhookUrl', place), `${place}.webhookUrl`), publicUrl)),
  pagerduty: http((entry, { place, publicUrl }) => {
    return pagerDuty({ routingKey: needed(entry, 'routingKey', place), apiUrl: needed(entry, 'apiUrl', place) }, publicUrl)
  }),
  opsgenie: http((entry, { place, publicUrl }) => opsgenie({ apiKey: needed(entry, 'apiKey', place), apiUrl: needed(entry, 'apiUrl', place) }, publicUrl)),
  jira(entry, { place, publicUrl, fetch }) {
    const text = (key: string): string => needed(entry, key, place)
    const account = { url: text('url'), email: text('email'), apiToken: text('apiToken') }
    return jira(
      { ...account, project: text('project'), issueType: text('issueType'), closeTransition: textOf(entry, 'closeTransition') ?? null },
      publicUrl,
      fetch,
    )
  },
  email(entry, { place, publicUrl, mayReach, timeoutMs }) {
    const { host, port, security, from, to } = entry as unknown as Pick<Email, 'host' | 'port' | 'security' | 'from' | 'to'>
    const user = textOf(entry, 'username')
    const login = user === undefined ? null : { user, pass: needed(entry, 'password', place) }
    return email({ host, port, security, login, from, to, mayReach, timeoutMs }, publicUrl)
  },
  kafka(entry, { place, publicUrl, timeoutMs }) {
    const { brokers, topic, sasl } = entry as unknown as Pick<Kafka, 'brokers' | 'topic' | 'sasl'>
    if (sasl !== undefined && (sasl.password ?? '') === '') throw wrong(`${place}.sasl`, 'set password or passwordFile')
    const login = sasl === undefined ? {} : { sasl: { mechanism: sasl.mechanism, username: sasl.username, password: sasl.password } }
    return kafka({ brokers, topic, timeoutMs, ...login, ...(entry['tls'] === true ? { tls: { rejectUnauthorized: true } } : {}) }, publicUrl)
  },
  syslog(entry, { place, publicUrl, mayReach, timeoutMs }) {
    const { host = '', port = null } = splitAddress(needed(entry, 'address', place)) ?? {}
    if (port === null) throw wrong(`${place}.address`, 'write it as host:port')
    const protocol = entry['protocol'] === 'udp' || entry['protocol'] === 'tls' ? entry['protocol'] : 'tcp'
    return syslog({ host: host.replaceAll(/[[\]]/g, ''), port, protocol, mayReach, timeoutMs }, publicUrl)
  },
}

/** One whose messages are a request each. */
function http(make: (entry: ChannelEntry, means: Means) => HttpForm): MakeChannel {
  return (entry, means) => {
    const form = make(entry, means)
    return { canEdit: form.canEdit, paceMs: form.paceMs, deliver: overHttp(form, means.fetch) }
  }
}
