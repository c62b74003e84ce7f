import { Type, type TSchema } from 'typebox'

import { agePattern, sizePattern } from './units.ts'

/** More than a year: what comes once a year is still known when it comes again, and an audit can look at the one before. */
export const ageDefault = '400d'
export const sizeDefault = '2GiB'

/** The bounds of what is kept. */
export const retentionOptions: TSchema = Type.Object(
  {
    age: Type.Optional(
      Type.String({
        pattern: agePattern,
        examples: ['400d', '36h'],
        default: ageDefault,
        description:
          'What was not seen for so long before the newest event goes, and changes and past days that are so much older than the newest: 400d or 36h.',
      }),
    ),
    size: Type.Optional(
      Type.String({
        pattern: sizePattern,
        examples: ['2GiB'],
        default: sizeDefault,
        description:
          'The most that the database takes, at least 64MiB: changes and past days go first, the oldest before others, then what was seen longest ago.',
      }),
    ),
  },
  { additionalProperties: false, description: 'How long and how much is kept.' },
)
