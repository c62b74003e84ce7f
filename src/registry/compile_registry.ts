import { coverageOf, sortedSpecs } from './coverage.ts'
import { allServers } from './host.ts'
import { compareText } from './order.ts'
import type { OperationMatch, Registry, RegistryOptions } from './registry.ts'
import { ServicePaths } from './service_paths.ts'
import type { Spec } from './spec.ts'
import { parseTemplate, pathSegments, type TemplateSegment } from './template.ts'

/** Services whose tables are kept; beyond it all are forgotten and built again when asked for. */
const servicesMax = 10_000
const gatewaySegmentsMax = 4

/** Compiles specs for look-up. A service's table is built when it is first asked for; services under the same servers share one. */
export function compileRegistry(specs: readonly Spec[], options: Partial<RegistryOptions> = {}): Registry {
  const sorted = sortedSpecs(specs)
  const bindings = options.bindings ?? new Map<string, readonly string[]>()
  const prefixMax = Math.min(options.gatewayPrefixSegmentsMax ?? 0, gatewaySegmentsMax)
  const tables = new Map<string, { readonly specs: readonly Spec[]; readonly paths: ServicePaths }>()
  const shared = new Map<string, { readonly specs: readonly Spec[]; readonly paths: ServicePaths }>()

  const tableFor = (service: string): { readonly specs: readonly Spec[]; readonly paths: ServicePaths } => {
    const known = tables.get(service)
    if (known !== undefined) return known
    if (tables.size >= servicesMax) {
      tables.clear()
      shared.clear()
    }
    const coverage = coverageOf(sorted, bindings, service)
    const signature = coverage
      .map(({ spec, servers }) => `${spec.id} ${[...servers].map((server) => `${server.host ?? ''} ${server.basePath}`).join(' ')}`)
      .join('\n')
    const table = shared.get(signature) ?? { specs: coverage.map(({ spec }) => spec), paths: new ServicePaths(coverage) }
    shared.set(signature, table)
    tables.set(service, table)
    return table
  }

  return {
    specs: sorted,
    specsFor: (service) => tableFor(service).specs,
    match: (service, method, pathShape) => withPrefixes(pathShape, prefixMax, (path) => tableFor(service).paths.match(method, path)),
    matchPath: (service, pathShape) => tableFor(service).paths.matchPath(shapeSegments(pathShape)),
    templates: (service) => tableFor(service).paths.templates,
    literals: () => literalsOf(sorted),
  }
}

/** Tries the path as it is, then without its first literal segments, which a gateway may have put there. */
function withPrefixes(pathShape: string, prefixMax: number, look: (path: readonly string[]) => OperationMatch | null): OperationMatch | null {
  const path = shapeSegments(pathShape)
  for (let dropped = 0; dropped <= prefixMax && dropped <= path.length; dropped += 1) {
    if (dropped > 0 && path[dropped - 1]?.startsWith('{') === true) return null
    const match = look(path.slice(dropped))
    if (match === null) continue
    return dropped === 0 ? match : below(match, path.slice(0, dropped))
  }
  return null
}

function below(match: OperationMatch, prefix: readonly string[]): OperationMatch {
  const text = `/${prefix.join('/')}`
  const moved = <T extends { readonly segment: number }>(place: T): T => ({ ...place, segment: place.segment + prefix.length })
  return {
    ...match,
    template: text + match.template,
    basePath: text + match.basePath,
    bindings: match.bindings.map(moved),
    suspicions: match.suspicions.map(moved),
  }
}

/** Segments of a path shape; unreserved characters are decoded as in templates, `{class}` stays. */
function shapeSegments(pathShape: string): string[] {
  return pathSegments(pathShape).map((segment) => (segment.includes('%') ? (parseTemplate(segment)[0]?.literal ?? segment) : segment))
}

function literalsOf(specs: readonly Spec[]): string[] {
  const literals = new Set<string>()
  const add = (segments: readonly TemplateSegment[]): void => {
    for (const segment of segments) if (segment.literal !== null) literals.add(segment.literal)
  }
  for (const spec of specs) {
    for (const server of allServers(spec)) add(parseTemplate(server.basePath))
    for (const operation of spec.operations) add(parseTemplate(operation.template))
  }
  return [...literals].toSorted(compareText)
}
