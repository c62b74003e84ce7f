import type { StateReading } from '../inventory/state_reading.ts'
import { bindingByOverlap } from '../registry/bind_by_overlap.ts'
import { compileRegistry } from '../registry/compile_registry.ts'
import type { Bindings, Registry } from '../registry/registry.ts'

/** A registry with what its documents were bound to. */
export interface Bound {
  readonly registry: Registry
  /** What it was made of. */
  readonly of: { readonly registry: Registry; readonly bindings: Bindings }
  readonly found: Bindings
}

/**
 * Documents that name no host are bound to the services whose paths they explain; what the user said of the others stays. The same registry as `before` where it
 * would be an equal one.
 */
export function* bindingRegistry(
  { hosts }: StateReading,
  { registry, bindings }: { readonly registry: Registry; readonly bindings: Bindings },
  before: Bound | null,
): Generator<void, Bound> {
  const of = { registry, bindings }
  const unbound = registry.specs.filter(({ id }) => !bindings.has(id))
  if (unbound.length === 0) return { registry, of, found: new Map() }
  const seen = new Map(hosts.map(({ name, keys }) => [name, keys().map(({ method, path }) => ({ method, pathShape: path }))]))
  const found = yield* bindingByOverlap(unbound, seen)
  if (before !== null && before.of.registry === registry && before.of.bindings === bindings && isSame(before.found, found)) return before
  return { registry: found.size === 0 ? registry : compileRegistry(registry.specs, { bindings: new Map([...found, ...bindings]) }), of, found }
}

function isSame(one: Bindings, other: Bindings): boolean {
  return JSON.stringify([...one]) === JSON.stringify([...other])
}
