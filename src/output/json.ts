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

/**
 * The inventory as one JSON document: indented by two, so that two of them can be compared line by line. In pieces of some services and findings each, since that
 * of very many services is longer than a text can be.
 */
export function* jsonPieces(inventory: InventoryDocument): Generator<string> {
  let piece = '{'
  let separator = '\n'
  for (const [name, value] of Object.entries(inventory)) {
    if (value === undefined) continue
    piece += `${separator}  ${JSON.stringify(name)}: `
    separator = ',\n'
    if (!Array.isArray(value) || value.length === 0) {
      piece += indented(value, 1)
      continue
    }
    for (const [at, item] of value.entries()) {
      piece += `${at === 0 ? '[' : ','}\n    ${indented(item, 2)}`
      if (piece.length < pieceLength) continue
      yield piece
      piece = ''
    }
    piece += '\n  ]'
  }
  yield `${piece}\n}\n`
}

const pieceLength = 1 << 16

/** As it stands so deep in a document; in JSON no text has a line end of its own. */
function indented(value: unknown, depth: number): string {
  return JSON.stringify(value, null, 2).replaceAll('\n', `\n${'  '.repeat(depth)}`)
}
