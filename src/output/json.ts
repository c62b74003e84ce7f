import type { Change } from '../finding/changes.ts'
import type { FindingDocument, InventoryDocument } from '../inventory/document.ts'

/** All findings as one list. */
export function findingsText(findings: readonly FindingDocument[]): string {
  return `${JSON.stringify(findings, null, 2)}\n`
}

/** What differs between two inventories as one list. */
export function changesText(changes: readonly Change[]): string {
  return `${JSON.stringify(changes, null, 2)}\n`
}

/** The inventory as one JSON document: indented by two, so that two of them can be compared line by line. */
export function jsonText(inventory: InventoryDocument): string {
  return `${JSON.stringify(inventory, null, 2)}\n`
}
