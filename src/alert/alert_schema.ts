import { Type, type TObject, type TSchema } from 'typebox'

/** What a webhook is sent: schemas/alert.schema.json. */
export function alertSchema(): TSchema {
  return closed(
    {
      type: Type.Enum(['alert.raised', 'alert.resolved', 'alert.test'], { description: '`alert.resolved` where all of it is.' }),
      timestamp: Type.String({ description: 'When the message was made.' }),
      data: closed({
        key: Type.String({ description: 'The same each time a message comes; also the webhook-id.' }),
        channel: Type.String(),
        summary: Type.String(),
        total: Type.Integer({ minimum: 0, description: 'Of a digest, which lists at most 500.' }),
        items: Type.Array(itemSchema()),
      }),
    },
    { $schema: 'https://json-schema.org/draft/2020-12/schema', title: 'An alert as webhooks are sent it' },
  )
}

function itemSchema(): TSchema {
  const text = orNull(Type.String())
  return closed({
    fingerprint: Type.String({ description: 'The same for all that is told of one finding; a finding has its own id.' }),
    what: Type.Enum(['opened', 'changed', 'repeated', 'resolved', 'happened']),
    kind: Type.String(),
    severity: Type.Enum(['info', 'low', 'medium', 'high', 'critical']),
    title: Type.String(),
    why: text,
    fix: text,
    service: closed({ id: Type.String(), name: Type.String() }),
    endpoint: orNull(closed({ id: Type.String(), method: Type.String(), template: Type.String(), operation: text })),
    endpoints: orNull(closed({ total: Type.Integer({ minimum: 0 }), first: Type.Array(Type.String()) })),
    owner: text,
    firstSeen: text,
    lastSeen: text,
    count: orNull(Type.Integer({ minimum: 0 })),
    labels: Type.Array(Type.String()),
    dataClasses: Type.Array(Type.String()),
    url: Type.String(),
  })
}

function closed(properties: Record<string, TSchema>, options: Readonly<Record<string, unknown>> = {}): TObject {
  return Type.Object(properties, { ...options, additionalProperties: false })
}

function orNull(schema: TSchema): TSchema {
  return Type.Union([schema, Type.Null()])
}
