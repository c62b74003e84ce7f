import { titleOf, type Coverage } from './coverage.ts'
import { compareText } from './order.ts'
import { fitOf, valueRule, type ValueRule } from './path_shape.ts'
import { PathTree, slotNames, type Candidate } from './path_tree.ts'
import type { OperationMatch, PathBinding, PathMatch, RegisteredTemplate, Suspicion } from './registry.ts'
import type { Operation, Server, Spec } from './spec.ts'
import { parseTemplate, type TemplateSegment } from './template.ts'
import { compareVersions, withoutVersion } from './versions.ts'

/** Base paths and operations that one service's table may hold together; what lies beyond is left out. */
const entriesMax = 200_000

/** Everything registered for one service, ready for look-up. */
export class ServicePaths {
  readonly templates: readonly RegisteredTemplate[]
  readonly #tree: PathTree<PathEntry> = new PathTree()

  constructor(coverage: readonly Coverage[]) {
    const entries = coverage.flatMap(({ spec, servers }) => pathEntries(spec, servers)).slice(0, entriesMax)
    markRemoved(entries)
    for (const entry of entries) this.#tree.add(entry.segments, entry)
    this.templates = entries.flatMap(registeredTemplates).toSorted((a, b) => compareText(a.template, b.template) || compareText(a.method, b.method))
  }

  match(method: string, path: readonly string[]): OperationMatch | null {
    return best(
      this.#tree.find(path),
      (entry) => {
        const found = operationFor(entry, method)
        return found === null ? null : found.operation
      },
      (entry, operation, match) => {
        const via = operationFor(entry, method)?.via ?? 'operation'
        return { ...match, operation, via, removedInNewerSpec: entry.removed.has(operation) }
      },
    )
  }

  matchPath(path: readonly string[]): PathMatch | null {
    return best(
      this.#tree.find(path),
      (entry) => [...entry.operations.values()][0] ?? null,
      (_entry, _operation, match) => match,
    )
  }
}

/** All operations of one path of one spec below one base path. */
interface PathEntry {
  readonly spec: Spec
  readonly basePath: string
  readonly template: string
  readonly segments: readonly TemplateSegment[]
  /** A name for each slot of a candidate. */
  readonly names: readonly string[]
  readonly operations: ReadonlyMap<string, Operation>
  readonly rules: ReadonlyMap<Operation, readonly ValueRule[]>
  /** Filled once, when all entries are known. */
  readonly removed: Set<Operation>
}

interface PathGroup {
  readonly basePath: string
  readonly template: string
  readonly segments: readonly TemplateSegment[]
  readonly operations: Map<string, Operation>
}

function pathEntries(spec: Spec, servers: ReadonlySet<Server>): PathEntry[] {
  const groups = new Map<string, PathGroup>()
  for (const operation of spec.operations) {
    const basePaths = new Set(operation.servers.filter((server) => servers.has(server)).map((server) => server.basePath))
    for (const basePath of basePaths) {
      const segments = parseTemplate(basePath + operation.template)
      const template = `/${segments.map((segment) => segment.source).join('/')}`
      const key = `${basePath}\n${template}`
      const group = groups.get(key) ?? { basePath, template, segments, operations: new Map<string, Operation>() }
      // Some documents tell operations apart by what stands behind `?` or `#`: no path does, so the first stands for them.
      if (!group.operations.has(operation.method)) group.operations.set(operation.method, operation)
      groups.set(key, group)
    }
  }
  return [...groups.values()].map(({ basePath, template, segments, operations }) => {
    const names = slotNames(segments)
    const rules = new Map([...operations.values()].map((operation) => [operation, names.map((name) => ruleFor(spec, operation, name))]))
    return { spec, basePath, template, segments, names, operations, rules, removed: new Set<Operation>() }
  })
}

function ruleFor(spec: Spec, operation: Operation, name: string): ValueRule {
  const parameter = operation.parameters.find((candidate) => candidate.in === 'path' && candidate.name === name)
  return valueRule(spec, parameter?.schema ?? true)
}

function operationFor(entry: PathEntry, method: string): { readonly operation: Operation; readonly via: OperationMatch['via'] } | null {
  const own = entry.operations.get(method)
  if (own !== undefined) return { operation: own, via: 'operation' }
  const get = method === 'HEAD' ? entry.operations.get('GET') : undefined
  if (get !== undefined) return { operation: get, via: 'head' }
  const any = method === 'OPTIONS' ? [...entry.operations.values()][0] : undefined
  return any === undefined ? null : { operation: any, via: 'preflight' }
}

/** The first clean match in order of preference, else the first with suspicions. */
function best<M extends PathMatch>(
  candidates: readonly Candidate<PathEntry>[],
  operationOf: (entry: PathEntry) => Operation | null,
  finish: (entry: PathEntry, operation: Operation, match: PathMatch) => M,
): M | null {
  let fallback: M | null = null
  for (const candidate of candidates) {
    let choice: { readonly entry: PathEntry; readonly operation: Operation; readonly match: PathMatch } | null = null
    for (const entry of candidate.entries) {
      const operation = operationOf(entry)
      const match = operation === null ? null : bind(entry, operation, candidate)
      if (operation === null || match === null) continue
      const offer = { entry, operation, match }
      if (choice === null || isBetter(offer, choice)) choice = offer
    }
    if (choice === null) continue
    const found = finish(choice.entry, choice.operation, choice.match)
    if (found.suspicions.length === 0) return found
    fallback ??= found
  }
  return fallback
}

interface Offer {
  readonly entry: PathEntry
  readonly operation: Operation
  readonly match: PathMatch
}

/** Cleaner first, then what is still in the newest version, then the narrower parameters; else the earlier spec stays. */
function isBetter(a: Offer, b: Offer): boolean {
  const difference =
    a.match.suspicions.length - b.match.suspicions.length ||
    Number(a.entry.removed.has(a.operation)) - Number(b.entry.removed.has(b.operation)) ||
    looseness(a) - looseness(b)
  return difference < 0
}

function looseness(offer: Offer): number {
  return (offer.entry.rules.get(offer.operation) ?? []).filter((rule) => rule.kind === 'any').length
}

function bind(entry: PathEntry, operation: Operation, candidate: Candidate<PathEntry>): PathMatch | null {
  const rules = entry.rules.get(operation) ?? []
  const bindings: PathBinding[] = []
  const suspicions: Suspicion[] = []
  for (const [index, slot] of candidate.slots.entries()) {
    const name = entry.names[index] ?? ''
    const rule = rules[index]
    const fit = rule === undefined ? 'fits' : fitOf(rule, slot.text)
    if (fit === 'never') return null
    if (fit === 'odd' && rule !== undefined)
      suspicions.push({ name, segment: slot.segment, reason: rule.kind === 'enum' || rule.kind === 'format' ? rule.kind : 'type' })
    bindings.push({ name, segment: slot.segment, text: slot.text })
  }
  const methods = [...entry.operations.keys()].toSorted(compareText)
  return { spec: entry.spec, template: entry.template, basePath: entry.basePath, methods, bindings, suspicions }
}

function registeredTemplates(entry: PathEntry): RegisteredTemplate[] {
  const { spec, template, basePath } = entry
  return [...entry.operations].map(([method, operation]) => ({ method, template, basePath, spec, operation, removedInNewerSpec: entry.removed.has(operation) }))
}

/**
 * Marks operations of older versions that the newest of the same title no longer has. Documents without a common path are parallel APIs, not
 * versions; and a path that the newest has below another version segment was superseded, which is another fact.
 */
function markRemoved(entries: readonly PathEntry[]): void {
  for (const group of Map.groupBy(entries, (entry) => titleOf(entry.spec)).values()) {
    const newest = group.reduce((best, entry) => (compareVersions(entry.spec.version, best) > 0 ? entry.spec.version : best), group[0]?.spec.version ?? '')
    const current = new Set(group.filter((entry) => compareVersions(entry.spec.version, newest) === 0).flatMap(entryKeys))
    const currentUnversioned = new Set([...current].map(withoutVersion))
    const older = group.filter((entry) => compareVersions(entry.spec.version, newest) < 0)
    for (const ofSpec of Map.groupBy(older, (entry) => entry.spec).values()) {
      if (!ofSpec.some((entry) => entryKeys(entry).some((key) => current.has(key)))) continue
      for (const entry of ofSpec) {
        for (const [method, operation] of entry.operations) if (!currentUnversioned.has(withoutVersion(entryKey(entry, method)))) entry.removed.add(operation)
      }
    }
  }
}

function entryKeys(entry: PathEntry): string[] {
  return [...entry.operations.keys()].map((method) => entryKey(entry, method))
}

function entryKey(entry: PathEntry, method: string): string {
  return `${method} ${entry.template.replaceAll(/\{[^{}]*\}/g, '{}')}`
}
