import { compileRegistry } from './compile_registry.ts'
import { allServers, isAnchored, serverCovers } from './host.ts'
import { compareText } from './order.ts'
import type { Bindings, Registry } from './registry.ts'
import type { Spec } from './spec.ts'
import { parseTemplate } from './template.ts'

/** What was seen of a service: methods and path shapes. */
export interface SeenPath {
  readonly method: string
  readonly pathShape: string
}

/**
 * Binds specs whose servers name no host (or a developer's machine, or a variable) to the services whose paths they explain.
 * The evidence is the number of distinct operations with a literal segment that were seen. A service counts where it has at least half of the best
 * one's; a single operation seen on several services (a health check, usually) tells nothing, unless it is all that the spec has.
 * Specs that cover a seen service by their host are left alone; a spec without evidence is bound to nothing. In pieces, a service each.
 */
export function* bindingByOverlap(specs: readonly Spec[], services: ReadonlyMap<string, readonly SeenPath[]>): Generator<void, Bindings> {
  const bindings = new Map<string, readonly string[]>()
  for (const spec of specs) {
    if (isAnchored(spec) || coversByHost(spec, services.keys())) continue
    const registry = compileRegistry([spec], { bindings: new Map([[spec.id, [anyService]]]) })
    const scores: Array<{ readonly service: string; readonly score: number }> = []
    for (const [service, paths] of services) {
      const score = evidence(registry, paths)
      if (score > 0) scores.push({ service, score })
      yield
    }
    const most = Math.max(0, ...scores.map(({ score }) => score))
    if (most === 0 || (most === 1 && scores.length > 1 && spec.operations.length > 1)) continue
    bindings.set(
      spec.id,
      scores
        .filter(({ score }) => score * 2 >= most)
        .map(({ service }) => service)
        .toSorted(compareText),
    )
  }
  return bindings
}

function coversByHost(spec: Spec, services: Iterable<string>): boolean {
  const servers = allServers(spec)
  return [...services].some((service) => servers.some((server) => serverCovers(server, service)))
}

/** The spec alone, bound to a stand-in: its paths are the same on every service. */
const anyService = ''

function evidence(registry: Registry, paths: readonly SeenPath[]): number {
  const seen = new Set<string>()
  for (const { method, pathShape } of paths) {
    const match = registry.match(anyService, method, pathShape)
    if (match === null || match.via !== 'operation' || match.suspicions.length > 0) continue
    if (parseTemplate(match.template).some((segment) => segment.literal !== null)) seen.add(`${match.operation.method} ${match.template}`)
  }
  return seen.size
}
