import { changesBetween, type Change } from '../finding/changes.ts'
import type { Known } from '../finding/read_out.ts'
import { readOut } from '../finding/read_out.ts'
import type { InventoryDocument } from '../inventory/document.ts'
import type { Pipeline } from './pipeline.ts'

/** Turns what is kept into the inventory that people see, every now and then. */
export interface Publisher {
  /** As it was published last: a new object whenever it was published anew. */
  inventory(): InventoryDocument
  /** Reads out what is kept now, unless that was done already. */
  publish(): InventoryDocument
  /** What is registered or said of services has changed. */
  setKnown(known: Known): void
  counters(): Readonly<Record<string, number>>
  close(): void
}

/** Reading out may take this share of the time at most, so that a large inventory leaves room for everything else. */
const shareMax = 0.1

/** `onChange` is told what differs from the inventory before, and at first what of it was never told. */
export function startPublisher(
  pipeline: Pipeline,
  first: Known,
  publishMs: number,
  onChange: (changes: readonly Change[], inventory: InventoryDocument) => void,
): Publisher {
  let known = first
  let generation = pipeline.generation()
  let inventory = readOut(pipeline.state(), known)
  let isStale = false
  let tookMs = 0
  let publications = 1
  let timer = setTimeout(tick, publishMs)

  function tick(): void {
    publish()
    timer = setTimeout(tick, Math.max(publishMs, tookMs / shareMax))
  }

  function publish(): InventoryDocument {
    if (!isStale && generation === pipeline.generation()) return inventory
    const started = performance.now()
    generation = pipeline.generation()
    const before = inventory
    inventory = readOut(pipeline.state(), known)
    isStale = false
    onChange(changesBetween(before, inventory), inventory)
    tookMs = performance.now() - started
    publications += 1
    return inventory
  }

  return {
    inventory: () => inventory,
    publish,
    setKnown(next) {
      known = next
      isStale = true
    },
    counters: () => ({ publications, publicationMs: Math.round(tookMs) }),
    close: () => clearTimeout(timer),
  }
}
