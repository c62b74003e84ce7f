import { Type } from 'typebox'
import type { TSchema } from 'typebox'

/** The JSON Schema of `InventoryDocument`, from which schemas/inventory.schema.json is generated and against which every output is tested. */
export function inventorySchema(): TSchema {
  return closed(
    {
      tapistryVersion: Type.String(),
      schemaVersion: Type.Literal(1),
      window: closed({ from: moment(), to: moment() }),
      services: Type.Array(serviceSchema()),
      findings: Type.Array(findingSchema()),
      visibility: visibilitySchema(),
      encrypted: Type.Optional(
        Type.Array(encryptedSchema(), { description: 'Services of which connections stayed encrypted, those with the most bytes first.' }),
      ),
    },
    {
      $schema: 'https://json-schema.org/draft/2020-12/schema',
      title: 'Tapistry inventory',
      description: 'Services, endpoints and findings that were read out of observed traffic, with what could not be seen.',
    },
  )
}

function encryptedSchema(): TSchema {
  return closed({
    name: Type.String({ description: "The name that clients asked for, or the server's address." }),
    flows: count(),
    bytes: count(),
    share: share(),
    tls: tlsSchema(),
  })
}

/** Facts of TLS connections: how many have a property, or each of its values. */
function tlsSchema(): TSchema {
  return Type.Record(Type.String(), Type.Union([count(), Type.Record(Type.String(), count())]))
}

/** One service with its endpoints. */
export function serviceSchema(): TSchema {
  return closed({
    id: Type.String({ pattern: '^svc_[0-9a-f]{16}$' }),
    name: Type.String(),
    hosts: Type.Array(Type.String()),
    direction: oneOf('inbound', 'internal', 'outbound', 'unknown'),
    kinds: Type.Array(Type.String()),
    owner: orNull(Type.String()),
    specs: Type.Array(Type.String()),
    exchanges: count('The sum of the exchanges of the endpoints, quarantined and unread.'),
    quarantined: count('Noise: scanner paths, catch-all answers and what did not fit.'),
    unread: count('Responses whose requests were not seen.'),
    visibility: closed({
      coverage: share('How much of what must have been was captured and could be read. Below 0.9 nothing is called an orphan.'),
      tlsBlindShare: share(),
      gapBytes: count(),
      unpairedShare: share(),
      kernelDrops: count('Packets that the kernel dropped, of whatever service: the most that this one may have lost, as nobody saw whose they were.'),
      oneWay: Type.Boolean(),
      reasons: Type.Array(Type.String()),
      tls: Type.Optional(tlsSchema()),
    }),
    endpoints: Type.Array(endpointSchema()),
  })
}

/** One endpoint: a method and a path template of a service. */
export function endpointSchema(): TSchema {
  return closed({
    id: Type.String({ pattern: '^ep_[0-9a-f]{16}$' }),
    method: Type.String(),
    template: Type.String(),
    kind: Type.String(),
    operationId: orNull(Type.String()),
    labels: Type.Array(oneOf('documented', 'undocumented', 'shadow', 'zombie', 'orphan', 'unseen', 'drift', 'blocked', 'unconfirmed')),
    facts: closed({
      documented: Type.Boolean(),
      serviceRegistered: Type.Boolean(),
      deprecatedInSpec: Type.Boolean(),
      deprecatedInTraffic: Type.Boolean(),
      removedInNewerSpec: Type.Boolean(),
      supersededVersion: Type.Boolean(),
      sunsetPassed: Type.Boolean(),
      seenInWindow: Type.Boolean(),
      accepted: Type.Boolean(),
      ownerKnown: Type.Boolean(),
      coverage: share(),
    }),
    exchanges: count('The largest of the sources: what packets and a log both saw counts once.'),
    firstSeen: moment(),
    lastSeen: moment(),
    statuses: Type.Record(Type.String(), count()),
    responseUnseen: Type.Optional(count()),
    statusUnknown: Type.Optional(count()),
    parameters: Type.Array(
      closed({
        in: place(),
        name: Type.String(),
        schema: jsonSchema(),
        seen: count(),
        of: count(),
        required: Type.Boolean(),
        distinct: count(),
        classes: Type.Array(Type.String()),
      }),
    ),
    request: closed({ mediaTypes: bodies() }),
    responses: Type.Record(Type.String(), closed({ mediaTypes: bodies() }), { description: 'By status, `0` where that is not known.' }),
    auth: Type.Array(closed({ kind: Type.String(), seen: count(), of: count() })),
    withoutCredentials: Type.Optional(
      closed({
        seen: count('Requests that were answered with success (2xx, 101 or 304) and carried no credentials.'),
        of: count('Those whose header fields were seen.'),
      }),
    ),
    dataClasses: Type.Array(
      closed({
        class: Type.String(),
        in: Type.Union([oneOf('request', 'response'), place()]),
        status: orNull(Type.String()),
        mediaType: orNull(Type.String()),
        path: Type.String(),
        seen: count(),
        of: count(),
        confidence: share(),
      }),
    ),
    clients: closed({ distinct: count(), kinds: Type.Record(Type.String(), count()) }),
    latencyMs: closed({ p50: orNull(Type.Number()), p95: orNull(Type.Number()), p99: orNull(Type.Number()) }),
    sources: closed({ packets: count(), logs: count() }),
    templateInfo: closed({
      confidence: share(),
      aliases: Type.Array(Type.String()),
      decisions: Type.Array(closed({ segment: count(), name: Type.String(), rule: Type.String(), distinct: count(), confidence: share() })),
    }),
    risk: closed({
      score: Type.Integer({ minimum: 0, maximum: 100 }),
      parts: Type.Array(closed({ factor: Type.String(), points: Type.Integer() })),
    }),
  })
}

/** One finding with its evidence. */
export function findingSchema(): TSchema {
  return closed({
    id: Type.String({ pattern: '^fnd_[0-9a-f]{16}$' }),
    kind: Type.String(),
    severity: oneOf('info', 'low', 'medium', 'high', 'critical'),
    service: Type.String(),
    endpoint: orNull(Type.String()),
    state: oneOf('open', 'acknowledged', 'resolved', 'suppressed', 'reopened'),
    owner: orNull(Type.String()),
    title: Type.String(),
    evidence: Type.Record(Type.String(), Type.Unknown()),
    why: Type.String(),
    fix: Type.String(),
    firstSeen: moment(),
    lastSeen: moment(),
    count: count(),
    controls: Type.Array(closed({ framework: Type.String(), control: Type.String(), verdict: oneOf('not_satisfied', 'supported', 'no_evidence') })),
  })
}

/** What was seen and what was not, by group of counters. */
export function visibilitySchema(): TSchema {
  return Type.Object(
    {
      packets: counters(
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
      ),
      tcp: counters(
        'flows',
        'payloadBytes',
        'deliveredBytes',
        'retransmittedBytes',
        'overlapConflictBytes',
        'gapBytes',
        'shedBytes',
        'midstreamFlows',
        'oneWayFlows',
      ),
      http: counters('exchanges', 'inEndpoints', 'quarantined', 'unread', 'unpairedRequests', 'unpairedResponses'),
      tls: counters('flows', 'bytes', 'decryptedBytes'),
      logs: counters('lines', 'exchanges', 'rejected'),
      flows: Type.Optional(
        Type.Object(
          {
            unknownProtocol: Type.Optional(count('Connections of a protocol that is not read.')),
            unknownBytes: Type.Optional(count('Of these connections.')),
          },
          { additionalProperties: Type.Integer({ minimum: 0 }), description: 'Connections that no service is known of; absent where there were none.' },
        ),
      ),
      coverage: Type.Optional(
        Type.Object(
          {
            seenBytes: count('Of streams, as they were captured.'),
            lostBytes: count('Acknowledged or numbered, and not captured.'),
            droppedPackets: count('By the kernel.'),
            exchanges: count(),
            brokenExchanges: count('Of which one half was not seen, or not whole.'),
            share: Type.Optional(share('Whole exchanges, times the smaller one of the shares of bytes and of packets; absent where no packet was read.')),
          },
          { additionalProperties: false, description: 'What was captured of what must have been, over all sensors.' },
        ),
      ),
      limits: Type.Object({ lawHolds: Type.Boolean() }, { additionalProperties: Type.Integer({ minimum: 0 }) }),
    },
    { additionalProperties: Type.Record(Type.String(), Type.Integer({ minimum: 0 })) },
  )
}

function counters(...names: readonly string[]): TSchema {
  return Type.Object(Object.fromEntries(names.map((name) => [name, count()])), { additionalProperties: Type.Integer({ minimum: 0 }) })
}

function closed(properties: Record<string, TSchema>, options: Record<string, unknown> = {}): TSchema {
  return Type.Object(properties, { ...options, additionalProperties: false })
}

function oneOf(...names: readonly string[]): TSchema {
  return Type.Enum([...names])
}

function orNull(schema: TSchema): TSchema {
  return Type.Union([schema, Type.Null()])
}

function moment(): TSchema {
  return orNull(Type.String({ pattern: '^\\d{4}-\\d{2}-\\d{2}T\\d{2}:\\d{2}:\\d{2}\\.\\d{3}Z$' }))
}

function count(description?: string): TSchema {
  return Type.Integer(description === undefined ? { minimum: 0 } : { minimum: 0, description })
}

function share(description?: string): TSchema {
  return Type.Number({ minimum: 0, maximum: 1, ...(description === undefined ? {} : { description }) })
}

function place(): TSchema {
  return oneOf('path', 'query', 'header', 'cookie')
}

function jsonSchema(): TSchema {
  return Type.Record(Type.String(), Type.Unknown(), { description: 'JSON Schema 2020-12; each property has x-seen and x-of counts.' })
}

function bodies(): TSchema {
  return Type.Record(Type.String(), closed({ seen: count(), schema: jsonSchema() }))
}
