import type { HttpAnswer, HttpForm, Outcome } from '../channel.ts'
import { byStatus, retryAfterMs } from '../over_http.ts'
import type { AlertMessage } from '../message.ts'
import { slackContent } from './slack_blocks.ts'

/** About one message a second and channel is what Slack takes. */
const paceMs = 1_000

/** An incoming webhook: messages go in, and nothing comes back to answer or change them by. */
export function slackWebhook(webhookUrl: string, publicUrl: string): HttpForm {
  return {
    canEdit: false,
    paceMs,
    render: (message) => ({
      method: 'POST',
      url: webhookUrl,
      headers: { 'content-type': 'application/json; charset=utf-8' },
      body: JSON.stringify({ ...slackContent(message, publicUrl), unfurl_links: false, unfurl_media: false }),
    }),
    readAnswer(answer) {
      const outcome = byStatus(answer)
      // `invalid_payload`, `channel_is_archived` and their like.
      return outcome.kind === 'sent' ? outcome : { ...outcome, problem: `${outcome.problem}${errorWord(answer.body.trim())}` }
    },
  }
}

export interface SlackBot {
  readonly botToken: string
  /** Id of the channel, or its name where the bot is a member. */
  readonly channel: string
  readonly apiUrl: string
}

/** A bot with the scope `chat:write`: updates answer in the thread of the first message, and what is resolved changes it. */
export function slackBot({ botToken, channel, apiUrl }: SlackBot, publicUrl: string): HttpForm {
  const api = apiUrl.replace(/\/+$/, '')
  return {
    canEdit: true,
    paceMs,
    render(message) {
      const place = placeOf(message, channel)
      return {
        method: 'POST',
        url: `${api}/${message.form === 'edit' ? 'chat.update' : 'chat.postMessage'}`,
        headers: { 'content-type': 'application/json; charset=utf-8', 'authorization': `Bearer ${botToken}` },
        body: JSON.stringify({ ...place, ...slackContent(message, publicUrl), unfurl_links: false, unfurl_media: false, metadata: metadataOf(message) }),
      }
    },
    readAnswer,
  }
}

/** The reference is channel and time stamp, as Slack gave them: together they name a message. */
function placeOf({ form, reference }: AlertMessage, channel: string): Readonly<Record<string, string>> {
  const [id = channel, ts = ''] = reference?.split(' ') ?? []
  if (form === 'edit') return { channel: id, ts }
  return form === 'update' ? { channel: id, thread_ts: ts } : { channel }
}

function metadataOf({ key, form, items }: AlertMessage): Readonly<Record<string, unknown>> {
  return {
    event_type: 'tapistry_alert',
    event_payload: { key, form, count: items.length, fingerprints: items.slice(0, fingerprintsMax).map(({ fingerprint }) => fingerprint) },
  }
}

const fingerprintsMax = 20

function readAnswer(answer: HttpAnswer): Outcome {
  const outcome = byStatus(answer)
  if (outcome.kind !== 'sent') return outcome
  const said = parsed(answer.body)
  if (said === null) return { kind: 'later', problem: 'it answers 200 with something that is no answer of Slack', afterMs: null }
  if (said['ok'] === true) {
    const { channel, ts } = said
    const isNamed = typeof channel === 'string' && /^\w{1,40}$/.test(channel) && typeof ts === 'string' && /^[\d.]{1,40}$/.test(ts)
    return { kind: 'sent', reference: isNamed ? `${channel} ${ts}` : null }
  }
  const error = typeof said['error'] === 'string' ? said['error'] : ''
  const problem = `Slack says no${errorWord(error)}`
  return passing.has(error) ? { kind: 'later', problem, afterMs: retryAfterMs(answer.headers['retry-after']) } : { kind: 'refused', problem }
}

/** What goes away by itself. */
const passing = new Set(['ratelimited', 'rate_limited', 'internal_error', 'fatal_error', 'service_unavailable', 'request_timeout'])

/** A word of Slack's; anything else may be whatever the receiver likes, our own secrets too. */
function errorWord(text: string): string {
  return /^[a-z][a-z_]{2,40}$/.test(text) ? `: ${text}` : ''
}

function parsed(body: string): Readonly<Record<string, unknown>> | null {
  try {
    const value: unknown = JSON.parse(body)
    return typeof value === 'object' && value !== null ? (value as Record<string, unknown>) : null
  } catch {
    return null
  }
}
