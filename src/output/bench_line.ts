import { Type, type TSchema } from 'typebox'

/** The schema of one line of `bench`: the measurement, the machine, the case, and figures whose names end in their unit. */
export function benchLineSchema(): TSchema {
  return Type.Object(
    { bench: Type.String(), machine: Type.String(), case: Type.String() },
    {
      $schema: 'https://json-schema.org/draft/2020-12/schema',
      title: 'One line of tapistry bench',
      additionalProperties: Type.Union([Type.Number(), Type.String(), Type.Boolean(), Type.Null()]),
    },
  )
}
