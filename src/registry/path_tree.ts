import { bindParts } from './path_shape.ts'
import type { TemplateSegment } from './template.ts'

/** Templates that one path may be compared with. */
const candidatesMax = 64

/** A path that matches by form, before the values are looked at. */
export interface Candidate<T> {
  readonly entries: readonly T[]
  readonly slots: readonly Slot[]
}

/** What stands where a template has a parameter (or parameters side by side). */
interface Slot {
  /** Index of the path's segment. */
  readonly segment: number
  readonly text: string
}

/**
 * Templates by segment. A walk visits each node once at most, so its cost is bounded by the tree.
 * Parameters have no names here: templates that differ in names alone share a leaf and are told apart by their entries.
 */
export class PathTree<T> {
  readonly #root: TreeNode<T> = newNode()

  add(segments: readonly TemplateSegment[], entry: T): void {
    let node = this.#root
    for (const segment of segments) {
      if (segment.tail) {
        node.tails.push({ segment, entry })
        return
      }
      node = childFor(node, segment)
    }
    node.entries.push(entry)
  }

  /** Candidates in order of preference: concrete before composite before parameter before tail, leftmost first. */
  find(path: readonly string[]): Candidate<T>[] {
    const found: Candidate<T>[] = []
    walk(this.#root, path, 0, [], found)
    return found
  }
}

interface TreeNode<T> {
  readonly literals: Map<string, TreeNode<T>>
  /** Segments of literals and parameters, those with more literal text first. */
  readonly composites: { readonly segment: TemplateSegment; readonly weight: number; readonly node: TreeNode<T> }[]
  parameter: TreeNode<T> | null
  readonly tails: { readonly segment: TemplateSegment; readonly entry: T }[]
  readonly entries: T[]
}

function newNode<T>(): TreeNode<T> {
  return { literals: new Map(), composites: [], parameter: null, tails: [], entries: [] }
}

function childFor<T>(node: TreeNode<T>, segment: TemplateSegment): TreeNode<T> {
  if (segment.literal !== null) {
    const known = node.literals.get(segment.literal) ?? newNode<T>()
    node.literals.set(segment.literal, known)
    return known
  }
  if (segment.parts.every((part) => part.kind === 'parameter')) return (node.parameter ??= newNode<T>())
  const known = node.composites.find((composite) => composite.segment.source === segment.source)
  if (known !== undefined) return known.node
  const weight = segment.parts.reduce((sum, part) => sum + (part.kind === 'literal' ? part.text.length : 0), 0)
  const made = { segment, weight, node: newNode<T>() }
  node.composites.push(made)
  node.composites.sort((a, b) => b.weight - a.weight || (a.segment.source < b.segment.source ? -1 : 1))
  return made.node
}

function walk<T>(node: TreeNode<T>, path: readonly string[], at: number, slots: readonly Slot[], found: Candidate<T>[]): void {
  if (found.length >= candidatesMax) return
  const text = path[at]
  if (text === undefined) {
    if (node.entries.length > 0) found.push({ entries: node.entries, slots })
    return
  }
  const literal = node.literals.get(text)
  if (literal !== undefined) walk(literal, path, at + 1, slots, found)
  for (const composite of node.composites) {
    const bound = bindParts(composite.segment.parts, text)
    if (bound === null) continue
    walk(composite.node, path, at + 1, [...slots, ...bound.map((value) => ({ segment: at, text: value }))], found)
  }
  if (node.parameter !== null) walk(node.parameter, path, at + 1, [...slots, { segment: at, text }], found)
  for (const { segment, entry } of node.tails) {
    const bound = bindParts(segment.parts, path.slice(at).join('/'))
    if (bound !== null) found.push({ entries: [entry], slots: [...slots, ...bound.map((value) => ({ segment: at, text: value }))] })
  }
}

/** Names of a template's parameters, one for each slot of a candidate. */
export function slotNames(segments: readonly TemplateSegment[]): string[] {
  return segments.flatMap((segment) => {
    const names = segment.parts.flatMap((part) => (part.kind === 'parameter' ? [part.name] : []))
    return names.length === segment.parts.length && !segment.tail ? names.slice(0, 1) : names
  })
}
