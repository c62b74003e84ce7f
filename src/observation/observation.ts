import type { Shape, Values } from './shape.ts'

/**
 * A mergeable summary of like exchanges: the one type that crosses from the native engine to TypeScript, from process to
 * disk and from machine to machine. Immutable, bounded, without any raw value of traffic.
 */
export interface Observation {
  readonly key: ObservationKey
  /** Exchanges (requests with or without response; responses without request have method '' and path ''). */
  readonly count: number
  /** Event time in epoch milliseconds; `Infinity`/`-Infinity` where the source has no times. */
  readonly firstSeenMs: number
  readonly lastSeenMs: number
  /** Microseconds from a request's first byte to its response's first byte (in logs: as the log says). */
  readonly latencyUs: Histogram
  readonly requestBytes: Histogram
  readonly responseBytes: Histogram
  /** Keyed hashes of client addresses; the two lowest bits are the kind of client: 0 unknown, 1 browser, 2 service, 3 scanner. */
  readonly clients: Values
  /** An object whose fields are the path's segments by index from 0 (`"1"`), for the segments that are not literal. */
  readonly path: Shape
  /** Objects whose fields are query parameters, non-standard request header fields, cookies. */
  readonly query: Shape
  readonly headers: Shape
  readonly cookies: Shape
  /** Body shapes; `seen` counts the bodies that were digested. */
  readonly requestBody: Shape
  readonly responseBody: Shape
  /**
   * Named oddities and facts by count: weirds (`http1.obs_fold`), `auth.<kind>` of credentials, `client.<kind>`, `network.<client>-<server>` by address
   * class (`network.public-private`; none in logs), `token.alg.HS256`, `fact.deprecation`, `fact.incomplete_response` ...
   */
  readonly facts: ReadonlyMap<string, number>
  /** Facts that are moments: `sunset` (earliest Sunset field, epoch milliseconds). */
  readonly moments: ReadonlyMap<string, number>
}

/** Two observations with the same key merge. */
export interface ObservationKey {
  readonly source: SourceKind
  /** Authority as identity: lower case, port only where not default; else `address:port` of the server. */
  readonly service: string
  /** `rest`, `grpc`, `websocket`; of a kind that has operations, a blank and the operation behind it: `graphql query GetUser` (`operation.ts`). */
  readonly kind: string
  /** As sent; '' for a response without a request. */
  readonly method: string
  /** `/users/{int}/cards`; '' for a response without a request. */
  readonly path: string
  /** 0 where no response was seen. */
  readonly status: number
  /** Essence in lower case (`application/json`), '' for none. */
  readonly requestMediaType: string
  readonly responseMediaType: string
  /** Whether the request carried credentials; which ones are facts (`auth.bearer-jwt`). */
  readonly hasCredentials: boolean
}

export type SourceKind = 'packets' | 'logs'

/** Counts by logarithmic bucket (base 2^(1/8), about 9 % wide); merges by addition. Bucket b holds [2^(b/8), 2^((b+1)/8)); values below 1 are in bucket -1. */
export interface Histogram {
  readonly count: number
  /** An integer, so that the order of addition never shows. */
  readonly sum: number
  readonly buckets: ReadonlyMap<number, number>
}

/** What could and could not be seen of a service; all counts add. */
export interface ServiceVisibility {
  readonly service: string
  readonly counts: ReadonlyMap<ServiceCount, number>
}

export type ServiceCount =
  | 'flows'
  | 'oneWayFlows'
  | 'midstreamFlows'
  /** Of the streams of its flows, as they were captured. */
  | 'seenBytes'
  | 'gapBytes'
  | 'unseenBytes'
  | 'shedBytes'
  | 'unpairedRequests'
  | 'unpairedResponses'
  | 'incompleteMessages'
  /** Encrypted, and not read. */
  | 'tlsFlows'
  | 'tlsBytes'
  | 'tlsDecryptedFlows'
  | 'tlsDecryptedBytes'
  /** How often what was told of its TLS connections: `tls.version:1.3`, `tls.resumed`. */
  | `tls.${string}`

/** What one pull from the native engine brings; merging batches in any order and grouping gives the same. */
export interface Batch {
  readonly observations: readonly Observation[]
  readonly visibility: readonly ServiceVisibility[]
  /** Engine-wide counters by dotted name (`packets.read`, `tcp.gapBytes`, `logs.rejected.no_method` ...); they add. */
  readonly counters: ReadonlyMap<string, number>
  /** The input (by its place in the report) at whose end all of this was still open: it is replaced when that input has grown. */
  readonly tailOf?: number | null
}
