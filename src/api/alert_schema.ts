import { Type, type TObject, type TSchema } from 'typebox'

import { itemsMax } from '../alert/alert_desk.ts'

/** A message of alerts, as it waits, was delivered or given up. */
export function alertSchema(): TObject {
  return closed(
    {
      id: Type.Integer({ minimum: 1, description: 'Rises from message to message.' }),
      key: Type.String({ description: 'By which a message that came twice is known.' }),
      channel: Type.String(),
      form: Type.Enum(['new', 'update', 'edit'], { description: 'A message that is new, one that answers an earlier one, or that earlier one told anew.' }),
      state: state(),
      at: Type.String({ description: 'When it was made.' }),
      tries: Type.Integer({ minimum: 0, description: 'Tries that failed.' }),
      notBefore: orNull(Type.String({ description: 'When it is tried again.' })),
      problem: orNull(Type.String({ description: 'Why the last try failed; of a dead letter, why it was given up.' })),
      title: Type.String(),
      severity: severity(),
      items: Type.Array(
        closed({
          what: Type.Enum(['opened', 'changed', 'repeated', 'resolved', 'happened']),
          kind: Type.String({ description: 'Of a finding, or of an event.' }),
          severity: severity(),
          title: Type.String(),
          service: Type.String({ description: 'Its name.' }),
          endpoint: orNull(Type.String({ description: 'Its id.' })),
          method: orNull(Type.String()),
          template: orNull(Type.String()),
          operation: orNull(Type.String({ description: 'Of an endpoint of GraphQL, SOAP, JSON-RPC and their like.' })),
        }),
        { maxItems: itemsMax, description: `What it is about, the first ${itemsMax}: what the inventory shows, nothing else.` },
      ),
      itemCount: Type.Integer({ minimum: 0 }),
    },
    { title: 'A message of alerts' },
  )
}

/** A page of them, with how the channels are doing. */
export function alertsSchema(): TObject {
  const count = Type.Integer({ minimum: 0 })
  return closed({
    channels: Type.Array(
      closed({
        channel: Type.String(),
        type: Type.String(),
        sent: Type.Integer({ minimum: 0, description: 'Messages that were delivered since the start.' }),
        failed: Type.Integer({ minimum: 0, description: 'Tries that failed since then.' }),
        capped: Type.Integer({ minimum: 0, description: 'Times when a limit of messages held something back.' }),
        shed: Type.Integer({ minimum: 0, description: 'Single events that found no room.' }),
        waiting: Type.Integer({ minimum: 0, description: 'Findings and events that no message was delivered of yet.' }),
        dead: count,
      }),
      { description: 'Of the configuration.' },
    ),
    items: Type.Array(alertSchema()),
    nextCursor: orNull(Type.String()),
  })
}

export function state(): TSchema {
  return Type.Enum(['waiting', 'sent', 'dead'], { description: '`dead`: it was given up, and waits for somebody to try it again.' })
}

function severity(): TSchema {
  return Type.Enum(['critical', 'high', 'medium', 'low', 'info'])
}

function closed(properties: Record<string, TSchema>, options: Readonly<Record<string, unknown>> = {}): TObject {
  return Type.Object(properties, { ...options, additionalProperties: false })
}

function orNull(schema: TSchema): TSchema {
  return Type.Union([schema, Type.Null()])
}
