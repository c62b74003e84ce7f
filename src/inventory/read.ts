import type { Observation, ServiceCount } from '../observation/observation.ts'
import { histogramOf } from '../observation/part_sums.ts'
import type { Registry } from '../registry/registry.ts'
import type { Spec } from '../registry/spec.ts'
import { directionOf } from './direction.ts'
import { countBySource, headline } from './by_source.ts'
import { serviceId, spanOf } from './endpoint.ts'
import { placedEndpoints } from './placed.ts'
import type { Direction, Endpoint, Inventory, QuarantineReason, Service } from './inventory.ts'
import { isWebMedia } from './media.ts'
import { isUnknownHost } from './quarantine.ts'
import type { Folded, InventoryState } from './state.ts'
import { correctionsFor, type Correction, type Corrections } from './template/corrections.ts'
import { unseenEndpoints, unseenServices } from './unseen.ts'
import { encryptedServices } from './tls.ts'
import { visibilityOf } from './visibility.ts'

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
  const byHost = state.services()
  const folded = state.folded()
  const services: Service[] = []
  let hosts = 0
  let hiddenExchanges = 0
  const dropped = state.counters().get('packets.kernelDropped') ?? 0
  const seenHosts = new Set<string>()
  for (const seen of joined(byHost, options)) {
    const counts = sumCounts(seen.hosts.map((host) => state.visibilityOf(host)))
    const lost = seen.hosts.flatMap((host) => folded.get(host) ?? [])
    const specs = specsOf(registry, seen)
    const requests = seen.observations.filter(({ key }) => key.method !== '')
    if (specs.length === 0 && isUnknownHost(requests)) {
      hosts += 1
      hiddenExchanges += headline(countBySource(seen.observations)) + foldedCount(lost, 'exchanges') + foldedCount(lost, 'unread')
      continue
    }
    for (const host of seen.hosts) seenHosts.add(host)
    seenHosts.add(seen.name)
    const isOfPackets = seen.observations.some(({ key }) => key.source === 'packets')
    const corrections = correctionsFor(seen.name, options.corrections ?? [])
    services.push(serviceOf(seen, requests, lost, { counts, dropped: isOfPackets ? dropped : 0 }, specs, registry, corrections))
  }
  for (const [host, lost] of folded) {
    if (byHost.has(host)) continue
    hosts += host === '' ? 0 : 1
    hiddenExchanges += foldedCount([lost], 'exchanges') + foldedCount([lost], 'unread')
  }
  services.push(...unseenServices(registry, seenHosts, dropped))
  const window = spanOf([...byHost.values()].flat())
  const encrypted = encryptedServices(state.visibleServices(), (name) => state.visibilityOf(name))
  return {
    window,
    services: services.toSorted((a, b) => (a.name < b.name ? -1 : 1)),
    quarantinedHosts: { hosts, exchanges: hiddenExchanges },
    ...(encrypted.length === 0 ? {} : { encrypted }),
  }
}

/** A service's observations under all of its names. */
interface SeenService {
  readonly name: string
  readonly hosts: readonly string[]
  readonly observations: readonly Observation[]
  readonly said: ServiceOptions | null
}

function joined(byHost: ReadonlyMap<string, readonly Observation[]>, options: ReadOptions): readonly SeenService[] {
  const saidOf = new Map<string, ServiceOptions>()
  for (const said of options.services) for (const host of [said.name, ...said.hosts]) saidOf.set(host, said)
  const byName = new Map<string, { hosts: string[]; observations: Observation[]; said: ServiceOptions | null }>()
  for (const [host, observations] of byHost) {
    const said = saidOf.get(host) ?? null
    const name = said?.name ?? host
    let service = byName.get(name)
    if (!service) byName.set(name, (service = { hosts: [], observations: [], said }))
    service.hosts.push(host)
    for (const observation of observations) service.observations.push(observation)
  }
  return [...byName].map(([name, { hosts, observations, said }]) => ({ name, hosts: hosts.toSorted(), observations, said }))
}

function specsOf(registry: Registry, { name, hosts }: SeenService): readonly Spec[] {
  return [...new Set([name, ...hosts].flatMap((host) => registry.specsFor(host)))]
}

function serviceOf(
  seen: SeenService,
  requests: readonly Observation[],
  lost: readonly Folded[],
  { counts, dropped }: { readonly counts: ReadonlyMap<ServiceCount, number>; readonly dropped: number },
  specs: readonly Spec[],
  registry: Registry,
  corrections: Corrections | null,
): Service {
  const unread = headline(countBySource(seen.observations.filter(({ key }) => key.method === ''))) + foldedCount(lost, 'unread')
  const { endpoints, noise, catchAll } = placedEndpoints(seen.name, seen.hosts, requests, registry, corrections)
  const quarantine: Record<QuarantineReason, number> = { noise, catchAll, folded: foldedCount(lost, 'exchanges') }
  const quarantined = noise + catchAll + quarantine.folded
  const exchanges = endpoints.reduce((total, endpoint) => total + endpoint.exchanges, 0) + quarantined + unread
  const bytes = histogramOf(requests, 'requestBytes').sum + histogramOf(requests, 'responseBytes').sum
  const all = [...endpoints, ...unseenEndpoints(registry, seen.name, seen.hosts, endpoints)]
  return {
    id: serviceId(seen.name),
    name: seen.name,
    hosts: seen.hosts,
    direction: seen.said?.direction ?? directionOf(requests),
    kinds: kindsOf(endpoints, requests),
    owner: seen.said?.owner ?? null,
    specs: specs.map(({ id }) => id).toSorted(),
    exchanges,
    quarantined,
    quarantine,
    unread,
    visibility: visibilityOf(counts, exchanges, bytes, dropped),
    endpoints: all.toSorted(byTemplate),
  }
}

/** Folded exchanges no longer say what they were: kinds of sources cannot be compared, so the larger one counts. */
function foldedCount(lost: readonly Folded[], what: keyof Folded): number {
  return Math.max(...(['packets', 'logs'] as const).map((source) => lost.reduce((total, folded) => total + folded[what][source], 0)), 0)
}

/** `web` where all successes are pages or static files; unknown media types, as in logs, count as API. */
function kindsOf(endpoints: readonly Endpoint[], requests: readonly Observation[]): readonly string[] {
  const successes = requests.filter(({ key }) => key.status >= 200 && key.status < 300)
  const web = successes.length > 0 && successes.every(({ key }) => isWebMedia(key.responseMediaType))
  if (web) return ['web']
  const kinds = new Set(endpoints.map(({ kind }) => kind))
  kinds.delete('static')
  return [...kinds].toSorted()
}

function sumCounts(all: readonly ReadonlyMap<ServiceCount, number>[]): ReadonlyMap<ServiceCount, number> {
  const sum = new Map<ServiceCount, number>()
  for (const counts of all) for (const [name, count] of counts) sum.set(name, (sum.get(name) ?? 0) + count)
  return sum
}

function byTemplate(a: Endpoint, b: Endpoint): number {
  return compare(a.template, b.template) || compare(a.method, b.method)
}

function compare(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0
}
