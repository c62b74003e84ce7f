import type { EndpointDocument, InventoryDocument, Label } from '../inventory/document.ts'
import { compileRegistry } from '../registry/compile_registry.ts'
import type { Operation, Spec } from '../registry/spec.ts'

/** How far traffic uses what a document describes. */
export interface SpecCoverage {
  /** The services that it speaks for. */
  readonly services: ReadonlyArray<{ readonly id: string; readonly name: string }>
  readonly seen: number
  /** Endpoints of these services that no spec describes. */
  readonly undocumented: number
  /** By template, then method. */
  readonly operations: readonly CoveredOperation[]
}

interface CoveredOperation {
  readonly method: string
  /** As the document has it. */
  readonly template: string
  readonly operationId: string | null
  readonly deprecated: boolean
  /** Where traffic was seen, or is missed: an operation may be served by several services. */
  readonly endpoints: ReadonlyArray<{
    readonly id: string
    readonly service: string
    readonly exchanges: number
    readonly lastSeen: string | null
    readonly labels: readonly Label[]
  }>
}

export function specCoverage(spec: Spec, inventory: InventoryDocument): SpecCoverage {
  const services = inventory.services.filter(({ specs }) => specs.includes(spec.id))
  const registry = compileRegistry([spec], { bindings: new Map([[spec.id, services.flatMap(({ name, hosts }) => [name, ...hosts])]]) })
  const endpoints = new Map<Operation, Array<CoveredOperation['endpoints'][number]>>(spec.operations.map((operation) => [operation, []]))
  let undocumented = 0
  for (const { id: service, name, hosts, endpoints: all } of services) {
    for (const endpoint of all) {
      if (!endpoint.facts.documented) undocumented += endpoint.exchanges > 0 ? 1 : 0
      else for (const operation of operationsOf(endpoint, [name, ...hosts])) endpoints.get(operation)?.push(placeOf(service, endpoint))
    }
  }
  const operations = [...endpoints].map(([{ method, template, operationId, deprecated }, own]) => ({
    method,
    template,
    operationId,
    deprecated,
    endpoints: own,
  }))
  return {
    services: services.map(({ id, name }) => ({ id, name })),
    seen: operations.filter((operation) => operation.endpoints.some(({ exchanges }) => exchanges > 0)).length,
    undocumented,
    operations: operations.toSorted((one, other) => compare(one.template, other.template) || compare(one.method, other.method)),
  }

  function operationsOf({ method, template }: EndpointDocument, names: readonly string[]): readonly Operation[] {
    for (const name of names) {
      const match = registry.match(name, method, template)
      if (match !== null) return match.via === 'operation' ? [match.operation] : []
    }
    return []
  }
}

function placeOf(service: string, { id, exchanges, lastSeen, labels }: EndpointDocument): CoveredOperation['endpoints'][number] {
  return { id, service, exchanges, lastSeen, labels }
}

function compare(one: string, other: string): number {
  return one < other ? -1 : one > other ? 1 : 0
}
