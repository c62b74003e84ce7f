import type { InventoryDocument } from '../inventory/document.ts'
import { readInventory, type ServiceOptions } from '../inventory/read.ts'
import type { InventoryState } from '../inventory/state.ts'
import type { Correction } from '../inventory/template/corrections.ts'
import { toDocument } from '../inventory/to_document.ts'
import { bindByOverlap } from '../registry/bind_by_overlap.ts'
import { compileRegistry } from '../registry/compile_registry.ts'
import type { Bindings, Registry } from '../registry/registry.ts'
import { assess } from './assess.ts'

/** What is registered and said beside the traffic. */
export interface Known {
  readonly registry: Registry
  /** Services that documents are for, by the id of the document. */
  readonly bindings: Bindings
  readonly services: readonly ServiceOptions[]
  /** What people decided of templates, in that order. */
  readonly corrections?: readonly Correction[]
  /** Of this program. */
  readonly version: string
}

/** Everything that is shown, out of the state: a pure function of state, registry and what the user says of services. */
export function readOut(state: InventoryState, known: Known): InventoryDocument {
  const inventory = readInventory(state, boundRegistry(state, known), { services: known.services, corrections: known.corrections ?? [] })
  return toDocument(inventory, assess(inventory), state.counters(), known.version)
}

/** Documents that name no host are bound to the services whose paths they explain; what the user said of the others stays. */
function boundRegistry(state: InventoryState, { registry, bindings }: Known): Registry {
  const unbound = registry.specs.filter(({ id }) => !bindings.has(id))
  if (unbound.length === 0) return registry
  const seen = new Map(
    [...state.services()].map(([service, observations]) => [service, observations.map(({ key }) => ({ method: key.method, pathShape: key.path }))]),
  )
  const found = bindByOverlap(unbound, seen)
  return found.size === 0 ? registry : compileRegistry(registry.specs, { bindings: new Map([...found, ...bindings]) })
}
