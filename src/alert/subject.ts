import { stableId } from '../base/ids.ts'
import type { Change } from '../finding/changes.ts'
import type { EndpointDocument, FindingDocument, InventoryDocument, JsonSchema, ServiceDocument, Severity } from '../inventory/document.ts'
import { endpointPlace } from '../inventory/endpoint_place.ts'
import { operationAt } from '../observation/operation.ts'

/** Something of the inventory that can be told: what rules look at, and what a message says of it. */
export interface AlertSubject {
  /** Over kind and place, never over the template. */
  readonly fingerprint: string
  /** The kind of a finding, or `endpoint.appeared` and its like. */
  readonly kind: string
  readonly severity: Severity
  readonly service: Pick<ServiceDocument, 'id' | 'name' | 'direction' | 'kinds'>
  readonly labels: readonly string[]
  /** Sorted. */
  readonly dataClasses: readonly string[]
  readonly tags: readonly string[]
  /** Somebody knows of it. */
  readonly isAcknowledged: boolean
  details(): JsonSchema
}

/** Tags of services by name, as the configuration gives them. */
export type ServiceTags = ReadonlyMap<string, readonly string[]>

/** The findings that are open. */
export function findingSubjects({ services, findings }: InventoryDocument, tags: ServiceTags): AlertSubject[] {
  const byId = new Map(services.map((service) => [service.id, placeOf(service)]))
  return findings.flatMap((finding): AlertSubject[] => {
    const place = byId.get(finding.service)
    if (place === undefined || finding.state === 'resolved' || finding.state === 'suppressed') return []
    const { service } = place
    const endpoint = finding.endpoint === null ? null : (place.endpoints().get(finding.endpoint) ?? null)
    const labels = endpoint === null ? place.labels() : endpoint.labels
    const dataClasses = endpoint === null ? place.dataClasses() : classesOf([endpoint])
    return [
      {
        fingerprint: finding.id,
        kind: finding.kind,
        severity: finding.severity,
        service,
        labels,
        dataClasses,
        tags: tags.get(service.name) ?? [],
        isAcknowledged: finding.state === 'acknowledged',
        details: () => findingDetails(finding, service, endpoint, { labels, dataClasses }),
      },
    ]
  })
}

/** Changes of services and endpoints as single events. Their findings come by themselves. */
export function eventSubjects(changes: readonly Change[], { services }: InventoryDocument, tags: ServiceTags): AlertSubject[] {
  const byName = new Map(services.map((service) => [service.name, service]))
  return changes
    .filter(({ kind }) => kind !== 'finding')
    .map(({ kind, subject, what, details }) => {
      const name = String(kind === 'service' ? details['name'] : details['service'])
      const service = byName.get(name) ?? { id: kind === 'service' ? subject : '', name, direction: 'unknown', kinds: [], owner: null, endpoints: [] }
      const endpoint = service.endpoints.find(({ id }) => id === subject) ?? null
      const operation = details['operation'] === undefined ? '' : ` (${String(details['operation'])})`
      const place = kind === 'service' ? name : `${String(details['method'])} ${name}${String(details['template'])}${operation}`
      const added = Array.isArray(details['added']) ? details['added'].map(String) : []
      return {
        fingerprint: stableId('evt_', `${kind}.${what}`, subject),
        kind: `${kind}.${what}`,
        severity: 'info',
        service,
        labels: endpoint?.labels ?? [],
        dataClasses: endpoint === null ? [] : classesOf([endpoint]),
        tags: tags.get(name) ?? [],
        isAcknowledged: false,
        details: () => ({
          kind: `${kind}.${what}`,
          severity: 'info',
          title: `${place}: ${what.replaceAll('_', ' ')}${added.length === 0 ? '' : ` (${listed(added)})`}`,
          service: name,
          serviceId: service.id,
          owner: service.owner,
          endpoint: endpoint && placeDetails(endpoint),
          labels: endpoint?.labels ?? [],
          dataClasses: endpoint === null ? [] : classesOf([endpoint]),
        }),
      }
    })
}

/** A service with what is needed of it, found once and only where something asks. */
interface Place {
  readonly service: ServiceDocument
  endpoints(): ReadonlyMap<string, EndpointDocument>
  labels(): readonly string[]
  dataClasses(): readonly string[]
}

/** The same for the same object: most services do not change from one publication to the next. */
function placeOf(service: ServiceDocument): Place {
  let place = places.get(service)
  if (place === undefined) places.set(service, (place = newPlace(service)))
  return place
}

const places = new WeakMap<ServiceDocument, Place>()

function newPlace(service: ServiceDocument): Place {
  let endpoints: ReadonlyMap<string, EndpointDocument> | undefined
  let labels: readonly string[] | undefined
  let dataClasses: readonly string[] | undefined
  return {
    service,
    endpoints: () => (endpoints ??= new Map(service.endpoints.map((endpoint) => [endpoint.id, endpoint]))),
    labels: () => (labels ??= [...new Set(service.endpoints.flatMap((endpoint) => endpoint.labels))].toSorted()),
    dataClasses: () => (dataClasses ??= classesOf(service.endpoints)),
  }
}

function classesOf(endpoints: readonly EndpointDocument[]): readonly string[] {
  // Most have none, and there may be a hundred thousand.
  if (endpoints.every((endpoint) => endpoint.dataClasses.length === 0)) return none
  return [...new Set(endpoints.flatMap((endpoint) => endpoint.dataClasses.map((found) => found.class)))].toSorted()
}

const none: readonly string[] = []

function findingDetails(
  finding: FindingDocument,
  service: ServiceDocument,
  endpoint: EndpointDocument | null,
  { labels, dataClasses }: Pick<AlertSubject, 'labels' | 'dataClasses'>,
): JsonSchema {
  const { kind, severity, title, why, fix, owner, firstSeen, lastSeen, count } = finding
  return {
    kind,
    severity,
    title: title.slice(0, titleCharactersMax),
    why,
    fix,
    service: service.name,
    serviceId: service.id,
    direction: service.direction,
    owner: owner ?? service.owner,
    endpoint: endpoint && placeDetails(endpoint),
    endpoints:
      endpoint === null
        ? { total: service.endpoints.length, first: service.endpoints.slice(0, endpointsShownMax).map((own) => `${own.method} ${endpointPlace(own)}`) }
        : null,
    firstSeen,
    lastSeen,
    count,
    labels,
    dataClasses,
  }
}

const titleCharactersMax = 600
const endpointsShownMax = 10

function placeDetails(endpoint: EndpointDocument): JsonSchema {
  const { id, method, template } = endpoint
  return { id, method, template, operation: operationAt(endpoint) }
}

function listed(names: readonly string[]): string {
  return names.length > 5 ? `${names.slice(0, 5).join(', ')} and ${names.length - 5} more` : names.join(', ')
}
