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
      body: JSON.stringify({
        type: 'message',
        attachments: [{ contentType: 'application/vnd.microsoft.card.adaptive', contentUrl: null, content: cardOf(message, publicUrl) }],
      }),
    }),
    readAnswer(answer) {
      // Connectors answer 200 where the channel behind them has refused.
      const [, status] = /Microsoft Teams endpoint returned HTTP error (\d{3})/.exec(answer.body) ?? []
      return byAnswer(status === undefined ? answer : { ...answer, status: Number(status) })
    },
  }
}

function cardOf(message: AlertMessage, publicUrl: string): Readonly<Record<string, unknown>> {
  const { items, key, channel } = message
  const lead = leadOf(message)
  return {
    $schema: 'http://adaptivecards.io/schemas/adaptive-card.json',
    type: 'AdaptiveCard',
    version: '1.4',
    body: [
      { ...textBlock(headline(message)), size: 'Large', weight: 'Bolder', color: colors[stateWord(message)] ?? 'Default' },
      ...(items.length > 1 ? listBlocks(items) : []),
      ...(lead === null ? [] : itemBlocks(lead)),
      { ...textBlock(`Tapistry · ${channel} · ${key}`), isSubtle: true, size: 'Small' },
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

function itemBlocks(item: AlertItem): unknown[] {
  return [
    { type: 'FactSet', facts: factsOf(item).map(([title, value]) => ({ title, value: plain(cut(value, charactersMax)) })) },
    ...(item.why === null ? [] : [textBlock(item.why)]),
    ...(item.fix === null || isResolved(item) ? [] : [textBlock(`What to do: ${item.fix}`)]),
  ]
}

function listBlocks(items: readonly AlertItem[]): unknown[] {
  const more = items.length - itemsShownMax
  return [
    ...items.slice(0, itemsShownMax).map((item) => textBlock(`• ${cut(itemLine(item), lineCharactersMax)}`)),
    ...(more > 0 ? [textBlock(`and ${more} more`)] : []),
  ]
}

/** A card has 28 KB in all. */
const charactersMax = 1_000
const lineCharactersMax = 300

function textBlock(text: string): Readonly<Record<string, unknown>> {
  return { type: 'TextBlock', text: plain(cut(text, charactersMax)), wrap: true }
}

/** Without Markdown: names come from traffic. */
function plain(text: string): string {
  return text.replaceAll(/[\\`*_[\]()<>#~|]/g, String.raw`\$&`)
}
