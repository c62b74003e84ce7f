import type { Observation } from '../observation/observation.ts'
import type { Registry } from '../registry/registry.ts'
import type { Spec } from '../registry/spec.ts'
import { directionOf } from './address.ts'
import { countBySource, headline } from './by_source.ts'
import { documentedAs } from './documented.ts'
import { endpointOf, serviceId, spanOf } from './endpoint.ts'
import type { Direction, Endpoint, Inventory, QuarantineReason, Service } from './inventory.ts'
import { isWebMedia } from './media.ts'
import { catchAllPaths, isNoise, isUnknownHost } from './quarantine.ts'
import { Router } from './router.ts'
import type { Folded, InventoryState } from './state.ts'
import { evidenceOf } from './template/observed.ts'
import { skeletonOf } from './template/segment.ts'
import { templatesOf } from './template/templates.ts'
import type { Template } from './template/templates.ts'
import { unseenEndpoints, unseenServices } from './unseen.ts'
import { visibilityOf } from './visibility.ts'
import type { ServiceCount } from '../observation/observation.ts'

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
}

export const readOptionsDefault: ReadOptions = { services: [] }

/** The inventory that the state holds: a pure function, the same whatever the order and grouping in which the state was folded. */
export function readInventory(state: InventoryState, registry: Registry, options: ReadOptions = readOptionsDefault): Inventory {
  const byHost = state.services()
  const folded = state.folded()
  const services: Service[] = []
  let hosts = 0
  let hiddenExchanges = 0
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
    services.push(serviceOf(seen, requests, lost, counts, specs, registry))
  }
  for (const [host, lost] of folded) {
    if (byHost.has(host)) continue
    hosts += host === '' ? 0 : 1
    hiddenExchanges += foldedCount([lost], 'exchanges') + foldedCount([lost], 'unread')
  }
  services.push(...unseenServices(registry, seenHosts))
  const window = spanOf([...byHost.values()].flat())
  return { window, services: services.toSorted((a, b) => (a.name < b.name ? -1 : 1)), quarantinedHosts: { hosts, exchanges: hiddenExchanges } }
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
  return [...byName].map(([name, service]) => ({ name, ...service, hosts: service.hosts.toSorted() }))
}

function specsOf(registry: Registry, { name, hosts }: SeenService): readonly Spec[] {
  return [...new Set([name, ...hosts].flatMap((host) => registry.specsFor(host)))]
}

function serviceOf(
  seen: SeenService,
  requests: readonly Observation[],
  lost: readonly Folded[],
  counts: ReadonlyMap<ServiceCount, number>,
  specs: readonly Spec[],
  registry: Registry,
): Service {
  const unread = headline(countBySource(seen.observations.filter(({ key }) => key.method === ''))) + foldedCount(lost, 'unread')
  const { endpoints, noise, catchAll } = endpointsOf(seen, requests, registry)
  const quarantine: Record<QuarantineReason, number> = { noise, catchAll, folded: foldedCount(lost, 'exchanges') }
  const quarantined = noise + catchAll + quarantine.folded
  const exchanges = endpoints.reduce((total, endpoint) => total + endpoint.exchanges, 0) + quarantined + unread
  const bytes = requests.reduce((total, { requestBytes, responseBytes }) => total + requestBytes.sum + responseBytes.sum, 0)
  const all = [...endpoints, ...unseenEndpoints(registry, seen.name, seen.hosts, endpoints)]
  return {
    id: serviceId(seen.name),
    name: seen.name,
    hosts: seen.hosts,
    direction: seen.said?.direction ?? directionOf([...new Set(requests.map(({ key }) => key.server))]),
    kinds: kindsOf(endpoints, requests),
    owner: seen.said?.owner ?? null,
    specs: specs.map(({ id }) => id).toSorted(),
    exchanges,
    quarantined,
    quarantine,
    unread,
    visibility: visibilityOf(counts, exchanges, bytes),
    endpoints: all.toSorted(byTemplate),
  }
}

function endpointsOf(seen: SeenService, requests: readonly Observation[], registry: Registry): { endpoints: readonly Endpoint[]; noise: number; catchAll: number } {
  const names = [seen.name, ...seen.hosts]
  const registeredPath = (path: string): ReturnType<Registry['matchPath']> => firstOf(names, (name) => registry.matchPath(name, path))
  const byPath = Map.groupBy(requests, ({ key }) => key.path)
  const registered = new Set([...byPath.keys()].filter((path) => registeredPath(path) !== null))
  const unknown = new Map([...byPath].filter(([path, own]) => !registered.has(path) && !isNoise(own)))
  const caught = catchAllPaths(unknown)
  const evidence = [...byPath].filter(([path]) => registered.has(path) || (unknown.has(path) && !caught.has(path)))
  const templates = templatesOf(
    evidence.map(([path, own]) => evidenceOf(path, own)),
    [...new Set(names.flatMap((name) => registry.templates(name).map(({ template }) => template)))],
    (path) => {
      const match = registeredPath(path)
      return match && match.suspicions.length === 0 ? match : null
    },
  )
  const groups = new Map<string, { method: string; template: Template; observations: Observation[] }>()
  const router = new Router<Template>()
  const methods = new Set<string>()
  const place = (template: Template, observation: Observation): void => {
    const name = `${observation.key.method} ${skeletonOf(template.text)}`
    let group = groups.get(name)
    if (!group) groups.set(name, (group = { method: observation.key.method, template, observations: [] }))
    group.observations.push(observation)
  }
  for (const [path, own] of evidence) {
    const template = templates.get(path)
    if (!template) continue
    router.add(template.text, template)
    for (const observation of own) {
      methods.add(`${observation.key.method} ${template.text}`)
      place(template, observation)
    }
  }
  const noise: Observation[] = []
  for (const [path, own] of byPath) {
    if (registered.has(path) || unknown.has(path)) continue
    for (const observation of own) {
      const template = router.find(path, ({ text }) => methods.has(`${observation.key.method} ${text}`))
      if (template) place(template, observation)
      else noise.push(observation)
    }
  }
  const catchAll = [...caught].flatMap((path) => unknown.get(path) ?? [])
  const endpoints = [...groups.values()].map(({ method, template, observations }) => {
    const paths = [...new Set(observations.map(({ key }) => key.path))].toSorted()
    return endpointOf(seen.name, method, template, observations, documentedAs(registry, names, method, template.text, paths))
  })
  return { endpoints, noise: quarantinedCount(noise), catchAll: quarantinedCount(catchAll) }
}

/** Quarantined exchanges, what two source kinds saw of one method and path counted once. */
function quarantinedCount(observations: readonly Observation[]): number {
  const groups = Map.groupBy(observations, ({ key }) => `${key.method} ${key.path}`)
  return [...groups.values()].reduce((total, own) => total + headline(countBySource(own)), 0)
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

function firstOf<T>(names: readonly string[], read: (name: string) => T | null): T | null {
  for (const name of names) {
    const found = read(name)
    if (found !== null) return found
  }
  return null
}

function byTemplate(a: Endpoint, b: Endpoint): number {
  return compare(a.template, b.template) || compare(a.method, b.method)
}

function compare(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0
}
