import { rfc3339 } from '../base/clock.ts'
import { runThrough } from '../base/run_through.ts'
import { capturedIn, capturedShare, roundedShare } from '../observation/coverage.ts'
import { operationKinds } from '../observation/operation.ts'
import { classesAt, dataClassesOf } from './data_classes.ts'
import type {
  BodyDocument,
  EndpointDocument,
  FactsDocument,
  FindingDocument,
  InventoryDocument,
  Label,
  RiskDocument,
  ServiceDocument,
  VisibilityDocument,
} from './document.ts'
import type { Body, Endpoint, Inventory, Parameter, Service } from './inventory.ts'
import { schemaOf } from './schema/schema.ts'
import { quantilesOf } from './sketch.ts'

/** What the rules say of an inventory: labels and facts of each endpoint by its id, and the findings. */
export interface Assessment {
  readonly endpoints: ReadonlyMap<string, EndpointAssessment>
  readonly findings: readonly FindingDocument[]
}

export interface EndpointAssessment {
  readonly labels: readonly Label[]
  readonly facts: FactsDocument
  readonly risk: RiskDocument
}

/** The inventory as it is written: sorted, so that equal traffic gives equal bytes. `counters` are the engine's, by dotted name. */
export function toDocument(inventory: Inventory, assessment: Assessment, counters: ReadonlyMap<string, number>, version: string): InventoryDocument {
  const services = inventory.services.map((service) => runThrough(serviceDocument(service, assessment)))
  return documentOf({ ...inventory, services, findings: assessment.findings }, counters, version)
}

/** An inventory of which each service is written already. */
export function documentOf(
  {
    window,
    services,
    findings,
    quarantinedHosts,
    encrypted,
  }: Pick<Inventory, 'window' | 'quarantinedHosts' | 'encrypted'> & Pick<InventoryDocument, 'services' | 'findings'>,
  counters: ReadonlyMap<string, number>,
  version: string,
): InventoryDocument {
  return {
    tapistryVersion: version,
    schemaVersion: 1,
    window: { from: window && rfc3339(window.firstMs), to: window && rfc3339(window.lastMs) },
    services,
    findings,
    visibility: visibilityDocument(services, quarantinedHosts, counters),
    ...(encrypted === undefined ? {} : { encrypted }),
  }
}

/** One service as it is written, in pieces; `hold` gives what is kept of an endpoint. */
export function* serviceDocument(
  service: Service,
  assessment: Pick<Assessment, 'endpoints'>,
  hold: (endpoint: EndpointDocument) => EndpointDocument = (endpoint) => endpoint,
): Generator<void, ServiceDocument> {
  const { id, name, hosts, direction, kinds, owner, specs, exchanges, quarantined, unread, visibility } = service
  const endpoints: EndpointDocument[] = []
  for (const endpoint of service.endpoints) {
    endpoints.push(hold(endpointDocument(endpoint, assessment.endpoints.get(endpoint.id) ?? unassessed)))
    yield
  }
  return { id, name, hosts, direction, kinds, owner, specs, exchanges, quarantined, unread, visibility, endpoints }
}

function endpointDocument(endpoint: Endpoint, { labels, facts, risk }: EndpointAssessment): EndpointDocument {
  const { id, method, template, kind, exchanges, sources, clients, latencyUs, auth, confidence, decisions, settled, aliases, seen } = endpoint
  const [p50 = null, p95 = null, p99 = null] = quantilesOf(latencyUs, [0.5, 0.95, 0.99]).map(milliseconds)
  return {
    id,
    method,
    template,
    kind,
    operationId: operationKinds.has(kind) ? endpoint.operation : (endpoint.documented?.operation.operationId ?? null),
    labels,
    facts,
    exchanges,
    firstSeen: seen && rfc3339(seen.firstMs),
    lastSeen: seen && rfc3339(seen.lastMs),
    statuses: Object.fromEntries([...endpoint.statuses].filter(([status]) => status > 0).map(([status, count]) => [String(status), count])),
    ...responsesUnseen(endpoint),
    parameters: endpoint.parameters.map(parameterDocument),
    request: { mediaTypes: bodiesDocument(endpoint.request) },
    responses: Object.fromEntries([...endpoint.responses].map(([status, bodies]) => [String(status), { mediaTypes: bodiesDocument(bodies) }])),
    auth: [...auth.kinds].map(([credentials, count]) => ({ kind: credentials, seen: count, of: auth.of })),
    ...(auth.of === 0 ? {} : { withoutCredentials: { seen: auth.answeredWithout, of: auth.of } }),
    dataClasses: dataClassesOf(endpoint),
    clients: { distinct: clients.distinct, kinds: Object.fromEntries(clients.kinds) },
    latencyMs: { p50, p95, p99 },
    sources: { packets: sources.packets, logs: sources.logs },
    templateInfo: {
      confidence,
      aliases,
      decisions: [...decisions, ...settled]
        .toSorted((one, other) => one.segment - other.segment)
        .map(({ segment, name, rule, distinct, confidence: own }) => ({ segment, name, rule, distinct, confidence: own })),
    },
    risk,
  }
}

function parameterDocument({ in: place, name, shape, seen, of, required, distinct }: Parameter): EndpointDocument['parameters'][number] {
  return { in: place, name, schema: schemaOf(shape, name), seen, of, required, distinct, classes: classesAt(shape) }
}

function bodiesDocument(bodies: ReadonlyMap<string, Body>): Readonly<Record<string, BodyDocument>> {
  return Object.fromEntries([...bodies].map(([mediaType, { messages, shape }]) => [mediaType, { seen: messages, schema: schemaOf(shape) }]))
}

function milliseconds(microseconds: number | null): number | null {
  return microseconds === null ? null : Number((microseconds / 1000).toPrecision(3))
}

/** The engine's counters by group; those of `http` that the inventory decides are its own, so that the identities hold. */
function visibilityDocument(
  services: readonly ServiceDocument[],
  quarantinedHosts: Inventory['quarantinedHosts'],
  counters: ReadonlyMap<string, number>,
): VisibilityDocument {
  const groups = new Map<string, Map<string, number>>()
  for (const [group, names] of Object.entries(counterNames)) groups.set(group, new Map(names.map((name) => [name, 0])))
  for (const [dotted, count] of [...counters].toSorted(([a], [b]) => (a < b ? -1 : 1))) {
    const dot = dotted.indexOf('.')
    if (dot <= 0) continue
    const group = dotted.slice(0, dot)
    let names = groups.get(group)
    if (!names) groups.set(group, (names = new Map()))
    names.set(dotted.slice(dot + 1), count)
  }
  const sum = (of: (service: ServiceDocument) => number): number => services.reduce((total, service) => total + of(service), 0)
  const inEndpoints = sum(({ exchanges, quarantined, unread }) => exchanges - quarantined - unread)
  const quarantined = sum((service) => service.quarantined) + quarantinedHosts.exchanges
  const unread = sum((service) => service.unread)
  const http = groupOf(groups, 'http')
  const limits = groupOf(groups, 'limits')
  return {
    ...Object.fromEntries([...groups.keys()].toSorted().map((group) => [group, groupOf(groups, group)])),
    packets: groupOf(groups, 'packets'),
    tcp: groupOf(groups, 'tcp'),
    http: {
      ...http,
      exchanges: inEndpoints + quarantined + unread,
      inEndpoints,
      quarantined,
      unread,
      quarantinedHosts: quarantinedHosts.hosts,
      quarantinedHostExchanges: quarantinedHosts.exchanges,
    },
    tls: groupOf(groups, 'tls'),
    logs: groupOf(groups, 'logs'),
    coverage: coverageDocument(counters),
    limits: { lawHolds: (limits['lawLost'] ?? 0) === 0, ...limits },
  }
}

/** Numerators, denominators and the share that comes of them; no share where no packet was read. */
function coverageDocument(counters: ReadonlyMap<string, number>): NonNullable<VisibilityDocument['coverage']> {
  const captured = capturedIn(counters)
  const { packets, droppedPackets, ...rest } = captured
  return { ...rest, droppedPackets, ...(packets + droppedPackets === 0 ? {} : { share: roundedShare(capturedShare(captured)) }) }
}

/** Requests whose answers nobody saw are an endpoint too, and marked; so are answers of which only the status is not known. */
function responsesUnseen({ statuses, facts }: Endpoint): { responseUnseen?: number; statusUnknown?: number } {
  const without = statuses.get(0) ?? 0
  const unknown = Math.min(without, facts.get('fact.status_unknown') ?? 0)
  return { ...(without === unknown ? {} : { responseUnseen: without - unknown }), ...(unknown === 0 ? {} : { statusUnknown: unknown }) }
}

function groupOf(groups: ReadonlyMap<string, ReadonlyMap<string, number>>, name: string): Record<string, number> {
  return Object.fromEntries(groups.get(name) ?? [])
}

/** What stands in every document, 0 where the engine counted nothing. */
const counterNames: Readonly<Record<string, readonly string[]>> = {
  packets: [
    'read',
    'decoded',
    'duplicate',
    'notIp',
    'notTcp',
    'fragmentIncomplete',
    'truncatedRecord',
    'unknownLinkType',
    'malformed',
    'filtered',
    'kernelDropped',
  ],
  tcp: ['flows', 'payloadBytes', 'deliveredBytes', 'retransmittedBytes', 'overlapConflictBytes', 'gapBytes', 'shedBytes', 'midstreamFlows', 'oneWayFlows'],
  http: ['exchanges', 'inEndpoints', 'quarantined', 'unread', 'unpairedRequests', 'unpairedResponses'],
  tls: ['flows', 'bytes', 'decryptedBytes'],
  logs: ['lines', 'exchanges', 'rejected'],
}

const unassessed: EndpointAssessment = {
  labels: [],
  facts: {
    documented: false,
    serviceRegistered: false,
    deprecatedInSpec: false,
    deprecatedInTraffic: false,
    removedInNewerSpec: false,
    supersededVersion: false,
    sunsetPassed: false,
    seenInWindow: false,
    accepted: false,
    ownerKnown: false,
    coverage: 0,
  },
  risk: { score: 0, parts: [] },
}
