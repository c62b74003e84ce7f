import { Type, type TObject, type TSchema } from 'typebox'

import { findingSchema, serviceSchema, visibilitySchema } from '../inventory/document_schema.ts'
import { executiveReportSchema } from '../output/executive_report.ts'
import { changeDetails, changeSchema, endpointLineSchema } from '../output/schemas.ts'
import { alertSchema, alertsSchema } from './alert_schema.ts'
import { frameworkEvidenceSchema, frameworkSchema } from './control_schema.ts'

/** What the API answers, by the name it has in the OpenAPI document. */
export function answerSchemas(): Readonly<Record<string, TSchema>> {
  return {
    Endpoint: titled('An endpoint with the service it belongs to', endpointLineSchema()),
    Service: titled('A service without its endpoints', listedServiceSchema()),
    AuditRow: auditRowSchema(),
    HistoryEvent: historyEventSchema(),
    Change: changeSchema(),
    ChangeEvent: changeEventSchema(),
    Finding: titled('A finding with what people decided of it', findingLineSchema()),
    Suppression: suppressionSchema(),
    Correction: correctionSchema(),
    Spec: specSchema(),
    ListedSpec: listedSpecSchema(),
    SpecCoverage: specCoverageSchema(),
    Framework: frameworkSchema(),
    FrameworkEvidence: frameworkEvidenceSchema(),
    ExecutiveReport: titled('Questions of those who carry the risk', executiveReportSchema()),
    Alert: alertSchema(),
    Alerts: alertsSchema(),
    Source: sourceSchema(),
    ParkedRecord: parkedRecordSchema(),
    Visibility: titled('What was seen and what was not', visibilitySchema()),
    IngestAnswer: ingestAnswerSchema(),
    Problem: problemSchema(),
  }
}

/** A schema that is in the list above. */
export function named(name: string): TSchema {
  return Type.Unsafe({ $ref: `${refPrefix}${name}` })
}

export const refPrefix = '#/components/schemas/'

export function listOf(name: string): TSchema {
  return closed({
    items: Type.Array(named(name)),
    nextCursor: Type.Union([Type.String(), Type.Null()], { description: 'Send it as `cursor` for the next page; null on the last one.' }),
  })
}

/** What every list takes. */
export interface PageQuery {
  readonly limit?: number
  readonly cursor?: string
}

export const pageQuerySchema: Readonly<Record<keyof PageQuery, TSchema>> = {
  limit: Type.Optional(Type.Integer({ minimum: 1, maximum: 500, description: 'How many items, 50 if absent; a page has fewer where they are very long.' })),
  cursor: Type.Optional(Type.String({ minLength: 1, maxLength: 12_000, description: 'The `nextCursor` of the page before.' })),
}

export const limitDefault = 50

export function closed(properties: Record<string, TSchema>, options: Readonly<Record<string, unknown>> = {}): TObject {
  return Type.Object(properties, { ...options, additionalProperties: false })
}

function listedServiceSchema(): TSchema {
  const { endpoints: _, ...own } = (serviceSchema() as TObject).properties
  return closed({ ...own, endpointCount: Type.Integer({ minimum: 0, description: 'They are listed by /api/v1/endpoints?service=<id>.' }) })
}

function auditRowSchema(): TSchema {
  return closed(
    {
      id: Type.Integer({ minimum: 1, description: 'Rises from row to row.' }),
      at: Type.String(),
      actor: closed({
        kind: Type.Enum(['local', 'token', 'login'], { description: '`local` needed no token: the command line, and a loopback address that is open.' }),
        id: Type.String(),
        name: Type.String(),
      }),
      action: Type.String({ description: 'The operationId of the request, `createToken` or `revokeToken`.' }),
      target: Type.String({ description: 'The path of the request, or the id of what was changed.' }),
      outcome: Type.Enum(['done', 'refused', 'failed']),
      status: orNull(Type.Integer({ description: 'What was answered; null for a command.' })),
    },
    { title: 'A change or an export' },
  )
}

function changeEventSchema(): TSchema {
  const subject = Type.String({ description: 'The id of what changed.' })
  return closed({ ...historyEventSchema().properties, subject }, { title: 'A change, as `data` of the stream of events has it' })
}

function findingLineSchema(): TSchema {
  return closed({
    ...(findingSchema() as TObject).properties,
    serviceName: Type.String(),
    method: orNull(Type.String({ description: 'Of the endpoint.' })),
    template: orNull(Type.String({ description: 'Of the endpoint.' })),
    operation: orNull(Type.String({ description: 'Of an endpoint of GraphQL, SOAP, JSON-RPC and their like.' })),
    reason: orNull(Type.String({ description: 'Why it was decided so.' })),
    due: orNull(Type.String({ description: 'Until when it is to be fixed.' })),
    decidedBy: orNull(Type.String()),
    decidedAt: orNull(Type.String()),
  })
}

function suppressionSchema(): TSchema {
  return closed(
    {
      id: Type.String({ pattern: '^sup_[0-9a-f]{16}$' }),
      kind: orNull(Type.String({ description: 'Of findings; null for any.' })),
      service: orNull(Type.String({ description: 'Id of the service; null for any.' })),
      endpoint: orNull(Type.String({ description: 'Id of the endpoint; null for any.' })),
      reason: Type.String(),
      until: orNull(Type.String()),
      isSeen: Type.Boolean({ description: 'The inventory has the service and the endpoint that it names; where not, it waits for them.' }),
      isOver: Type.Boolean({ description: '`until` has passed: it hides nothing any more.' }),
      findings: Type.Integer({ minimum: 0, description: 'How many findings are suppressed by it alone or with others.' }),
      by: Type.String(),
      at: Type.String(),
    },
    { title: 'Findings that are not shown as open' },
  )
}

function correctionSchema(): TSchema {
  return closed(
    {
      id: Type.String({ pattern: '^cor_[0-9a-f]{16}$' }),
      kind: Type.Enum(['pin', 'split', 'merge', 'rename']),
      service: Type.String(),
      serviceName: Type.String(),
      template: orNull(Type.String({ description: 'What is pinned.' })),
      place: orNull(Type.String({ description: 'The template without names above the words, or up to the parameter that is named.' })),
      words: Type.Array(Type.String(), { description: 'Segments that are endpoints of their own, or values of one parameter.' }),
      name: orNull(Type.String({ description: 'Of the parameter.' })),
      endpoint: Type.String({ description: 'The id of the endpoint as it is with it.' }),
      by: Type.String(),
      at: Type.String(),
    },
    { title: 'What a person decided of a template' },
  )
}

function listedSpecSchema(): TObject {
  return closed(
    {
      id: Type.String({ pattern: specId, description: 'A hash of title, version, servers and operations.' }),
      title: Type.String(),
      version: Type.String(),
      openapi: Type.String({ description: 'The version of OpenAPI as it is written.' }),
      name: Type.String({ description: 'What people know it by: its file, usually.' }),
      from: Type.Enum(['configuration', 'api'], { description: 'Those of the configuration are read only here.' }),
      operations: Type.Integer({ minimum: 0 }),
      servers: Type.Array(Type.String()),
      boundTo: Type.Array(Type.String(), { description: 'Services that it was said to be for.' }),
      services: Type.Array(closed({ id: Type.String(), name: Type.String() }), { description: 'Services of the inventory that it speaks for.' }),
      problemCount: Type.Integer({ minimum: 0 }),
      by: orNull(Type.String()),
      at: orNull(Type.String()),
    },
    { title: 'A registered API document' },
  )
}

function specSchema(): TSchema {
  const position = Type.Integer({ minimum: 0 })
  const problem = closed({ line: position, column: position, pointer: Type.String(), message: Type.String() })
  return closed({ ...listedSpecSchema().properties, problems: Type.Array(problem) }, { title: 'A registered API document with what is wrong with it' })
}

function specCoverageSchema(): TSchema {
  const count = Type.Integer({ minimum: 0 })
  const endpoint = closed({ id: Type.String(), service: Type.String(), exchanges: count, lastSeen: orNull(Type.String()), labels: Type.Array(Type.String()) })
  return closed(
    {
      spec: Type.String({ pattern: specId }),
      services: Type.Array(closed({ id: Type.String(), name: Type.String() })),
      operations: count,
      seen: Type.Integer({ minimum: 0, description: 'Operations that traffic uses.' }),
      undocumented: Type.Integer({ minimum: 0, description: 'Endpoints of these services that were seen and that no document describes.' }),
      items: Type.Array(
        closed({
          method: Type.String(),
          template: Type.String({ description: 'As the document has it, without base path.' }),
          operationId: orNull(Type.String()),
          deprecated: Type.Boolean(),
          endpoints: Type.Array(endpoint, { description: 'What it is in the inventory; exchanges are 0 where it was not seen.' }),
        }),
      ),
      nextCursor: orNull(Type.String()),
    },
    { title: 'How far traffic uses a document' },
  )
}

const specId = '^spec_[0-9a-f]{16}$'

function historyEventSchema(): TObject {
  return closed(
    {
      id: Type.Integer({ minimum: 1, description: 'Rises from event to event.' }),
      at: Type.String({ description: 'When it was found.' }),
      kind: Type.String(),
      what: Type.String({ description: '`appeared`, `schema_changed` and their like.' }),
      details: Type.Record(Type.String(), Type.Unknown(), { description: changeDetails }),
    },
    { title: 'A change that was seen' },
  )
}

const shape = Type.String({ description: 'Letters as `a`, digits as `0`, other text as `u`, and what stands between them.' })

function sourceSchema(): TSchema {
  return closed(
    {
      id: Type.String(),
      kind: Type.Enum(['interface', 'pcap', 'log', 'syslog', 'http', 'kafka']),
      state: Type.Enum(['starting', 'waiting', 'up', 'down', 'ended'], {
        description:
          '`up` reads. `waiting`: nothing of it is there yet, as of a glob. `down`: what was named is not there or cannot be read; it is tried again. `ended` has read all there was.',
      }),
      problem: orNull(Type.String({ description: 'Why it is down or what it waits for, and what of it cannot be read, each by name.' })),
      retryAt: orNull(Type.String()),
      detail: orNull(Type.String({ description: 'What it reads right now.' })),
      counts: Type.Record(Type.String(), Type.Number({ minimum: 0 })),
      coverage: orNull(
        Type.Number({
          minimum: 0,
          maximum: 1,
          description:
            'Of packets: the share of what must have been that was captured since the daemon was started, of connections that are over; null where none were read.',
        }),
      ),
      lastRejected: Type.Record(Type.String(), shape, { description: 'What the last record looks like that was rejected, by reason: never a value.' }),
      keptAt: orNull(Type.String({ description: 'When something of it was kept last.' })),
    },
    { title: 'A configured source' },
  )
}

function parkedRecordSchema(): TSchema {
  return closed(
    {
      topic: Type.String(),
      partition: Type.Integer({ minimum: 0 }),
      offset: Type.String({ pattern: '^[0-9]+$', description: 'Decimal, as it may be larger than a number of JSON holds.' }),
      through: Type.String({ pattern: '^[0-9]+$', description: 'The last of them, where several in a row have one reason; else the same as `offset`.' }),
      reason: Type.String({
        description:
          'Why: the reason that its line was rejected for, `empty`, `null`, `batch_too_large`, `batch_undecodable`, `deleted`, `recreated`, `truncated`.',
      }),
      at: Type.String({ description: 'When it was passed over.' }),
    },
    { title: 'A record that was passed over' },
  )
}

function ingestAnswerSchema(): TSchema {
  const count = Type.Integer({ minimum: 0 })
  return closed(
    {
      exchanges: count,
      rejected: count,
      rejectedBy: Type.Record(Type.String(), closed({ count, firstLine: Type.Integer({ minimum: 1 }), lastShape: orNull(shape) })),
      repeated: Type.Boolean({ description: 'The Idempotency-Key was seen before: nothing was added.' }),
    },
    { title: 'What became of the lines of a body' },
  )
}

function problemSchema(): TSchema {
  return Type.Object(
    {
      type: Type.String(),
      title: Type.String(),
      status: Type.Integer({ minimum: 400, maximum: 599 }),
      detail: Type.String(),
      instance: Type.String({ description: 'The path that was asked for.' }),
      errors: Type.Optional(
        Type.Array(
          closed({
            pointer: Type.String({ description: '`/query/limit`, `/path/id`, `/header/idempotency-key`, `/body/state`' }),
            detail: Type.String(),
            line: Type.Optional(Type.Integer({ minimum: 1, description: 'Of a document in the body.' })),
            column: Type.Optional(Type.Integer({ minimum: 1 })),
          }),
        ),
      ),
      reasons: Type.Optional(Type.Array(Type.String())),
    },
    { title: 'A problem (RFC 9457)' },
  )
}

function titled(title: string, schema: TSchema): TSchema {
  const { $schema: _, ...own } = schema as TSchema & { readonly $schema?: string }
  return { ...own, title }
}

export function orNull(schema: TSchema): TSchema {
  return Type.Union([schema, Type.Null()])
}
