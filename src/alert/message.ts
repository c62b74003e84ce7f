import type { JsonSchema, Severity } from '../inventory/document.ts'
import type { MessageForm, Notice, NoticeWhat, Outbox, OutboxMessage } from '../storage/outbox.ts'

/** What channels write: everything is from the inventory, nothing from payloads. */
export interface AlertMessage {
  /** The same at each try, so that a message that comes twice can be told. */
  readonly key: string
  readonly channel: string
  readonly form: MessageForm
  /** What the channel calls the message that is changed or answered; null for a new one. */
  readonly reference: string | null
  readonly atMs: number
  /** What is open first, then by severity, service and title. For an edit: all that the earlier message told, as it is now. */
  readonly items: readonly AlertItem[]
  /** Sent to see whether the channel works. */
  readonly isTest: boolean
}

export interface AlertItem {
  readonly fingerprint: string
  readonly what: NoticeWhat
  readonly severity: Severity
  readonly atMs: number
  readonly kind: string
  readonly title: string
  readonly why: string | null
  readonly fix: string | null
  readonly service: string
  readonly serviceId: string
  readonly owner: string | null
  readonly endpoint: AlertEndpoint | null
  /** Of a service: how many it has, and the first of them. */
  readonly endpoints: { readonly total: number; readonly first: readonly string[] } | null
  readonly firstSeen: string | null
  readonly lastSeen: string | null
  readonly count: number | null
  readonly labels: readonly string[]
  readonly dataClasses: readonly string[]
}

/** Where it is. */
interface AlertEndpoint {
  readonly id: string
  readonly method: string
  readonly template: string
  /** Of GraphQL, SOAP, JSON-RPC and their like. */
  readonly operation: string | null
}

/** A message as it stands in the outbox. */
export function messageOf(outbox: Outbox, message: OutboxMessage): AlertMessage {
  const { id, key, channel, form, of, atMs } = message
  const origin = of === null ? null : outbox.message(of)
  const items =
    form === 'edit' && origin !== null
      ? editedItems(outbox, origin.id)
      : outbox.noticesOf(id).map((notice) => itemOf(notice, detailsOf(outbox, notice), notice.what))
  return { key, channel, form, reference: origin?.reference ?? null, atMs, items: lastOfEach(items).toSorted(compareItems), isTest: false }
}

export function isResolved({ what }: AlertItem): boolean {
  return what === 'resolved'
}

export const severityOrder: readonly Severity[] = ['critical', 'high', 'medium', 'low', 'info']

/** The most severe that is not resolved, else of all. */
export function worstOf({ items }: AlertMessage): Severity {
  return items[0]?.severity ?? 'info'
}

function editedItems(outbox: Outbox, message: number): AlertItem[] {
  const resolved = new Set(outbox.resolvedSince(message))
  return outbox.noticesOf(message).map((notice) => itemOf(notice, detailsOf(outbox, notice), resolved.has(notice.fingerprint) ? 'resolved' : notice.what))
}

/** One that resolves says nothing itself: what it was stands where it opened. */
function detailsOf(outbox: Outbox, notice: Notice): JsonSchema {
  return notice.what === 'resolved' ? (outbox.opening(notice.channel, notice.fingerprint, notice.id)?.notice.details ?? {}) : notice.details
}

/** Each finding once, as it is now; one that nobody has heard of yet opens, whatever else became of it since. */
function lastOfEach(items: readonly AlertItem[]): AlertItem[] {
  const last = new Map<string, AlertItem>()
  for (const item of items) {
    const name = item.what === 'happened' ? `${item.fingerprint} ${item.atMs} ${item.title}` : item.fingerprint
    last.set(name, last.get(name)?.what === 'opened' && !isResolved(item) ? { ...item, what: 'opened' } : item)
  }
  return [...last.values()]
}

function itemOf({ fingerprint, severity, atMs }: Notice, details: JsonSchema, what: NoticeWhat): AlertItem {
  const text = (name: string): string | null => (typeof details[name] === 'string' ? details[name] : null)
  const texts = (name: string): string[] => (Array.isArray(details[name]) ? details[name].map(String) : [])
  return {
    fingerprint,
    what,
    severity,
    atMs,
    kind: text('kind') ?? 'unknown',
    title: text('title') ?? 'a finding that is not there any more',
    why: text('why'),
    fix: text('fix'),
    service: text('service') ?? 'unknown',
    serviceId: text('serviceId') ?? '',
    owner: text('owner'),
    endpoint: endpointIn(details),
    endpoints: (details['endpoints'] ?? null) as AlertItem['endpoints'],
    firstSeen: text('firstSeen'),
    lastSeen: text('lastSeen'),
    count: typeof details['count'] === 'number' ? details['count'] : null,
    labels: texts('labels'),
    dataClasses: texts('dataClasses'),
  }
}

/** What was kept by an earlier version has no operation. */
function endpointIn({ endpoint = null }: JsonSchema): AlertEndpoint | null {
  return endpoint === null ? null : { operation: null, ...(endpoint as Omit<AlertEndpoint, 'operation'>) }
}

function compareItems(one: AlertItem, other: AlertItem): number {
  return (
    Number(isResolved(one)) - Number(isResolved(other)) ||
    severityOrder.indexOf(one.severity) - severityOrder.indexOf(other.severity) ||
    compare(one.service, other.service) ||
    compare(one.title, other.title)
  )
}

function compare(one: string, other: string): number {
  return one < other ? -1 : one > other ? 1 : 0
}
