import { isResolved, severityOrder, worstOf, type AlertItem, type AlertMessage } from './message.ts'

/** One line that says it: of a single item its title, of a digest the counts. */
export function headline(message: AlertMessage): string {
  const { items, form, isTest } = message
  const [first] = items
  if (isTest) return `Test of ${message.channel}: alerts of Tapistry arrive here`
  if (first === undefined) return 'Nothing to tell'
  const resolved = items.filter(isResolved).length
  if (items.length === 1) return `${prefixOf(first, form)}${first.title}`
  const services = new Set(items.map(({ service }) => service)).size
  const open = items.length - resolved
  const counts = [
    ...severityOrder.flatMap((severity) => countOf(items.filter((item) => !isResolved(item) && item.severity === severity).length, severity)),
    ...countOf(resolved, 'resolved'),
  ]
  const what = items.every(({ what }) => what === 'happened') ? 'change' : 'finding'
  const lead = open === 0 ? 'Resolved: ' : form === 'update' ? 'Still open: ' : ''
  return `${lead}${plural(items.length, what)} of ${services === 1 ? first.service : `${services} services`} (${counts.join(', ')})`
}

/** `high`, or `resolved` where all of it is. */
export function stateWord(message: AlertMessage): string {
  return message.items.length > 0 && message.items.every(isResolved) ? 'resolved' : worstOf(message)
}

/**
 * The item whose facts are shown: of several of one service what says something of the service as a whole, else the worst. Null where there are more services, in
 * a list of which each has its line.
 */
export function leadOf({ items }: AlertMessage): AlertItem | null {
  const [first] = items
  if (first === undefined || items.some(({ serviceId }) => serviceId !== first.serviceId)) return null
  return items.find((item) => item.endpoint === null && !isResolved(item)) ?? first
}

/** An item of a list. */
export function itemLine(item: AlertItem): string {
  return `${isResolved(item) ? 'resolved' : item.severity}: ${item.title}`
}

/** What is known of an item, as names with values, in the order in which people ask. */
export function factsOf(item: AlertItem): ReadonlyArray<readonly [name: string, value: string]> {
  const { endpoint, endpoints, service, firstSeen, lastSeen, count, dataClasses, labels, owner } = item
  const where =
    endpoint === null ? service : `${endpoint.method} ${service}${endpoint.template}${endpoint.operation === null ? '' : ` (${endpoint.operation})`}`
  return [
    ['Where', where],
    ['Kind', labels.length === 0 ? item.kind : `${item.kind} (${labels.join(', ')})`],
    ...(firstSeen === null ? [] : [['Since', `${minute(firstSeen)}${lastSeen === null ? '' : `, last ${minute(lastSeen)}`}`] as const]),
    ...(count === null ? [] : [['How much', plural(count, 'exchange')] as const]),
    ...(endpoints === null ? [] : [['Endpoints', endpointsText(endpoints)] as const]),
    ['Sensitive data', dataClasses.length === 0 ? 'none seen' : dataClasses.slice(0, classesShownMax).join(', ')],
    ['Owner', owner ?? 'nobody is named'],
  ]
}

/** Where REST shows it. */
export function linkOf({ endpoint, serviceId }: AlertItem, publicUrl: string): string {
  return `${publicUrl.replace(/\/+$/, '')}/api/v1/${endpoint === null ? `services/${serviceId}` : `endpoints/${endpoint.id}`}`
}

/** As much as fits, and a sign where something was left out. Never half a character. */
export function cut(text: string, charactersMax: number): string {
  return text.length <= charactersMax ? text : `${text.slice(0, charactersMax - 1).replace(/[\uD800-\uDBFF]$/, '')}…`
}

/** Items that a digest names; the others are counted. */
export const itemsShownMax = 20

const classesShownMax = 20

function prefixOf(item: AlertItem, form: AlertMessage['form']): string {
  if (isResolved(item)) return 'Resolved: '
  if (item.what === 'repeated') return 'Still open: '
  return item.what === 'changed' || form === 'update' ? 'Changed: ' : ''
}

function countOf(count: number, word: string): string[] {
  return count === 0 ? [] : [`${count} ${word}`]
}

function plural(count: number, word: string): string {
  return `${count} ${word}${count === 1 ? '' : 's'}`
}

function endpointsText({ total, first }: NonNullable<AlertItem['endpoints']>): string {
  const more = total - first.length
  return `${total}: ${first.join(', ')}${more > 0 ? ` and ${more} more` : ''}`
}

/** `2026-03-02 09:14 UTC` of RFC 3339. */
function minute(text: string): string {
  return `${text.slice(0, 16).replace('T', ' ')} UTC`
}
