import { rfc3339 } from '../../base/clock.ts'
import type { HttpForm } from '../channel.ts'
import { isResolved, type AlertItem, type AlertMessage } from '../message.ts'
import { byStatus } from '../over_http.ts'
import { signedHeaders } from '../standard_webhook.ts'
import { headline, linkOf } from '../words.ts'

/** A JSON document by POST, signed as Standard Webhooks say where there are keys. The key of the message is its id. */
export function webhook(url: string, keys: readonly Buffer[], publicUrl: string, now: () => number): HttpForm {
  return {
    canEdit: false,
    paceMs: 0,
    render(message) {
      const body = JSON.stringify(documentOf(message, publicUrl))
      return { method: 'POST', url, headers: { 'content-type': 'application/json', ...signedHeaders(keys, message.key, now(), body) }, body }
    },
    readAnswer: (answer) => byStatus(answer),
  }
}

/** What schemas/alert.schema.json describes; a topic of Kafka gets the same. */
export function documentOf(message: AlertMessage, publicUrl: string): Readonly<Record<string, unknown>> {
  const { key, channel, atMs, items } = message
  return {
    type: typeOf(message),
    timestamp: rfc3339(atMs),
    data: {
      key,
      channel,
      summary: headline(message),
      total: items.length,
      items: items.slice(0, itemsMax).map((item) => itemOf(item, publicUrl)),
    },
  }
}

const itemsMax = 500

function typeOf({ items, isTest }: AlertMessage): string {
  if (isTest) return 'alert.test'
  return items.every(isResolved) ? 'alert.resolved' : 'alert.raised'
}

function itemOf(item: AlertItem, publicUrl: string): Readonly<Record<string, unknown>> {
  const {
    fingerprint,
    what,
    severity,
    kind,
    title,
    why,
    fix,
    service,
    serviceId,
    owner,
    endpoint,
    endpoints,
    firstSeen,
    lastSeen,
    count,
    labels,
    dataClasses,
  } = item
  return {
    fingerprint,
    what,
    kind,
    severity,
    title,
    why,
    fix,
    service: { id: serviceId, name: service },
    endpoint,
    endpoints,
    owner,
    firstSeen,
    lastSeen,
    count,
    labels,
    dataClasses,
    url: linkOf(item, publicUrl),
  }
}
