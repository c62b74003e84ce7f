import { rfc3339 } from '../../base/clock.ts'
import type { HttpForm } from '../channel.ts'
import { isResolved, worstOf, type AlertMessage } from '../message.ts'
import { byAnswer } from '../over_http.ts'
import { cut, headline, itemLine, linkOf } from '../words.ts'

export interface PagerDuty {
  readonly routingKey: string
  readonly apiUrl: string
}

/** Events API v2: one incident a message, which goes with the last of its findings. A message that comes twice is the same incident. */
export function pagerDuty({ routingKey, apiUrl }: PagerDuty, publicUrl: string): HttpForm {
  return {
    canEdit: true,
    paceMs: 500,
    render: (message) => ({
      method: 'POST',
      url: `${apiUrl.replace(/\/+$/, '')}/v2/enqueue`,
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ routing_key: routingKey, dedup_key: dedupKeyOf(message), ...eventOf(message, publicUrl) }),
    }),
    readAnswer: (answer, message) => byAnswer(answer, dedupKeyOf(message)),
  }
}

/** Of a single finding its fingerprint, so that it is the same incident whenever it comes again. */
function dedupKeyOf({ reference, items, key }: AlertMessage): string {
  const [first] = items
  return reference ?? (items.length === 1 && first !== undefined ? first.fingerprint : key)
}

function eventOf(message: AlertMessage, publicUrl: string): Readonly<Record<string, unknown>> {
  const { items, channel, key, atMs } = message
  const [first] = items
  if (items.length > 0 && items.every(isResolved)) return { event_action: 'resolve' }
  return {
    event_action: 'trigger',
    client: 'Tapistry',
    client_url: publicUrl,
    payload: {
      summary: cut(headline(message), summaryCharactersMax),
      source: first?.service ?? 'tapistry',
      severity: severities[worstOf(message)],
      timestamp: rfc3339(atMs),
      component: first?.service ?? 'tapistry',
      class: first?.kind ?? 'test',
      custom_details: {
        key,
        channel,
        total: items.length,
        findings: items.slice(0, itemsMax).map((item) => ({
          what: itemLine(item),
          why: item.why,
          fix: item.fix,
          owner: item.owner,
          labels: item.labels,
          dataClasses: item.dataClasses,
          count: item.count,
          firstSeen: item.firstSeen,
        })),
      },
    },
    links: items.slice(0, linksMax).map((item) => ({ href: linkOf(item, publicUrl), text: cut(item.title, 100) })),
  }
}

const severities = { critical: 'critical', high: 'error', medium: 'warning', low: 'warning', info: 'info' } as const
const summaryCharactersMax = 1_024
/** An event has 512 KB in all. */
const itemsMax = 100
const linksMax = 10
