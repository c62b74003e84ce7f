import { openReceiver, type Received, type Receiver, type ReceiverAnswer } from './receiver.ts'

/** A message as Slack would show it now. */
interface SlackMessage {
  readonly ts: string
  readonly threadTs: string | null
  readonly text: string
  readonly key: string
  /** Keys of all that was posted or written over it. */
  readonly keys: readonly string[]
  readonly blocks: ReadonlyArray<Readonly<Record<string, unknown>>>
}

export interface SlackServer extends Receiver {
  /** Messages of the bot, in the order in which they were posted. */
  readonly messages: readonly SlackMessage[]
  /** What it refused as Slack would. */
  readonly refused: readonly string[]
}

export const botToken = 'xoxb-0000-secret'
export const webhookPath = '/services/T000/B000/secretsecret'

/** The two ways into Slack, with the limits that its documentation names; it answers what Slack answers. */
export async function openSlack(port = 0): Promise<SlackServer> {
  const messages: SlackMessage[] = []
  const refused: string[] = []
  const refuse = (error: string): ReceiverAnswer => {
    refused.push(error)
    return json({ ok: false, error })
  }
  const receiver = await openReceiver((request) => {
    const { path, headers, body } = request
    const problem = problemOf(request)
    if (path === webhookPath) {
      if (problem === null) return { status: 200, headers: { 'content-type': 'text/html' }, body: 'ok' }
      refused.push(problem)
      return { status: 400, body: 'invalid_payload' }
    }
    if (headers.authorization !== `Bearer ${botToken}`) return refuse('invalid_auth')
    if (problem !== null) return refuse(problem)
    const { channel, metadata } = body
    const key = keyOf(metadata)
    if (key === null) return refuse('invalid_metadata_format')
    if (typeof channel !== 'string' || !/^[CDG]\w+$/.test(channel)) return refuse('channel_not_found')
    const content = { text: String(body['text']), key, blocks: body['blocks'] as SlackMessage['blocks'] }
    if (path === '/api/chat.postMessage') {
      const threadTs = typeof body['thread_ts'] === 'string' ? body['thread_ts'] : null
      if (threadTs !== null && !messages.some(({ ts }) => ts === threadTs)) return refuse('thread_not_found')
      const ts = `1772442000.${String(messages.length + 1).padStart(6, '0')}`
      messages.push({ ts, threadTs, keys: [key], ...content })
      return json({ ok: true, channel, ts, message: { text: content.text } })
    }
    if (path === '/api/chat.update') {
      const at = messages.findIndex(({ ts }) => ts === body['ts'])
      const before = messages[at]
      if (before === undefined) return refuse('message_not_found')
      messages[at] = { ...before, ...content, keys: [...before.keys, key] }
      return json({ ok: true, channel, ts: before.ts, text: content.text })
    }
    return refuse('unknown_method')
  }, port)
  return { ...receiver, messages, refused }
}

function json(value: unknown): ReceiverAnswer {
  return { status: 200, headers: { 'content-type': 'application/json; charset=utf-8' }, body: JSON.stringify(value) }
}

function keyOf(metadata: unknown): string | null {
  const { event_type: type, event_payload: payload } = (metadata ?? {}) as {
    readonly event_type?: unknown
    readonly event_payload?: { readonly key?: unknown }
  }
  return type === 'tapistry_alert' && typeof payload?.key === 'string' ? payload.key : null
}

type Block = Readonly<Record<string, unknown>> & { readonly type?: unknown }

/** Why Slack would not take it, null where it would. */
function problemOf({ method, headers, text, body }: Received): string | null {
  if (method !== 'POST') return 'invalid_form_data'
  if (headers['content-type']?.startsWith('application/json') !== true) return 'invalid_post_type'
  if (Buffer.byteLength(text) > 1_000_000) return 'msg_too_long'
  const { blocks, text: fallback } = body
  if (typeof fallback !== 'string' || fallback === '' || fallback.length > 40_000) return 'no_text'
  if (!Array.isArray(blocks) || blocks.length === 0 || blocks.length > 50) return 'invalid_blocks'
  return (blocks as Block[]).every(isBlock) ? null : 'invalid_blocks'
}

function isBlock(block: Block): boolean {
  const { type, text, fields, elements } = block
  if (type === 'header') return isText(text, 'plain_text', 150)
  if (type === 'section') {
    if (fields === undefined) return isText(text, 'mrkdwn', 3_000)
    return Array.isArray(fields) && fields.length > 0 && fields.length <= 10 && fields.every((field) => isText(field, 'mrkdwn', 2_000))
  }
  return (
    type === 'context' &&
    Array.isArray(elements) &&
    elements.length > 0 &&
    elements.length <= 10 &&
    elements.every((element) => isText(element, 'mrkdwn', 3_000))
  )
}

/** In mrkdwn only entities and links may use the characters that Slack takes for marks. */
function isText(value: unknown, type: string, charactersMax: number): boolean {
  const { type: own, text } = (value ?? {}) as { readonly type?: unknown; readonly text?: unknown }
  if (own !== type || typeof text !== 'string' || text === '' || text.length > charactersMax) return false
  return type === 'plain_text' || !/[<>]|&(?!(?:amp|lt|gt);)/.test(text.replaceAll(/<https?:\/\/[^<>|\s]+(?:\|[^<>|\n]*)?>/g, ''))
}
