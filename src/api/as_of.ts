import { Type, type TSchema } from 'typebox'

import { dayIn } from '../base/day.ts'
import type { InventoryDocument } from '../inventory/document.ts'
import { ProblemError, wrongParameter } from './problem.ts'
import type { InventoryView } from './view.ts'

/** A day of the past, as a parameter. */
export function daySchema(description: string): TSchema {
  return Type.String({ pattern: String.raw`^\d{4}-\d{2}-\d{2}$`, description })
}

/** The day of a list that may be of the past. */
export const asOfSchema: TSchema = Type.Optional(daySchema('As it was at the end of this day in UTC, `2026-11-20`; as it is now if absent.'))

/**
 * The inventory at the end of a day that the parameter `name` has; null where it is that of now, or no day is asked for. Throws `ProblemError`: 400 for a day
 * that does not exist, 404 for one of which nothing is kept.
 */
export function pastInventory({ past }: InventoryView, day: string | undefined, name: string): InventoryDocument | null {
  if (day === undefined) return null
  if (dayIn(day) === null) throw wrongParameter(`/query/${name}`, 'is no day of the calendar')
  const then = past.asOf(day)
  if (then !== null) return then === 'now' ? null : then
  const oldest = past.oldest()
  throw new ProblemError({ status: 404, detail: `nothing is kept of ${day}: ${oldest === null ? 'no day is over yet' : `days are kept from ${oldest} on`}` })
}
