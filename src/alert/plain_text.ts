import type { AlertItem, AlertMessage } from './message.ts'
import { factsOf, headline, itemLine, itemsShownMax, leadOf, linkOf } from './words.ts'

/** The whole as text without form: headline, then items with their facts. */
export function plainText(message: AlertMessage, publicUrl: string): string {
  const { items } = message
  const lead = leadOf(message)
  const list = items.length > 1 ? ['', ...listLines(items)] : []
  return [headline(message), ...list, '', ...(lead === null ? [] : [...itemLines(lead, publicUrl), '']), `Tapistry, ${message.key}`].join('\n')
}

function itemLines(item: AlertItem, publicUrl: string): string[] {
  return [
    ...factsOf(item).map(([name, value]) => `${name}: ${value}`),
    ...(item.why === null ? [] : ['', item.why]),
    ...(item.fix === null ? [] : [item.fix]),
    '',
    linkOf(item, publicUrl),
  ]
}

function listLines(items: readonly AlertItem[]): string[] {
  const more = items.length - itemsShownMax
  return [...items.slice(0, itemsShownMax).map((item) => `- ${itemLine(item)}`), ...(more > 0 ? [`and ${more} more`] : [])]
}
