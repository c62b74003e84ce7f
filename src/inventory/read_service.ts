import type { Observation, ServiceCount } from '../observation/observation.ts'
import { histogramOf } from '../observation/part_sums.ts'
import type { Registry } from '../registry/registry.ts'
import type { Spec } from '../registry/spec.ts'
import { countBySource, headline } from './by_source.ts'
import { directionOf } from './direction.ts'
import { serviceId } from './endpoint.ts'
import type { Direction, Endpoint, QuarantineReason, Service } from './inventory.ts'
import { isWebMedia } from './media.ts'
import { placedEndpoints } from './placed.ts'
import { isUnknownHost } from './quarantine.ts'
import type { Folded, HostReading } from './state_reading.ts'
import type { Corrections } from './template/corrections.ts'
import { unseenEndpoints } from './unseen.ts'
import { noneDropped, visibilityOf, type Dropped } from './visibility.ts'

/** A service with what the state has of its hosts. */
export interface SeenService {
  readonly name: string
  readonly hosts: readonly HostReading[]
  readonly folded: readonly Folded[]
  readonly said: { readonly owner: string | null; readonly direction: Direction | null } | null
}

/** What a service is read with, beside what was seen of it. */
export interface ServiceBasis {
  readonly registry: Registry
  readonly corrections: Corrections | null
  /** Packets that the kernel dropped, whosever they were. */
  readonly dropped: Dropped
}

export interface ReadService {
  /** Null for a host name that was only ever answered 4xx. */
  readonly service: Service | null
  /** Of such a host. */
  readonly hiddenExchanges: number
  /** Whether `dropped` is part of what is said of it. */
  readonly isOfPackets: boolean
}

/** Reads one service, in pieces: some have thousands of endpoints. */
export function* readService(seen: SeenService, { registry, corrections, dropped }: ServiceBasis): Generator<void, ReadService> {
  const hosts = seen.hosts.map(({ name }) => name).toSorted()
  const observations = seen.hosts.flatMap((host) => host.observations())
  yield
  const specs = specsOf(registry, seen.name, hosts)
  const requests = observations.filter(({ key }) => key.method !== '')
  const isOfPackets = observations.some(({ key }) => key.source === 'packets')
  if (specs.length === 0 && isUnknownHost(requests)) {
    const hiddenExchanges = headline(countBySource(observations)) + foldedCount(seen.folded, 'exchanges') + foldedCount(seen.folded, 'unread')
    return { service: null, hiddenExchanges, isOfPackets }
  }
  const unread = headline(countBySource(observations.filter(({ key }) => key.method === ''))) + foldedCount(seen.folded, 'unread')
  const { endpoints, noise, catchAll } = yield* placedEndpoints(seen.name, hosts, requests, registry, corrections)
  const quarantine: Record<QuarantineReason, number> = { noise, catchAll, folded: foldedCount(seen.folded, 'exchanges') }
  const quarantined = noise + catchAll + quarantine.folded
  const exchanges = endpoints.reduce((total, endpoint) => total + endpoint.exchanges, 0) + quarantined + unread
  const bytes = histogramOf(requests, 'requestBytes').sum + histogramOf(requests, 'responseBytes').sum
  const all = [...endpoints, ...unseenEndpoints(registry, seen.name, hosts, endpoints)]
  const service: Service = {
    id: serviceId(seen.name),
    name: seen.name,
    hosts,
    direction: seen.said?.direction ?? directionOf(requests),
    kinds: kindsOf(endpoints, requests),
    owner: seen.said?.owner ?? null,
    specs: specs.map(({ id }) => id).toSorted(),
    exchanges,
    quarantined,
    quarantine,
    unread,
    visibility: visibilityOf(sumCounts(seen.hosts.map(({ visibility }) => visibility)), exchanges, bytes, isOfPackets ? dropped : noneDropped),
    endpoints: all.toSorted(byTemplate),
  }
  return { service, hiddenExchanges: 0, isOfPackets }
}

function specsOf(registry: Registry, name: string, hosts: readonly string[]): readonly Spec[] {
  return [...new Set([name, ...hosts].flatMap((host) => registry.specsFor(host)))]
}

/** Folded exchanges no longer say what they were: kinds of sources cannot be compared, so the larger one counts. */
export function foldedCount(lost: readonly Folded[], what: keyof Folded): number {
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
  return compare(a.template, b.template) || compare(a.method, b.method) || compare(a.operation ?? '', b.operation ?? '') || compare(a.kind, b.kind)
}

function compare(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0
}
