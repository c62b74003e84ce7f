import type { Histogram } from '../observation/observation.ts'
import type { Shape } from '../observation/shape.ts'
import type { Operation, Spec } from '../registry/spec.ts'
import type { EncryptedService } from './tls.ts'
import type { Visibility } from './visibility.ts'

/**
 * What was read out of the merged observations: services, their endpoints and all that detectors, drift and documents need
 * of them. A value: equal states give equal inventories, and nothing in it depends on the order of arrival.
 */
export interface Inventory {
  /** First and last event time of everything that was counted; null where no source had times. */
  readonly window: TimeSpan | null
  /** Sorted by name. */
  readonly services: readonly Service[]
  /** Host names that were only ever answered 4xx: counted, never listed. */
  readonly quarantinedHosts: QuarantinedHosts
  /** Services of which connections stayed encrypted, those with the most bytes first; absent where there is none. */
  readonly encrypted?: readonly EncryptedService[]
}

/** Epoch milliseconds of event time. */
export interface TimeSpan {
  readonly firstMs: number
  readonly lastMs: number
}

export interface QuarantinedHosts {
  readonly hosts: number
  readonly exchanges: number
}

/** An authority that serves APIs: host and port, or the configured name of several. */
export interface Service {
  /** `svc_` and the hash of the name. */
  readonly id: string
  readonly name: string
  /** The authorities as seen, sorted; the name alone where only a spec knows the service. */
  readonly hosts: readonly string[]
  readonly direction: Direction
  /** `rest` (and later kinds), or `web` where all successes are HTML or static files. Sorted. */
  readonly kinds: readonly string[]
  readonly owner: string | null
  /** Ids of the registered specs that speak for this service, sorted. */
  readonly specs: readonly string[]
  /** The sum of the endpoints' exchanges, `quarantined` and `unread`. */
  readonly exchanges: number
  readonly quarantined: number
  /** Why what was quarantined was: counts that sum to `quarantined`. */
  readonly quarantine: Readonly<Record<QuarantineReason, number>>
  /** Responses whose requests were not seen. */
  readonly unread: number
  readonly visibility: Visibility
  /** Sorted by template, then method, then operation. Operations of specs that were not seen are among them, with no exchanges. */
  readonly endpoints: readonly Endpoint[]
}

/** Who calls whom, seen from the organisation; `unknown` where no server address was seen. */
export type Direction = 'inbound' | 'internal' | 'outbound' | 'unknown'

/** `noise`: only 4xx for fewer than three clients. `catchAll`: one answer for many unknown paths. `folded`: beyond the bounds of the state. */
export type QuarantineReason = 'noise' | 'catchAll' | 'folded'

/** Service, method, path template and operation, with everything that was seen there. */
export interface Endpoint {
  /** `ep_` and the hash of service, method and template without parameter names, and of kind and operation where there is one. */
  readonly id: string
  readonly service: string
  readonly method: string
  /** `/users/{userId}`; a tail of several segments is `{path+}`. */
  readonly template: string
  readonly kind: string
  /** What is asked for (`query GetUser`), where requests say so and not their path. */
  readonly operation: string | null
  /** How the template came about, a decision for each parameter. */
  readonly decisions: readonly Decision[]
  /** Literals of the template that a person decided on. */
  readonly settled: readonly Decision[]
  /** Templates that it would have without what a person merged, sorted. */
  readonly aliases: readonly string[]
  /** The product of the decisions' confidences, 1 without any. */
  readonly confidence: number
  /** The path shapes that the template covers, sorted; at most `pathShapesMax` of them. */
  readonly pathShapes: readonly string[]
  /** The registered operation that speaks for this endpoint. */
  readonly documented: DocumentedAs | null
  /** The largest of `sources`: the same request seen in packets and in a log is one exchange. */
  readonly exchanges: number
  readonly sources: Readonly<Record<'packets' | 'logs', number>>
  /** Event time; null where no source had times or nothing was seen. */
  readonly seen: TimeSpan | null
  /** Exchanges by response status, 0 for no response seen, or one whose status is not known (`fact.status_unknown`); each counts the source kind that saw most of them. */
  readonly statuses: ReadonlyMap<number, number>
  /** Sorted by place (path, query, header, cookie), then name; path parameters in the order of the template. */
  readonly parameters: readonly Parameter[]
  /** By media type, '' for none named. Bodies of exchanges that were answered below 400, unless there were none of these. */
  readonly request: ReadonlyMap<string, Body>
  /** Requests answered 2xx that are known to have had no body; counted only where a spec requires one. */
  readonly emptyRequests: number
  /** By status, then by media type. */
  readonly responses: ReadonlyMap<number, ReadonlyMap<string, Body>>
  readonly auth: AuthSummary
  readonly clients: Clients
  /** Microseconds from request to response. */
  readonly latencyUs: Histogram
  /** Named oddities and facts by count (`http1.obs_fold`, `token.alg.HS256`, `fact.deprecation` ...). */
  readonly facts: ReadonlyMap<string, number>
  /** Facts that are moments, epoch milliseconds (`sunset`: the earliest). */
  readonly moments: ReadonlyMap<string, number>
}

/** One parameter of a template: where it stands, what it is called and why it is one. */
export interface Decision {
  /** Index of the path segment, from 0. */
  readonly segment: number
  readonly name: string
  readonly rule: DecisionRule
  /** Distinct values, an estimate above the bounds of the sketches. */
  readonly distinct: number
  /** 0 to 1. */
  readonly confidence: number
}

/**
 * `spec`: a registered template has it. `class`: the values are of a lexical class that names nothing (integers, UUIDs ...).
 * `hidden`: values that look like secrets or like people. `siblings`: words that stand beside such values and answer alike.
 * `person`: somebody decided so.
 * `growth`: many distinct words that answer alike. `tail`: a path of any depth.
 */
export type DecisionRule = 'spec' | 'class' | 'hidden' | 'siblings' | 'growth' | 'tail' | 'person'

/** The operation of a registered spec that an endpoint is. */
export interface DocumentedAs {
  readonly spec: Spec
  readonly operation: Operation
  /** With the base path in front and the spec's own names. */
  readonly template: string
  /** `head` is HEAD answered by a documented GET, `preflight` OPTIONS on a documented path: neither says anything on drift. */
  readonly via: 'operation' | 'head' | 'preflight'
  readonly removedInNewerSpec: boolean
}

export type ParameterPlace = 'path' | 'query' | 'header' | 'cookie'

export interface Parameter {
  readonly in: ParameterPlace
  readonly name: string
  readonly shape: Shape
  /** Requests that carried it. */
  readonly seen: number
  /** Requests of which one could tell. */
  readonly of: number
  /** In all requests that were answered below 400, of at least `requiredSeenMin`. */
  readonly required: boolean
  readonly distinct: number
}

/** The bodies of one direction, status and media type. */
export interface Body {
  /** Messages of this kind; bodies that were digested are `shape.seen`. */
  readonly messages: number
  readonly shape: Shape
}

export interface AuthSummary {
  /** Requests by kind of credential they carried, sorted by kind; a request may carry several. */
  readonly kinds: ReadonlyMap<string, number>
  /** Requests that carried none, of those of which one could tell. */
  readonly none: number
  /** Requests whose header fields were seen (access logs show none). */
  readonly of: number
  /** Accepted (answered below 400) requests without credentials. */
  readonly acceptedWithout: number
  /** Those of them that were answered with success (2xx, 101 or 304): a redirect may lead to a login. */
  readonly answeredWithout: number
}

export interface Clients {
  /** Distinct addresses, an estimate above the bounds of the sketch. */
  readonly distinct: number
  /** Distinct addresses by client kind, sorted by kind. */
  readonly kinds: ReadonlyMap<string, number>
}
