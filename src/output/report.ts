import type { InventoryDocument } from '../inventory/document.ts'

/** What a scan has to say: the inventory, and what is known of the reading itself. Every output format is a function of it. */
export interface Report {
  readonly inventory: InventoryDocument
  readonly inputs: readonly InputNote[]
  readonly specs: readonly SpecNote[]
  /** Names that encrypted connections asked for (SNI), sorted. */
  readonly encryptedNames: readonly string[]
}

/** One input as it was read. */
export interface InputNote {
  readonly name: string
  /** `pcap`, `pcapng`, `log` ..., `copy` of another input; '' where it could not be told. */
  readonly kind: string
  readonly exchanges: number
  /** Why it could not be read, or not to its end; null where all is well. */
  readonly problem: string | null
}

export interface SpecNote {
  readonly id: string
  readonly title: string
  readonly version: string
}
