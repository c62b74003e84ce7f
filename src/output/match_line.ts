import { Type, type TSchema } from 'typebox'

import type { Label } from '../inventory/document.ts'
import { orNull } from './or_null.ts'

/** One line of `match`: where a request belongs, and why. */
export interface MatchLine {
  /** The `id` of the input line, null where it has none. */
  readonly id: string | null
  /** The service's name, null where none has the request's host. */
  readonly service: string | null
  readonly serviceId: string | null
  readonly endpoint: string | null
  readonly method: string
  readonly template: string | null
  readonly labels: readonly Label[]
  readonly why: string
}

export function matchLineSchema(): TSchema {
  return Type.Object(
    {
      id: orNull(Type.String()),
      service: orNull(Type.String()),
      serviceId: orNull(Type.String({ pattern: '^svc_[0-9a-f]{16}$' })),
      endpoint: orNull(Type.String({ pattern: '^ep_[0-9a-f]{16}$' })),
      method: Type.String(),
      template: orNull(Type.String()),
      labels: Type.Array(Type.String()),
      why: Type.String({ minLength: 1 }),
    },
    {
      $schema: 'https://json-schema.org/draft/2020-12/schema',
      title: 'One line of tapistry match',
      additionalProperties: false,
    },
  )
}
