// A live run that folds its batches; answers its parent's messages with what it has seen so far.
import type { InventoryDocument } from '../../src/inventory/document.ts'
import { readInventory } from '../../src/inventory/read.ts'
import { InventoryState } from '../../src/inventory/state.ts'
import { toDocument } from '../../src/inventory/to_document.ts'
import { decodeBatch } from '../../src/observation/codec.ts'
import { compileRegistry } from '../../src/registry/compile_registry.ts'
import { TapistryError } from '../../src/base/errors.ts'
import { readDescriptors } from '../../src/source/descriptors.ts'
import { openLive, type InterfaceStatus, type LiveOptions } from '../../src/source/live.ts'

/** What the parent may send; `stall` keeps JavaScript busy for so many milliseconds. */
export type Order =
  | { readonly kind: 'look' | 'stop' }
  | { readonly kind: 'stall'; readonly stallMs: number }
  | { readonly kind: 'know'; readonly literals: readonly string[] }

/** What it is told. */
export type Answer =
  | { readonly kind: 'ready' }
  | { readonly kind: 'failed'; readonly code: string; readonly message: string }
  | {
      readonly kind: 'seen' | 'ended'
      readonly interfaces: readonly InterfaceStatus[]
      readonly document: InventoryDocument
      readonly paths: readonly string[]
    }

/** Descriptors cross by the names of their files. */
export type LiveOrder = Omit<LiveOptions, 'descriptors'> & { readonly descriptorFiles?: readonly string[] }

const { descriptorFiles = [], ...options } = JSON.parse(process.argv[2] ?? '') as LiveOrder
const state = new InventoryState()
try {
  const live = await openLive({ ...options, ...(descriptorFiles.length === 0 ? {} : { descriptors: readDescriptors(descriptorFiles) }) })
  const seen = (kind: 'seen' | 'ended'): Answer => {
    const nothing = { endpoints: new Map(), findings: [] }
    const paths = [...state.services().values()].flat().map(({ key }) => key.path)
    return { kind, paths, interfaces: live.status(), document: toDocument(readInventory(state, compileRegistry([])), nothing, state.counters(), '0') }
  }
  process.on('message', (order: Order) => {
    if (order.kind === 'look') tell(seen('seen'))
    if (order.kind === 'stop') live.stop()
    if (order.kind === 'know') live.setLiterals(order.literals)
    if (order.kind === 'stall') for (const until = Date.now() + order.stallMs; Date.now() < until;);
  })
  process.on('disconnect', () => process.exit())
  tell({ kind: 'ready' })
  for await (const batch of live.batches) state.fold(decodeBatch(batch))
  tell(seen('ended'))
} catch (error) {
  if (!(error instanceof TapistryError)) throw error
  tell({ kind: 'failed', code: error.code, message: error.message })
}

function tell(answer: Answer): void {
  process.send?.(answer)
}
