import type { InventoryDocument } from '../inventory/document.ts'

/** The inventory as one JSON document: indented by two, so that two of them can be compared line by line. */
export function jsonText(inventory: InventoryDocument): string {
  return `${JSON.stringify(inventory, null, 2)}\n`
}
