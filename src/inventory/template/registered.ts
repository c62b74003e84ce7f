import { segmentsOf } from './segment.ts'

/** A place in the tree of registered templates: what specs say may stand next. */
export interface RegisteredNode {
  readonly literals: ReadonlyMap<string, RegisteredNode>
  /** The parameter that a spec has here, by its own name; null where specs have literals only. */
  readonly parameter: { readonly name: string; readonly next: RegisteredNode } | null
}

/** The tree of a service's registered templates, with base paths. Names come from the template that sorts first. */
export function registeredTree(templates: readonly string[]): RegisteredNode {
  const root = emptyRegistered()
  for (const template of templates.toSorted()) {
    let node = root
    for (const segment of segmentsOf(template)) {
      const name = /^\{([^{}]+)\}$/.exec(segment)?.[1]
      if (name !== undefined) {
        node.parameter ??= { name: name.replace(/\+$/, ''), next: emptyRegistered() }
        node = node.parameter.next
      } else {
        let next = node.literals.get(segment)
        if (!next) node.literals.set(segment, (next = emptyRegistered()))
        node = next
      }
    }
  }
  return root
}

interface MutableRegistered {
  readonly literals: Map<string, MutableRegistered>
  parameter: { readonly name: string; readonly next: MutableRegistered } | null
}

function emptyRegistered(): MutableRegistered {
  return { literals: new Map(), parameter: null }
}
