import { rfc3339 } from '../base/clock.ts'
import { stableId } from '../base/ids.ts'
import type { DataClassDocument, FactsDocument, FindingDocument, JsonSchema, Label, Severity } from '../inventory/document.ts'
import type { Endpoint, Service, TimeSpan } from '../inventory/inventory.ts'
import { controlsOf } from './controls.ts'
import type { Drift } from './drift_record.ts'

/** All that detectors look at: facts, never traffic. */
export interface EndpointView {
  readonly endpoint: Endpoint
  readonly facts: FactsDocument
  readonly labels: readonly Label[]
  readonly dataClasses: readonly DataClassDocument[]
  readonly drift: readonly Drift[]
}

export interface ServiceView {
  readonly service: Service
  readonly endpoints: readonly EndpointView[]
}

/** Pure: what was seen in, findings out. One file each, one line in `detectors/index.ts`. */
export interface Detector {
  /** The finding kind, from the published list. */
  readonly kind: string
  readonly severity: Severity
  /** Why it matters and how to fix it, the same for every finding of the kind. */
  readonly why: string
  readonly fix: string
  readonly detect: (view: ServiceView) => readonly Detection[]
}

/** What one detector saw at one place. */
export interface Detection {
  /** Null where it concerns the service. */
  readonly endpoint: Endpoint | null
  /** One line that says what was seen and where. */
  readonly title: string
  /** Counts, names and shapes. */
  readonly evidence: JsonSchema
  readonly seen: TimeSpan | null
  /** Exchanges or operations that show it. */
  readonly count: number
  /** Where it departs from the detector's own. */
  readonly severity?: Severity
}

/** A detection as a finding. The id is over kind, service and endpoint, so that it stays when names or counts change. */
export function findingOf(detector: Detector, service: Service, detection: Detection): FindingDocument {
  const { endpoint, title, evidence, seen, count } = detection
  return {
    id: stableId('fnd_', detector.kind, service.id, endpoint?.id ?? ''),
    kind: detector.kind,
    severity: detection.severity ?? detector.severity,
    service: service.id,
    endpoint: endpoint?.id ?? null,
    state: 'open',
    owner: service.owner,
    title,
    evidence,
    why: detector.why,
    fix: detector.fix,
    firstSeen: seen && rfc3339(seen.firstMs),
    lastSeen: seen && rfc3339(seen.lastMs),
    count,
    controls: controlsOf(detector.kind),
  }
}

/** How people name an endpoint. */
export function nameOf(service: Service, endpoint: Endpoint): string {
  return `${endpoint.method} ${service.name}${endpoint.template}${endpoint.operation === null ? '' : ` (${endpoint.operation})`}`
}
