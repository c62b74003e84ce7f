import type { Observation } from '../observation/observation.ts'
import { operationOf } from '../observation/operation.ts'
import type { PathMatch, RegisteredTemplate, Registry } from '../registry/registry.ts'
import { countBySource, headline } from './by_source.ts'
import { documentedAs } from './documented.ts'
import { endpointOf } from './endpoint.ts'
import type { Endpoint } from './inventory.ts'
import { catchAllPaths, isNoise } from './quarantine.ts'
import { Router } from './router.ts'
import type { Corrections } from './template/corrections.ts'
import { evidenceOf } from './template/observed.ts'
import { skeletonOf } from './template/segment.ts'
import type { PathEvidence } from './template/evidence.ts'
import { templatesOf, type Template } from './template/templates.ts'

/** The endpoints of a service, and the exchanges that belong to none. */
export interface Placed {
  readonly endpoints: readonly Endpoint[]
  readonly noise: number
  readonly catchAll: number
}

/**
 * Places each request of a service: templates are chosen from what specs know and from what was answered; what is left goes to a template that
 * takes it (a 404 below `/users/{userId}` is that endpoint's), and what none takes is quarantined. In pieces: there may be thousands.
 */
export function* placedEndpoints(
  name: string,
  hosts: readonly string[],
  requests: readonly Observation[],
  registry: Registry,
  corrections: Corrections | null,
): Generator<void, Placed> {
  const names = [...new Set([name, ...hosts])]
  const byPath = Map.groupBy(requests, ({ key }) => key.path)
  const { registered, answered, caught } = sorted(byPath, (path) => registeredPath(registry, names, path) !== null)
  const evidence = [...byPath].filter(([path]) => registered.has(path) || (answered.has(path) && !caught.has(path)))
  const all: PathEvidence[] = []
  for (const [path, own] of evidence) {
    all.push(evidenceOf(path, own))
    yield
  }
  const templates = templatesOf(
    all,
    registeredTemplates(registry, names, registered),
    (path) => {
      const match = registeredPath(registry, names, path)
      return match && match.suspicions.length === 0 ? match : null
    },
    corrections,
  )
  const places = new Places()
  for (const [path, own] of evidence) {
    const template = templates.get(path)
    if (template) for (const observation of own) places.add(template, observation)
  }
  const left = [...byPath].filter(([path]) => !registered.has(path) && !answered.has(path)).flatMap(([, own]) => own)
  const noise = left.filter((observation) => !places.take(observation))
  const endpoints: Endpoint[] = []
  for (const { method, template, keyKind, observations } of places.groups()) {
    const paths = [...new Set(observations.map(({ key }) => key.path))].toSorted()
    endpoints.push(endpointOf(name, method, template, observations, documentedAs(registry, names, method, template.text, paths), keyKind))
    yield
  }
  return { endpoints, noise: quarantinedCount(noise), catchAll: quarantinedCount([...caught].flatMap((path) => byPath.get(path) ?? [])) }
}

/** All that specs say, but base paths that are a variable (`/{stage}`) only where they explain a path: they would swallow what no spec knows. */
function registeredTemplates(registry: Registry, names: readonly string[], registered: ReadonlySet<string>): string[] {
  const all = names.flatMap((name) => registry.templates(name))
  const used = all.some(isVariable) ? new Set([...registered].map((path) => registeredPath(registry, names, path)?.basePath)) : new Set()
  return [...new Set(all.filter((row) => !isVariable(row) || used.has(row.basePath)).map(({ template }) => template))]
}

function isVariable({ basePath }: RegisteredTemplate): boolean {
  return basePath.includes('{')
}

type ByPath = ReadonlyMap<string, readonly Observation[]>

/** Paths that a spec knows, paths that somebody answered, and among these what answers for everything. */
function sorted(
  byPath: ByPath,
  isRegistered: (path: string) => boolean,
): { registered: ReadonlySet<string>; answered: ReadonlySet<string>; caught: ReadonlySet<string> } {
  const registered = new Set([...byPath.keys()].filter(isRegistered))
  const answered = new Map([...byPath].filter(([path, own]) => !registered.has(path) && !isNoise(own)))
  return { registered, answered: new Set(answered.keys()), caught: catchAllPaths(answered) }
}

function registeredPath(registry: Registry, names: readonly string[], path: string): PathMatch | null {
  for (const name of names) {
    const match = registry.matchPath(name, path)
    if (match) return match
  }
  return null
}

interface Place {
  readonly method: string
  readonly template: Template
  /** The kind of the keys where it names an operation. */
  readonly keyKind: string | null
  readonly observations: Observation[]
}

/** Requests by method, template and operation. */
class Places {
  readonly #groups = new Map<string, Place>()
  /** Methods and templates that have any. */
  readonly #methods = new Set<string>()
  readonly #router = new Router<Template>()

  add(template: Template, observation: Observation): void {
    const { method, kind } = observation.key
    const place = `${method} ${skeletonOf(template.text)}`
    const keyKind = operationOf(kind).operation === null ? null : kind
    const name = keyKind === null ? place : `${place} ${keyKind}`
    let group = this.#groups.get(name)
    if (!group) {
      this.#groups.set(name, (group = { method, template, keyKind, observations: [] }))
      this.#methods.add(place)
      this.#router.add(template.text, template)
    }
    group.observations.push(observation)
  }

  /** Adds a request to the place that takes its path with its method; false where there is none. */
  take(observation: Observation): boolean {
    const { method, path } = observation.key
    const template = this.#router.find(path, ({ text }) => this.#methods.has(`${method} ${skeletonOf(text)}`))
    if (template) this.add(template, observation)
    return template !== null
  }

  groups(): readonly Place[] {
    return [...this.#groups.values()]
  }
}

/** Quarantined exchanges, what two source kinds saw of one method and path counted once. */
function quarantinedCount(observations: readonly Observation[]): number {
  const groups = Map.groupBy(observations, ({ key }) => `${key.method} ${key.path}`)
  return [...groups.values()].reduce((total, own) => total + headline(countBySource(own)), 0)
}
