import type { Operation, Spec } from './spec.ts'

/** All registered specs, compiled for look-up. Immutable; equal specs in any order give equal answers. */
export interface Registry {
  /** By id, sorted by title, version and id. */
  readonly specs: readonly Spec[]
  /** The specs that cover a service (`host` or `host:port`, lower case), newest version first; empty where none does. */
  specsFor(service: string): readonly Spec[]
  /**
   * The operation that an exchange belongs to, or null. `pathShape` is a path whose values stand as `{class}`: `/v1/users/{int}/cards`.
   * A literal of a spec matches only the same text; concrete segments beat templated ones, leftmost first.
   */
  match(service: string, method: string, pathShape: string): OperationMatch | null
  /** The template a path belongs to, whatever the method; tells "no such path" from "no such method". */
  matchPath(service: string, pathShape: string): PathMatch | null
  /** Every (method, template) of the service with its base path, sorted by template, then method. */
  templates(service: string): readonly RegisteredTemplate[]
  /** Literal path segments of all specs, base paths included, sorted, each once: they may always be shown. */
  literals(): readonly string[]
}

export interface PathMatch {
  readonly spec: Spec
  /** With the base path in front, without a trailing `/` and without what stands behind `?` or `#`: `/v1/users/{userId}`. */
  readonly template: string
  readonly basePath: string
  /** Upper case, sorted: the methods documented for this path in this spec. */
  readonly methods: readonly string[]
  /** Path parameters in order of appearance. */
  readonly bindings: readonly PathBinding[]
  /** Why the path may belong elsewhere: a value departs from the enum, format or type of its parameter (an integer parameter takes digits only). Empty for a clean match. */
  readonly suspicions: readonly Suspicion[]
}

export interface OperationMatch extends PathMatch {
  readonly operation: Operation
  /** `head` is HEAD answered by a documented GET, `preflight` is OPTIONS on a documented path: known, but neither says anything on drift. */
  readonly via: 'operation' | 'head' | 'preflight'
  /** The operation stands in an older version of a spec of the same title and no longer in the newest. */
  readonly removedInNewerSpec: boolean
}

export interface PathBinding {
  readonly name: string
  /** Index of the path shape's segment, from 0. */
  readonly segment: number
  /** The text bound: a class such as `{int}`, or a literal. */
  readonly text: string
}

export interface Suspicion {
  readonly name: string
  readonly segment: number
  readonly reason: 'enum' | 'format' | 'type'
}

export interface RegisteredTemplate {
  readonly method: string
  /** As in `PathMatch`. */
  readonly template: string
  readonly basePath: string
  readonly spec: Spec
  readonly operation: Operation
  readonly removedInNewerSpec: boolean
}

/** Spec id to the services it covers, said by the user; such a spec covers no other service, whatever its servers say. */
export type Bindings = ReadonlyMap<string, readonly string[]>

export interface RegistryOptions {
  readonly bindings: Bindings
  /** How many unknown leading segments a gateway may have put in front of a spec's base path; 0 (the default) for none, at most 4. */
  readonly gatewayPrefixSegmentsMax: number
}
