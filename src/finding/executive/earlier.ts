import { dayIn, dayText } from '../../base/day.ts'
import type { InventoryDocument } from '../../inventory/document.ts'
import type { Earlier } from './report.ts'

/** Inventories of days that are over. */
interface Past {
  asOf(day: string): InventoryDocument | 'now' | null
  oldest(): string | null
}

/** What a figure of a day is compared with: the inventory of thirty days before it, or the oldest that is kept since; null where there is none. */
export function earlierThan(day: string, past: Past): Earlier | null {
  const wanted = dayText((dayIn(day) ?? 0) - trendDays)
  const oldest = past.oldest()
  const found = past.asOf(wanted) === null ? oldest : wanted
  if (found === null || found >= day) return null
  const inventory = past.asOf(found)
  return inventory === null || inventory === 'now' ? null : { day: found, inventory }
}

const trendDays = 30
