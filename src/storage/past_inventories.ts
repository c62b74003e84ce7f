import { dayIn, dayOf, dayText } from '../base/day.ts'
import type { InventoryDocument } from '../inventory/document.ts'
import { unpackedJson } from './packed_json.ts'
import type { Repository } from './repository.ts'

/** The inventory as it was. */
export interface PastInventories {
  /**
   * At the end of a day such as `2026-11-20`, in UTC and by the clock of whoever kept it: what the inventory said on a day stays what it said, whatever comes
   * later of that day's traffic. `now` where nothing was kept after it, null where it is not known. The same object while it is asked for again.
   */
  asOf(day: string): InventoryDocument | 'now' | null
  /** The first day that is known; null where only today is. */
  oldest(): string | null
}

export function pastInventories(repository: Repository, now: () => number): PastInventories {
  let held: { readonly day: number; readonly packed: Uint8Array; readonly inventory: InventoryDocument } | null = null
  return {
    asOf(text) {
      const day = dayIn(text)
      const today = dayOf(now())
      if (day === null || day > today) return null
      const { last } = repository.days()
      // The clock of the last commit may have been ahead; today is now in any case.
      if (last === null || day >= Math.min(last, today)) return 'now'
      const past = repository.pastDay(day)
      if (past === null) return null
      // Only one is held: an inventory of many endpoints is large.
      if (held?.day !== past.day || Buffer.compare(held.packed, past.packed) !== 0)
        held = { ...past, inventory: unpackedJson(past.packed) as InventoryDocument }
      return held.inventory
    },
    oldest() {
      const { oldest } = repository.days()
      return oldest === null ? null : dayText(oldest)
    },
  }
}
