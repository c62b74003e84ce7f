import type { ChangeEvent, InventoryView } from '../../src/api/view.ts'
import { serviceId } from '../../src/inventory/endpoint.ts'

/** A table of events as the store has it: ids rise, and what was pruned is missing. `asked` counts the events that were read of it. */
export interface EventTable extends Pick<InventoryView, 'events' | 'lastEventId' | 'onEvents'> {
  add(count: number): void
  prune(from: number, to: number): void
  asked(): number
  listeners(): number
}

/** Events of endpoints and findings of two services in turn. */
export function eventTable(): EventTable {
  let last = 0
  let asked = 0
  const pruned: Array<readonly [from: number, to: number]> = []
  const listeners = new Set<() => void>()
  const isKept = (id: number): boolean => !pruned.some(([from, to]) => id >= from && id <= to)
  return {
    events(afterId, limit) {
      const events: ChangeEvent[] = []
      for (let id = afterId + 1; id <= last && events.length < limit; id += 1) if (isKept(id)) events.push(eventOf(id))
      asked += events.length
      return events
    },
    lastEventId: () => last,
    onEvents(listener) {
      listeners.add(listener)
      return () => listeners.delete(listener)
    },
    add(count) {
      last += count
      for (const listener of listeners) listener()
    },
    prune: (from, to) => void pruned.push([from, to]),
    asked: () => asked,
    listeners: () => listeners.size,
  }
}

const services = ['a.example.com', 'b.example.com']

function eventOf(id: number): ChangeEvent {
  const service = services[id % 2] ?? ''
  return id % 3 === 0
    ? { id, atMs: 1_772_442_000_000, kind: 'finding', subject: `fnd_${id}`, what: 'opened', details: { service: serviceId(service) } }
    : { id, atMs: 1_772_442_000_000, kind: 'endpoint', subject: `ep_${id}`, what: 'appeared', details: { service, method: 'GET', template: `/${id}` } }
}
