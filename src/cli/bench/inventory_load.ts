import type { EndpointDocument, InventoryDocument, JsonSchema, ServiceDocument } from '../../inventory/document.ts'
import { endpointId, serviceId } from '../../inventory/endpoint.ts'
import { seeded, type Between } from './random.ts'

/** An inventory of so many endpoints, a hundred a service, each about two kilobytes of JSON as in the examples. */
export function inventoryLoad(endpoints: number): InventoryDocument {
  const between = seeded(7)
  const services = Array.from({ length: Math.ceil(endpoints / endpointsPerService) }, (_, index) => serviceLoad(index, between))
  return {
    tapistryVersion: '0.0.0',
    schemaVersion: 1,
    window: { from: momentOf(0), to: momentOf(minutes) },
    services,
    findings: [],
    visibility: {
      packets: {},
      tcp: {},
      http: {},
      tls: {},
      logs: {},
      coverage: { seenBytes: 0, lostBytes: 0, droppedPackets: 0, exchanges: 0, brokenExchanges: 0 },
      limits: { lawHolds: true },
    },
  }
}

const endpointsPerService = 100
const minutes = 100_000

function serviceLoad(index: number, between: Between): ServiceDocument {
  const name = `service-${String(index).padStart(5, '0')}.example.com`
  const endpoints = Array.from({ length: endpointsPerService }, (_, at) => endpointLoad(name, at, between))
  return {
    id: serviceId(name),
    name,
    hosts: [name],
    direction: 'inbound',
    kinds: ['rest'],
    owner: `team-${index % 40}`,
    specs: [],
    exchanges: endpoints.reduce((sum, { exchanges }) => sum + exchanges, 0),
    quarantined: 0,
    unread: 0,
    visibility: { coverage: 1, tlsBlindShare: 0, gapBytes: 0, unpairedShare: 0, kernelDrops: 0, oneWay: false, reasons: [] },
    endpoints,
  }
}

function endpointLoad(service: string, at: number, between: Between): EndpointDocument {
  const template = `/api/v1/resource${String(at).padStart(2, '0')}/{resource${at}Id}`
  const exchanges = between(1, 1_000_000)
  const lastSeen = momentOf(between(0, minutes))
  return {
    id: endpointId(service, 'GET', template),
    method: 'GET',
    template,
    kind: 'rest',
    operationId: null,
    labels: at === 0 ? ['undocumented', 'zombie'] : ['documented'],
    facts,
    exchanges,
    firstSeen: momentOf(0),
    lastSeen,
    statuses: { '200': exchanges },
    parameters: [
      { in: 'path', name: `resource${at}Id`, schema: { type: 'integer' }, seen: exchanges, of: exchanges, required: true, distinct: 64, classes: [] },
    ],
    request: { mediaTypes: {} },
    responses: { '200': { mediaTypes: { 'application/json': { seen: exchanges, schema } } } },
    auth: [{ kind: 'bearer-jwt', seen: exchanges, of: exchanges }],
    dataClasses: [],
    clients: { distinct: 14, kinds: { browser: 10, service: 4 } },
    latencyMs: { p50: 12, p95: 40, p99: 90 },
    sources: { packets: exchanges, logs: 0 },
    templateInfo: {
      confidence: 0.97,
      aliases: [],
      decisions: [{ segment: 3, name: `resource${at}Id`, rule: 'lexical class', distinct: 64, confidence: 0.97 }],
    },
    risk: { score: between(0, 100), parts: [] },
  }
}

const facts: EndpointDocument['facts'] = {
  documented: true,
  serviceRegistered: true,
  deprecatedInSpec: false,
  deprecatedInTraffic: false,
  removedInNewerSpec: false,
  supersededVersion: false,
  sunsetPassed: false,
  seenInWindow: true,
  accepted: true,
  ownerKnown: true,
  coverage: 1,
}

const fields = ['id', 'name', 'createdAt', 'updatedAt', 'status', 'total', 'currency', 'items']

const schema: JsonSchema = {
  type: 'object',
  properties: Object.fromEntries(fields.map((name) => [name, { 'type': 'string', 'minLength': 1, 'maxLength': 64, 'x-seen': 120, 'x-of': 120 }])),
  required: fields,
}

function momentOf(minute: number): string {
  return new Date(1_772_442_000_000 + minute * 60_000).toISOString()
}
