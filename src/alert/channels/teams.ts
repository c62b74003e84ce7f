import type { HttpForm } from '../channel.ts'
import { isResolved, type AlertItem, type AlertMessage } from '../message.ts'
import { byAnswer } from '../over_http.ts'
import { cut, factsOf, headline, itemLine, itemsShownMax, leadOf, linkOf, stateWord } from '../words.ts'

/** A webhook of Microsoft Teams, made by a workflow or a connector: an adaptive card. Nothing comes back to answer or change it by. */
export function teams(webhookUrl: string, publicUrl: string): HttpForm {
  return {
    canEdit: false,
    paceMs: 1_000,
    render: (message) => ({
      method: 'POST',
      url: webhookUrl,
      headers: { 'content-type': 'application/json' },
      body: bodyOf(message, publicUrl),
    }),
    readAnswer(answer) {
      // Connectors answer 200 where the channel behind them has refused.
      const [, status] = /Microsoft Teams endpoint returned HTTP error (\d{3})/.exec(answer.body) ?? []
      return byAnswer(status === undefined ? answer : { ...answer, status: Number(status) })
    },
  }
}

/** The longest that fits: characters may take three bytes or be escaped, so that no count of them says how long a card will be. */
function bodyOf(message: AlertMessage, publicUrl: string): string {
  let body = ''
  for (const size of sizes) {
    const content = cardOf(message, publicUrl, size)
    body = JSON.stringify({ type: 'message', attachments: [{ contentType: 'application/vnd.microsoft.card.adaptive', contentUrl: null, content }] })
    if (Buffer.byteLength(body) <= bodyBytesMax) break
  }
  return body
}

/** Teams refuses cards of more than 28 KB. */
const bodyBytesMax = 28_000

/** The last one fits whatever stands in it. */
const sizes: readonly CardSize[] = [
  { charactersMax: 1_000, lineCharactersMax: 300, itemsShownMax },
  { charactersMax: 400, lineCharactersMax: 120, itemsShownMax },
  { charactersMax: 200, lineCharactersMax: 80, itemsShownMax: 10 },
]

interface CardSize {
  /** Of a value. */
  readonly charactersMax: number
  /** Of an item of a list. */
  readonly lineCharactersMax: number
  readonly itemsShownMax: number
}

function cardOf(message: AlertMessage, publicUrl: string, size: CardSize): Readonly<Record<string, unknown>> {
  const { items, key, channel } = message
  const lead = leadOf(message)
  return {
    $schema: 'http://adaptivecards.io/schemas/adaptive-card.json',
    type: 'AdaptiveCard',
    version: '1.4',
    body: [
      { ...textBlock(headline(message), size), size: 'Large', weight: 'Bolder', color: colors[stateWord(message)] ?? 'Default' },
      ...(items.length > 1 ? listBlocks(items, size) : []),
      ...(lead === null ? [] : itemBlocks(lead, size)),
      { ...textBlock(`Tapistry · ${channel} · ${key}`, size), isSubtle: true, size: 'Small' },
    ],
    actions: lead === null ? [] : [{ type: 'Action.OpenUrl', title: 'Show it', url: linkOf(lead, publicUrl) }],
  }
}

const colors: Readonly<Record<string, string>> = {
  critical: 'Attention',
  high: 'Attention',
  medium: 'Warning',
  low: 'Accent',
  info: 'Accent',
  resolved: 'Good',
}

function itemBlocks(item: AlertItem, size: CardSize): unknown[] {
  return [
    { type: 'FactSet', facts: factsOf(item).map(([title, value]) => ({ title, value: plain(cut(value, size.charactersMax)) })) },
    ...(item.why === null ? [] : [textBlock(item.why, size)]),
    ...(item.fix === null || isResolved(item) ? [] : [textBlock(`What to do: ${item.fix}`, size)]),
  ]
}

function listBlocks(items: readonly AlertItem[], size: CardSize): unknown[] {
  const more = items.length - size.itemsShownMax
  return [
    ...items.slice(0, size.itemsShownMax).map((item) => textBlock(`• ${cut(itemLine(item), size.lineCharactersMax)}`, size)),
    ...(more > 0 ? [textBlock(`and ${more} more`, size)] : []),
  ]
}

function textBlock(text: string, { charactersMax }: CardSize): Readonly<Record<string, unknown>> {
  return { type: 'TextBlock', text: plain(cut(text, charactersMax)), wrap: true }
}

/** Without Markdown: names come from traffic. */
function plain(text: string): string {
  return text.replaceAll(/[\\`*_[\]()<>#~|]/g, String.raw`\$&`)
}
