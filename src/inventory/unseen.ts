import type { RegisteredTemplate, Registry } from '../registry/registry.ts'
import type { Operation } from '../registry/spec.ts'
import { endpointId, endpointOf, serviceId } from './endpoint.ts'
import type { Endpoint, Service } from './inventory.ts'
import { skeletonOf } from './template/segment.ts'
import { visibilityOf, type Dropped } from './visibility.ts'

/**
 * Documented operations of a service that were not seen below any of their base paths, as endpoints without exchanges, each once. Operations that a newer
 * spec dropped are not missed.
 */
export function unseenEndpoints(registry: Registry, serviceName: string, hosts: readonly string[], seen: readonly Endpoint[]): readonly Endpoint[] {
  const known = new Set(seen.map(({ id }) => id))
  const documented = new Set(seen.flatMap((endpoint) => (endpoint.documented ? [operationKey(endpoint.method, endpoint.documented.template)] : [])))
  const seenOperations = new Set(seen.flatMap(({ documented }) => (documented?.via === 'operation' ? [documented.operation] : [])))
  const unseen: Endpoint[] = []
  for (const registered of onceEach(
    [serviceName, ...hosts].flatMap((name) => registry.templates(name)),
    seen,
  )) {
    if (seenOperations.has(registered.operation)) continue
    const id = endpointId(serviceName, registered.method, registered.template)
    if (known.has(id) || registered.removedInNewerSpec || documented.has(operationKey(registered.method, registered.template))) continue
    known.add(id)
    unseen.push(unseenEndpoint(serviceName, registered))
  }
  return unseen
}

/** Each operation below one base path: one that traffic uses for the spec, else the first of its servers. */
function onceEach(all: readonly RegisteredTemplate[], seen: readonly Endpoint[]): RegisteredTemplate[] {
  const seenTemplates = new Map(seen.flatMap(({ documented }) => (documented === null ? [] : [[documented.template, documented.spec]])))
  const used = new Set(all.flatMap(({ template, spec, basePath }) => (seenTemplates.get(template) === spec ? [`${spec.id} ${basePath}`] : [])))
  const rank = ({ spec, operation, basePath }: RegisteredTemplate): number =>
    used.has(`${spec.id} ${basePath}`) ? -1 : operation.servers.findIndex((server) => server.basePath === basePath)
  const best = new Map<Operation, RegisteredTemplate>()
  for (const registered of all) {
    const known = best.get(registered.operation)
    if (known === undefined || rank(registered) < rank(known)) best.set(registered.operation, registered)
  }
  return all.filter((registered) => best.get(registered.operation) === registered)
}

/** Services that only specs know: the first absolute server of a spec of which no server was seen. `dropped` are packets that the kernel dropped. */
export function unseenServices(registry: Registry, seenHosts: ReadonlySet<string>, dropped: Dropped): readonly Service[] {
  const services = new Map<string, Service>()
  for (const spec of registry.specs) {
    const hosts = spec.servers.flatMap(({ host }) => (host === null || host.includes('*') ? [] : [host]))
    const [name] = hosts
    const covered = [...seenHosts].some((host) => registry.specsFor(host).some(({ id }) => id === spec.id))
    if (name === undefined || covered || services.has(name) || seenHosts.has(name)) continue
    const endpoints = unseenEndpoints(registry, name, [], [])
    if (endpoints.length === 0) continue
    services.set(name, {
      id: serviceId(name),
      name,
      hosts: [name],
      direction: 'unknown',
      kinds: ['rest'],
      owner: null,
      specs: registry
        .specsFor(name)
        .map(({ id }) => id)
        .toSorted(),
      exchanges: 0,
      quarantined: 0,
      quarantine: { noise: 0, catchAll: 0, folded: 0 },
      unread: 0,
      visibility: visibilityOf(new Map(), 0, 0, dropped),
      endpoints,
    })
  }
  return [...services.values()]
}

function unseenEndpoint(serviceName: string, registered: RegisteredTemplate): Endpoint {
  const { spec, operation, template, removedInNewerSpec, method } = registered
  const decisions = [...template.split('/').slice(1).entries()].flatMap(([segment, text]) =>
    [...text.matchAll(/\{([^{}]+)\}/g)].map((match) => ({
      segment,
      name: (match[1] ?? '').replace(/\+$/, ''),
      rule: 'spec' as const,
      distinct: 0,
      confidence: 1,
    })),
  )
  const documented = { spec, operation, template, via: 'operation' as const, removedInNewerSpec }
  return { ...endpointOf(serviceName, method, { text: template, decisions, settled: [], aliases: [] }, [], documented), parameters: [] }
}

function operationKey(method: string, template: string): string {
  return `${method} ${skeletonOf(template)}`
}
