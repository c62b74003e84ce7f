import { Type, type TObject, type TSchema } from 'typebox'

import { serviceSchema, visibilitySchema } from '../inventory/document_schema.ts'
import { changeSchema, endpointLineSchema } from '../output/schemas.ts'

/** What the API answers, by the name it has in the OpenAPI document. */
export function answerSchemas(): Readonly<Record<string, TSchema>> {
  return {
    Endpoint: titled('An endpoint with the service it belongs to', endpointLineSchema()),
    Service: titled('A service without its endpoints', listedServiceSchema()),
    AuditRow: auditRowSchema(),
    HistoryEvent: historyEventSchema(),
    Change: changeSchema(),
    Source: sourceSchema(),
    ParkedRecord: parkedRecordSchema(),
    Visibility: titled('What was seen and what was not', visibilitySchema()),
    IngestAnswer: ingestAnswerSchema(),
    Problem: problemSchema(),
  }
}

/** A schema that is in the list above. */
export function named(name: string): TSchema {
  return Type.Unsafe({ $ref: `#/components/schemas/${name}` })
}

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

function historyEventSchema(): TSchema {
  return closed(
    {
      id: Type.Integer({ minimum: 1, description: 'Rises from event to event.' }),
      at: Type.String({ description: 'When it was found.' }),
      kind: Type.String(),
      what: Type.String({ description: '`appeared`, `labels_changed` and their like.' }),
      details: Type.Record(Type.String(), Type.Unknown()),
    },
    { title: 'A change that was seen' },
  )
}

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
      rejectedBy: Type.Record(Type.String(), closed({ count, firstLine: Type.Integer({ minimum: 1 }) })),
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
        Type.Array(closed({ pointer: Type.String({ description: '`/query/limit`, `/path/id`, `/header/idempotency-key`' }), detail: Type.String() })),
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

function orNull(schema: TSchema): TSchema {
  return Type.Union([schema, Type.Null()])
}
