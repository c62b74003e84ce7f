import { runThrough } from '../base/run_through.ts'
import { capturedIn, roundedShare } from '../observation/coverage.ts'
import type { Registry } from '../registry/registry.ts'
import type { Direction, Inventory, QuarantinedHosts, Service } from './inventory.ts'
import { foldedCount, readService, type SeenService } from './read_service.ts'
import type { InventoryState } from './state.ts'
import type { HostReading, StateReading } from './state_reading.ts'
import { correctionsFor, type Correction } from './template/corrections.ts'
import { unseenServices } from './unseen.ts'
import type { Dropped } from './visibility.ts'

/** What the user says of a service; all of it optional, nothing of it learned. */
export interface ServiceOptions {
  readonly name: string
  /** Authorities that are this service. */
  readonly hosts: readonly string[]
  readonly owner: string | null
  readonly direction: Direction | null
}

export interface ReadOptions {
  readonly services: readonly ServiceOptions[]
  /** What people decided of templates, in that order. */
  readonly corrections?: readonly Correction[]
}

const readOptionsDefault: ReadOptions = { services: [] }

/** The inventory that the state holds: a pure function, the same whatever the order and grouping in which the state was folded. */
export function readInventory(state: InventoryState, registry: Registry, options: ReadOptions = readOptionsDefault): Inventory {
  const reading = state.reading()
  const dropped = droppedIn(reading)
  const services: Service[] = []
  const hidden: number[] = []
  for (const seen of seenServices(reading, options.services)) {
    const corrections = correctionsFor(seen.name, options.corrections ?? [])
    const { service, hiddenExchanges } = runThrough(readService(seen, { registry, corrections, dropped }))
    if (service === null) hidden.push(hiddenExchanges)
    else services.push(service)
  }
  services.push(...unseenServices(registry, seenNames(services), dropped))
  return { window: reading.window, services: services.toSorted(byServiceName), quarantinedHosts: quarantinedHosts(reading, hidden), ...encryptedIn(reading) }
}

/** What stayed encrypted; nothing where all was read. */
export function encryptedIn({ encrypted }: StateReading): Pick<Inventory, 'encrypted'> {
  return encrypted.length === 0 ? {} : { encrypted }
}

/** Packets that the kernel dropped. */
export function droppedIn({ counters }: StateReading): Dropped {
  const { packets, droppedPackets } = capturedIn(counters)
  // Rounded, since all services are read anew where it changes.
  return { packets: droppedPackets, share: droppedPackets === 0 ? 0 : roundedShare(droppedPackets / (packets + droppedPackets)) }
}

/** Services with their hosts, in the order of their first host. */
export function seenServices({ hosts, folded }: StateReading, options: readonly ServiceOptions[]): readonly SeenService[] {
  const saidOf = new Map<string, ServiceOptions>()
  for (const said of options) for (const host of [said.name, ...said.hosts]) saidOf.set(host, said)
  const byName = new Map<string, { readonly hosts: HostReading[]; readonly said: ServiceOptions | null }>()
  for (const host of hosts) {
    const said = saidOf.get(host.name) ?? null
    const name = said?.name ?? host.name
    let service = byName.get(name)
    if (!service) byName.set(name, (service = { hosts: [], said }))
    service.hosts.push(host)
  }
  return [...byName].map(([name, { hosts: own, said }]) => ({ name, hosts: own, said, folded: own.flatMap((host) => folded.get(host.name) ?? []) }))
}

/** All names under which these are known. */
export function seenNames(services: ReadonlyArray<Pick<Service, 'name' | 'hosts'>>): ReadonlySet<string> {
  return new Set(services.flatMap(({ name, hosts }) => [...hosts, name]))
}

/** Hosts that are counted and not listed: with the exchanges of each that has observations, and those of which there is no more than a count. */
export function quarantinedHosts({ hosts, folded }: StateReading, hidden: readonly number[]): QuarantinedHosts {
  const seen = new Set(hosts.map(({ name }) => name))
  const lost = [...folded].filter(([host]) => !seen.has(host))
  return {
    hosts: hidden.length + lost.filter(([host]) => host !== '').length,
    exchanges: [...hidden, ...lost.map(([, own]) => foldedCount([own], 'exchanges') + foldedCount([own], 'unread'))].reduce((sum, count) => sum + count, 0),
  }
}

export function byServiceName(a: { readonly name: string }, b: { readonly name: string }): number {
  return a.name < b.name ? -1 : 1
}
