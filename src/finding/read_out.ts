import { runThrough } from '../base/run_through.ts'
import type { InventoryDocument } from '../inventory/document.ts'
import type { InventoryState } from '../inventory/state.ts'
import { inventoryReader, type Known } from './reader.ts'

/** Everything that is shown, out of the state: a pure function of state, registry and what the user says of services. */
export function readOut(state: InventoryState, known: Known): InventoryDocument {
  return runThrough(inventoryReader().read(state.reading(), known))
}
