import { Type, type TSchema } from 'typebox'

import { momentIn } from '../base/day.ts'
import { wrongParameter } from './problem.ts'

const momentForm = String.raw`^\d{4}-\d{2}-\d{2}(?:[Tt]\d{2}:\d{2}:\d{2}(?:\.\d{1,9})?(?:[Zz]|[+-]\d{2}:\d{2}))?$`

/** A moment: RFC 3339, or a date for its beginning in UTC. */
export function momentSchema(description: string): TSchema {
  return Type.String({ pattern: momentForm, description })
}

export function sinceSchema(): TSchema {
  return Type.Optional(momentSchema('Seen at this time or later: RFC 3339, or a date for its beginning in UTC. A `+` in it is written `%2B`.'))
}

/** Epoch milliseconds. Throws `ProblemError` (400) for a time that does not exist. */
export function momentMs(text: string, pointer: string): number {
  const ms = momentIn(text)
  if (ms === null) throw wrongParameter(pointer, 'is no day of the calendar or time of a day')
  return ms
}
