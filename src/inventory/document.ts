import type { ParameterPlace } from './inventory.ts'
import type { EncryptedService, TlsFacts } from './tls.ts'

/** The inventory as it is written and served (CONTRACT §4): lists sorted, equal traffic gives equal bytes. Times are RFC 3339 UTC. */
export interface InventoryDocument {
  readonly tapistryVersion: string
  readonly schemaVersion: 1
  readonly window: { readonly from: string | null; readonly to: string | null }
  readonly services: readonly ServiceDocument[]
  readonly findings: readonly FindingDocument[]
  readonly visibility: VisibilityDocument
  /** Services of which connections stayed encrypted, those with the most bytes first; absent where there is none. */
  readonly encrypted?: readonly EncryptedService[]
}

export interface ServiceDocument {
  readonly id: string
  readonly name: string
  readonly hosts: readonly string[]
  readonly direction: 'inbound' | 'internal' | 'outbound' | 'unknown'
  readonly kinds: readonly string[]
  readonly owner: string | null
  readonly specs: readonly string[]
  readonly exchanges: number
  readonly quarantined: number
  readonly unread: number
  readonly visibility: ServiceVisibilityDocument
  readonly endpoints: readonly EndpointDocument[]
}

interface ServiceVisibilityDocument {
  readonly coverage: number
  readonly tlsBlindShare: number
  readonly gapBytes: number
  readonly unpairedShare: number
  readonly kernelDrops: number
  readonly oneWay: boolean
  readonly reasons: readonly string[]
  readonly tls?: TlsFacts
}

export interface EndpointDocument {
  readonly id: string
  readonly method: string
  readonly template: string
  readonly kind: string
  readonly operationId: string | null
  readonly labels: readonly Label[]
  readonly facts: FactsDocument
  readonly exchanges: number
  readonly firstSeen: string | null
  readonly lastSeen: string | null
  readonly statuses: Readonly<Record<string, number>>
  /** Exchanges of which the request alone was seen; absent where there are none. */
  readonly responseUnseen?: number
  /** Exchanges whose response was seen, and its status could not be told; absent where there are none. */
  readonly statusUnknown?: number
  readonly parameters: readonly ParameterDocument[]
  readonly request: { readonly mediaTypes: Readonly<Record<string, BodyDocument>> }
  readonly responses: Readonly<Record<string, { readonly mediaTypes: Readonly<Record<string, BodyDocument>> }>>
  readonly auth: readonly AuthDocument[]
  /** Of requests whose header fields were seen, those that were answered with success though they carried no credentials; absent where no such fields were seen. */
  readonly withoutCredentials?: { readonly seen: number; readonly of: number } | undefined
  readonly dataClasses: readonly DataClassDocument[]
  readonly clients: { readonly distinct: number; readonly kinds: Readonly<Record<string, number>> }
  readonly latencyMs: { readonly p50: number | null; readonly p95: number | null; readonly p99: number | null }
  readonly sources: { readonly packets: number; readonly logs: number }
  readonly templateInfo: TemplateInfoDocument
  readonly risk: RiskDocument
}

/** Labels of DESIGN §7, derived from facts by named rules. */
export type Label = 'documented' | 'undocumented' | 'shadow' | 'zombie' | 'orphan' | 'unseen' | 'drift' | 'blocked' | 'unconfirmed'

export interface FactsDocument {
  readonly documented: boolean
  readonly serviceRegistered: boolean
  readonly deprecatedInSpec: boolean
  readonly deprecatedInTraffic: boolean
  readonly removedInNewerSpec: boolean
  readonly supersededVersion: boolean
  readonly sunsetPassed: boolean
  readonly seenInWindow: boolean
  readonly accepted: boolean
  readonly ownerKnown: boolean
  readonly coverage: number
}

interface ParameterDocument {
  readonly in: ParameterPlace
  readonly name: string
  readonly schema: JsonSchema
  readonly seen: number
  readonly of: number
  readonly required: boolean
  readonly distinct: number
  readonly classes: readonly string[]
}

export interface BodyDocument {
  /** Messages of this media type. */
  readonly seen: number
  readonly schema: JsonSchema
}

/** JSON Schema 2020-12 with `x-seen` and `x-of` beside each property. */
export interface JsonSchema {
  readonly [keyword: string]: JsonSchemaValue
}
export type JsonSchemaValue = null | boolean | number | string | readonly JsonSchemaValue[] | JsonSchema

interface AuthDocument {
  readonly kind: string
  readonly seen: number
  readonly of: number
}

export interface DataClassDocument {
  readonly class: string
  readonly in: 'request' | 'response' | ParameterPlace
  readonly status: string | null
  readonly mediaType: string | null
  /** `$.card.number`, `$.items[].email`; for parameters `$.name`. */
  readonly path: string
  /** Values that passed as the class, of all values at this place. */
  readonly seen: number
  readonly of: number
  readonly confidence: number
}

interface TemplateInfoDocument {
  readonly confidence: number
  readonly aliases: readonly string[]
  readonly decisions: readonly {
    readonly segment: number
    readonly name: string
    readonly rule: string
    readonly distinct: number
    readonly confidence: number
  }[]
}

export interface RiskDocument {
  /** The sum of the parts, at most 100. */
  readonly score: number
  readonly parts: readonly { readonly factor: string; readonly points: number }[]
}

export type Severity = 'info' | 'low' | 'medium' | 'high' | 'critical'

export interface FindingDocument {
  /** `fnd_` and the hash of kind, service and endpoint: the fingerprint, stable under re-templating names. */
  readonly id: string
  readonly kind: string
  readonly severity: Severity
  readonly service: string
  readonly endpoint: string | null
  readonly state: 'open' | 'acknowledged' | 'resolved' | 'suppressed' | 'reopened'
  readonly owner: string | null
  readonly title: string
  /** Counts, names and shapes; never a value of traffic. */
  readonly evidence: JsonSchema
  readonly why: string
  readonly fix: string
  readonly firstSeen: string | null
  readonly lastSeen: string | null
  /** Exchanges or occurrences that show it. */
  readonly count: number
  readonly controls: readonly ControlDocument[]
}

export interface ControlDocument {
  readonly framework: string
  readonly control: string
  readonly verdict: 'not_satisfied' | 'supported' | 'no_evidence'
}

/** Counters of the engine by group. More may stand beside those of the contract; each is part of an identity. */
export interface VisibilityDocument {
  readonly packets: Readonly<Record<string, number>>
  readonly tcp: Readonly<Record<string, number>>
  readonly http: Readonly<Record<string, number>>
  readonly tls: Readonly<Record<string, number>>
  readonly logs: Readonly<Record<string, number>>
  /** Connections of protocols that are not read, and their bytes, where there were any. */
  readonly flows?: Readonly<Record<string, number>>
  /** What was captured of what must have been, over all sensors, and the share that it is, where there were packets; days that were kept before it was counted have none. */
  readonly coverage?: Readonly<Record<string, number>>
  readonly limits: { readonly lawHolds: boolean } & Readonly<Record<string, number | boolean>>
  readonly [group: string]: Readonly<Record<string, number | boolean>> | undefined
}
