import type { InventoryDocument, VisibilityDocument } from '../inventory/document.ts'
import type { InventoryView } from './view.ts'

/** What somebody sees who is limited to these services, named by name or id in lower case: nothing says that there are others. */
export function narrowedView(view: InventoryView, services: readonly string[]): InventoryView {
  return {
    inventory: () => narrowed(view.inventory(), services),
    history: (subject, afterId, limit) => (subjectsOf(narrowed(view.inventory(), services)).has(subject) ? view.history(subject, afterId, limit) : []),
    // What is about the machine and all of its traffic has no part of a service.
    sources: () => [],
    counters: () => new Map(),
    alerts: () => [],
    parked: () => null,
    past: {
      asOf(day) {
        const past = view.past.asOf(day)
        return past === null || past === 'now' ? past : narrowed(past, services)
      },
      oldest: () => view.past.oldest(),
    },
    unready: () => view.unready(),
    ingest: null,
    otlp: null,
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
      Object.fromEntries(Object.entries(counts).map(([name, value]) => [name, typeof value === 'number' ? 0 : value])),
    ]),
  ) as unknown as VisibilityDocument
  const [exchanges, quarantined, unread] = [sum((one) => one.exchanges), sum((one) => one.quarantined), sum((one) => one.unread)]
  return { ...zero, http: { ...zero.http, exchanges, inEndpoints: exchanges - quarantined - unread, quarantined, unread } }
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
