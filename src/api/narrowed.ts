import type { Decision } from '../finding/decision.ts'
import type { InventoryDocument, VisibilityDocument } from '../inventory/document.ts'
import { serviceId } from '../inventory/endpoint.ts'
import { forbidden } from './authenticate.ts'
import { serviceOfEvent } from './event_service.ts'
import type { ChangeEvent, DecisionDesk, InventoryView } from './view.ts'

/** What somebody sees who is limited to these services, named by name or id in lower case: nothing says that there are others. */
export function narrowedView(view: InventoryView, services: readonly string[]): InventoryView {
  const ids = new Set(services.map((service) => (/^svc_[0-9a-f]{16}$/.test(service) ? service : serviceId(service))))
  const tells = (event: ChangeEvent): boolean => ids.has(serviceOfEvent(event) ?? '')
  return {
    inventory: () => narrowed(view.inventory(), services),
    history: (subject, afterId, limit) => (subjectsOf(narrowed(view.inventory(), services)).has(subject) ? view.history(subject, afterId, limit) : []),
    // What is about the machine and all of its traffic has no part of a service.
    sources: () => [],
    counters: () => new Map(),
    alerts: { status: () => [], messages: () => [], retry: () => null },
    parked: () => null,
    past: {
      asOf(day) {
        const past = view.past.asOf(day)
        return past === null || past === 'now' ? past : narrowed(past, services)
      },
      oldest: () => view.past.oldest(),
    },
    events: (afterId, limit) => view.events(afterId, limit).filter(tells),
    tells,
    lastEventId: () => view.lastEventId(),
    onEvents: (listener) => view.onEvents(listener),
    decisions: narrowedDesk(view, services, ids),
    // One that speaks for others too would tell of them.
    specs: () =>
      view.specs().filter(({ spec, services: bound }) => {
        const all = [
          ...view
            .inventory()
            .services.filter(({ specs }) => specs.includes(spec.id))
            .map(({ id }) => id),
          ...bound.map(serviceId),
        ]
        return all.length > 0 && all.every((id) => ids.has(id))
      }),
    unready: () => view.unready(),
    ingest: null,
    otlp: null,
  }
}

/** What was decided of these services alone; others, and what is of all services, can neither be seen nor decided. */
function narrowedDesk(view: InventoryView, services: readonly string[], ids: ReadonlySet<string>): DecisionDesk {
  const { decisions } = view
  const isOurs = ({ id, body }: Pick<Decision, 'id' | 'body'>): boolean => {
    const shown = subjectsOf(narrowed(view.inventory(), services))
    switch (body.kind) {
      case 'finding':
        return shown.has(id)
      case 'suppression':
        return body.service === null ? shown.has(body.endpoint ?? '') : ids.has(body.service)
      case 'correction':
        return ids.has(serviceId(body.correction.service))
      case 'spec':
        return false
    }
  }
  return {
    all: () => decisions.all().filter(isOurs),
    count: () => decisions.count(),
    keep(change) {
      const gone = decisions.all().filter(({ id }) => change.drop.includes(id))
      if (![...change.put, ...gone].every(isOurs)) {
        throw forbidden('who asks is limited to some services: name one of these, or an endpoint of them', 'write')
      }
      decisions.keep(change)
    },
  }
}

/** The same object for the same services as long as the inventory is the same: ETags and indexes go by it. */
function narrowed(inventory: InventoryDocument, services: readonly string[]): InventoryDocument {
  let known = narrowedOnes.get(inventory)
  if (known === undefined) narrowedOnes.set(inventory, (known = new Map()))
  const key = services.toSorted().join('\n')
  let one = known.get(key)
  if (one === undefined) {
    one = newNarrowed(inventory, new Set(services))
    const [oldest] = known.keys()
    if (known.size >= limitsMax && oldest !== undefined) known.delete(oldest)
    known.set(key, one)
  }
  return one
}

const narrowedOnes = new WeakMap<InventoryDocument, Map<string, InventoryDocument>>()
/** Sets of services for which an inventory is held at once; the one that was made first is made anew when it is asked for again. */
const limitsMax = 64

function newNarrowed(inventory: InventoryDocument, limit: ReadonlySet<string>): InventoryDocument {
  const services = inventory.services.filter(({ id, name }) => limit.has(id) || limit.has(name))
  const ids = new Set(services.map(({ id }) => id))
  const endpoints = services.flatMap((service) => service.endpoints)
  const moments = (name: 'firstSeen' | 'lastSeen'): string[] => endpoints.flatMap((endpoint) => endpoint[name] ?? []).toSorted()
  return {
    ...inventory,
    window: { from: moments('firstSeen').at(0) ?? null, to: moments('lastSeen').at(-1) ?? null },
    services,
    findings: inventory.findings.filter(({ service }) => ids.has(service)),
    visibility: visibilityOf(inventory.visibility, services),
  }
}

/** Packets, flows and lines belong to no service: 0, which keeps every identity; exchanges are the sum of the services'. */
function visibilityOf(whole: VisibilityDocument, services: InventoryDocument['services']): VisibilityDocument {
  const sum = (count: (service: InventoryDocument['services'][number]) => number): number => services.reduce((total, service) => total + count(service), 0)
  const zero = Object.fromEntries(
    Object.entries(whole).map(([group, counts]) => [
      group,
      Object.fromEntries(Object.entries(counts ?? {}).map(([name, value]) => [name, typeof value === 'number' ? 0 : value])),
    ]),
  ) as unknown as VisibilityDocument
  const [exchanges, quarantined, unread] = [sum((one) => one.exchanges), sum((one) => one.quarantined), sum((one) => one.unread)]
  const { share: _, ...captured } = zero.coverage ?? {}
  return { ...zero, coverage: captured, http: { ...zero.http, exchanges, inEndpoints: exchanges - quarantined - unread, quarantined, unread } }
}

function subjectsOf(inventory: InventoryDocument): ReadonlySet<string> {
  let subjects = subjectsOfOnes.get(inventory)
  if (subjects === undefined) {
    const { services, findings } = inventory
    const endpoints = services.flatMap((service) => service.endpoints)
    subjectsOfOnes.set(inventory, (subjects = new Set([...services, ...endpoints, ...findings].map(({ id }) => id))))
  }
  return subjects
}

const subjectsOfOnes = new WeakMap<InventoryDocument, ReadonlySet<string>>()
