import { operationKinds } from '../observation/operation.ts'
import { Type, type TSchema } from 'typebox'

import { orNull } from './or_null.ts'

/** One line of `exchanges`: nothing in it can hold a header value, a query value, a token or a body. */
export interface ExchangeLine {
  readonly n: number
  /** Of NDJSON input only. */
  readonly id?: string
  readonly flow: string | null
  readonly vlan: readonly number[]
  readonly tunnel: readonly string[]
  readonly protocol: string
  readonly service: string
  readonly request: {
    readonly ts: string | null
    readonly method: string
    readonly host: string | null
    readonly path: string
    readonly targetSha?: string | null
    readonly queryKeys: readonly string[]
    readonly mediaType: string | null
    readonly bodyBytes: number | null
    readonly bodySha?: string | null
    readonly complete: boolean
  } | null
  readonly response: {
    readonly ts: string | null
    /** Null where it has one that cannot be told, as behind a hole in HTTP/2. */
    readonly status: number | null
    readonly mediaType: string | null
    readonly bodyBytes: number | null
    readonly bodySha?: string | null
    readonly complete: boolean
  } | null
  readonly grpc: Readonly<Record<string, unknown>> | null
  /** What is asked for, where the path does not say so; `name` is null where only the kind is known. */
  readonly operation: { readonly kind: string; readonly name: string | null } | null
  readonly webSocket: Readonly<Record<string, unknown>> | null
  readonly tls: Readonly<Record<string, unknown>> | null
  readonly auth: readonly string[]
  readonly classes: readonly string[]
  readonly weirds: readonly string[]
}

/** The schema of a line, the last one of `--summary` included. */
export function exchangeLineSchema(): TSchema {
  const text = Type.String()
  const sha = Type.Optional(orNull(Type.String({ pattern: '^[0-9a-f]{16}$' })))
  const moment = orNull(Type.String({ pattern: String.raw`^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}\.\d{3}Z$` }))
  const bytes = orNull(Type.Integer({ minimum: 0 }))
  const texts = Type.Array(text)
  const closed = { additionalProperties: false }
  const exchange = Type.Object(
    {
      n: Type.Integer({ minimum: 1 }),
      id: Type.Optional(text),
      flow: orNull(text),
      vlan: Type.Array(Type.Integer({ minimum: 0, maximum: 4095 })),
      tunnel: texts,
      protocol: text,
      service: text,
      request: orNull(
        Type.Object(
          {
            ts: moment,
            method: text,
            host: orNull(text),
            path: text,
            targetSha: sha,
            queryKeys: texts,
            mediaType: orNull(text),
            bodyBytes: bytes,
            bodySha: sha,
            complete: Type.Boolean(),
          },
          closed,
        ),
      ),
      response: orNull(
        Type.Object(
          {
            ts: moment,
            status: orNull(Type.Integer({ minimum: 0, maximum: 999 })),
            mediaType: orNull(text),
            bodyBytes: bytes,
            bodySha: sha,
            complete: Type.Boolean(),
          },
          closed,
        ),
      ),
      grpc: orNull(Type.Record(text, Type.Unknown())),
      operation: orNull(Type.Object({ kind: Type.Enum([...operationKinds]), name: orNull(text) }, closed)),
      webSocket: orNull(Type.Record(text, Type.Unknown())),
      tls: orNull(Type.Record(text, Type.Unknown())),
      auth: texts,
      classes: texts,
      weirds: texts,
    },
    closed,
  )
  const summary = Type.Object({ summary: Type.Record(text, Type.Integer({ minimum: 0 })) }, closed)
  return Type.Union([exchange, summary], {
    $schema: 'https://json-schema.org/draft/2020-12/schema',
    title: 'One line of tapistry exchanges',
    description: 'A request and its response, or with --summary as the last line every counter of the engine.',
  })
}
