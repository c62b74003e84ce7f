import type { EndpointDocument, FindingDocument, InventoryDocument, ServiceDocument } from '../../src/inventory/document.ts'
import { stableId } from '../../src/base/ids.ts'
import type { Report } from '../../src/output/report.ts'

export function sampleEndpoint(method: string, template: string, more: Partial<EndpointDocument> = {}): EndpointDocument {
  return {
    id: stableId('ep_', method, template),
    method,
    template,
    kind: 'rest',
    operationId: null,
    labels: ['undocumented'],
    facts: {
      documented: false,
      serviceRegistered: true,
      deprecatedInSpec: false,
      deprecatedInTraffic: false,
      removedInNewerSpec: false,
      supersededVersion: false,
      sunsetPassed: false,
      seenInWindow: true,
      accepted: true,
      ownerKnown: false,
      coverage: 1,
    },
    exchanges: 12,
    firstSeen: '2026-03-02T09:00:00.000Z',
    lastSeen: '2026-03-02T09:59:00.000Z',
    statuses: { '200': 10, '404': 2 },
    parameters: [...template.matchAll(/\{([^}+]*)\+?\}/g)].map(([, name]) => ({
      in: 'path' as const,
      name: name ?? '',
      schema: { type: 'integer' },
      seen: 12,
      of: 12,
      required: true,
      distinct: 9,
      classes: [],
    })),
    request: { mediaTypes: {} },
    responses: {
      '200': {
        mediaTypes: {
          'application/json': { seen: 10, schema: { type: 'object', properties: { id: { 'type': 'integer', 'x-seen': 10, 'x-of': 10 } }, required: ['id'] } },
        },
      },
    },
    auth: [{ kind: 'bearer-jwt', seen: 11, of: 12 }],
    dataClasses: [],
    clients: { distinct: 3, kinds: { browser: 3 } },
    latencyMs: { p50: 12, p95: 40, p99: 90 },
    sources: { packets: 12, logs: 0 },
    templateInfo: { confidence: 1, aliases: [], decisions: [] },
    risk: { score: 10, parts: [{ factor: 'undocumented', points: 10 }] },
    ...more,
  }
}

export function sampleService(name: string, endpoints: readonly EndpointDocument[], more: Partial<ServiceDocument> = {}): ServiceDocument {
  return {
    id: stableId('svc_', name),
    name,
    hosts: [name],
    direction: 'inbound',
    kinds: ['rest'],
    owner: null,
    specs: [],
    exchanges: endpoints.reduce((sum, { exchanges }) => sum + exchanges, 0),
    quarantined: 0,
    unread: 0,
    visibility: { coverage: 0.98, tlsBlindShare: 0, gapBytes: 0, unpairedShare: 0, kernelDrops: 0, oneWay: false, reasons: [] },
    endpoints,
    ...more,
  }
}

export function sampleFinding(service: string, endpoint: string | null, more: Partial<FindingDocument> = {}): FindingDocument {
  return {
    id: stableId('fnd_', service, endpoint ?? ''),
    kind: 'inv.shadow-endpoint',
    severity: 'high',
    service,
    endpoint,
    state: 'open',
    owner: null,
    title: 'An endpoint that no spec has',
    evidence: {},
    why: 'Nobody reviewed it',
    fix: 'Document it',
    firstSeen: null,
    lastSeen: null,
    count: 12,
    controls: [],
    ...more,
  }
}

export function sampleReport(services: readonly ServiceDocument[], findings: readonly FindingDocument[] = [], more: Partial<Report> = {}): Report {
  const inventory: InventoryDocument = {
    tapistryVersion: '0.0.0',
    schemaVersion: 1,
    window: { from: '2026-03-02T09:00:00.000Z', to: '2026-03-02T09:59:00.000Z' },
    services,
    findings,
    visibility: {
      packets: {
        read: 40,
        decoded: 40,
        duplicate: 0,
        notIp: 0,
        notTcp: 0,
        fragmentIncomplete: 0,
        truncatedRecord: 0,
        unknownLinkType: 0,
        malformed: 0,
        filtered: 0,
        kernelDropped: 0,
      },
      tcp: {
        flows: 4,
        payloadBytes: 100,
        deliveredBytes: 100,
        retransmittedBytes: 0,
        overlapConflictBytes: 0,
        gapBytes: 0,
        shedBytes: 0,
        midstreamFlows: 0,
        oneWayFlows: 0,
      },
      http: { exchanges: 12, inEndpoints: 12, quarantined: 0, unread: 0, unpairedRequests: 0, unpairedResponses: 0 },
      tls: { flows: 0, bytes: 0, decryptedBytes: 0 },
      logs: { lines: 0, exchanges: 0, rejected: 0 },
      coverage: { seenBytes: 100, lostBytes: 0, droppedPackets: 0, exchanges: 12, brokenExchanges: 0, share: 1 },
      limits: { lawHolds: true },
    },
  }
  return { inventory, inputs: [], specs: [], encryptedNames: [], ...more }
}
