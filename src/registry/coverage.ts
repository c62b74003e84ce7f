import { compareText } from './order.ts'
import { allServers, serverCovers } from './host.ts'
import type { Bindings } from './registry.ts'
import type { Server, Spec } from './spec.ts'
import { compareVersions } from './versions.ts'

/** A spec on a service: under which base paths. */
export interface Coverage {
  readonly spec: Spec
  /** Servers that count here: all of them where the user bound the spec, else those whose host covers the service. */
  readonly servers: ReadonlySet<Server>
}

/** The specs that cover a service, newest version first within a title. */
export function coverageOf(specs: readonly Spec[], bindings: Bindings, service: string): Coverage[] {
  const found: Coverage[] = []
  for (const spec of specs) {
    const bound = bindings.get(spec.id)
    if (bound !== undefined && !bound.includes(service)) continue
    const servers = allServers(spec).filter((server) => bound !== undefined || serverCovers(server, service))
    if (servers.length > 0) found.push({ spec, servers: new Set(servers) })
  }
  return found
}

/** One of each id, by title, then newest version, then id: the order in which specs were registered changes nothing. */
export function sortedSpecs(specs: readonly Spec[]): Spec[] {
  const byOrigin = specs.toSorted((a, b) => compareText(a.origin, b.origin))
  const unique = new Map<string, Spec>()
  for (const spec of byOrigin) if (!unique.has(spec.id)) unique.set(spec.id, spec)
  return [...unique.values()].toSorted((a, b) => compareText(titleOf(a), titleOf(b)) || compareVersions(b.version, a.version) || compareText(a.id, b.id))
}

/** Two documents of one title are versions of one another. */
export function titleOf(spec: Spec): string {
  return spec.title.trim().replaceAll(/\s+/g, ' ').toLowerCase()
}
