import { Type, type TSchema } from 'typebox'

/** The schema, or null. */
export function orNull(schema: TSchema): TSchema {
  return Type.Union([schema, Type.Null()])
}
