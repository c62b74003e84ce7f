import { mergeHidden, mergeLeaf } from './evidence.ts'
import type { HiddenValues, LeafEvidence, PathEvidence } from './evidence.ts'
import { segmentsOf } from './segment.ts'

/** A place in the tree of path segments, with what ends here and what lies below. */
export interface TrieNode {
  readonly children: Map<string, TrieNode>
  readonly leaves: Map<string, LeafEvidence>
  /** Path shapes that end here. */
  readonly paths: string[]
  /** Values that the segments leading here hid. */
  hidden: HiddenValues | null
  /** Exchanges at and below. */
  count: number
}

/** The tree of all paths. */
export function trieOf(paths: readonly PathEvidence[]): TrieNode {
  const root = emptyNode()
  for (const evidence of paths) {
    const total = sum(evidence.leaves)
    let node = root
    node.count += total
    for (const [index, segment] of segmentsOf(evidence.path).entries()) {
      let child = node.children.get(segment)
      if (!child) node.children.set(segment, (child = emptyNode()))
      child.count += total
      const hidden = evidence.hidden.get(index)
      if (hidden) child.hidden = child.hidden ? mergeHidden(child.hidden, hidden) : hidden
      node = child
    }
    node.paths.push(evidence.path)
    addLeaves(node, evidence.leaves)
  }
  return root
}

/** One place out of several: their children and leaves become one each. */
export function mergeNodes(nodes: readonly TrieNode[]): TrieNode {
  const [only] = nodes
  if (nodes.length === 1 && only) return only
  const merged = emptyNode()
  const children = new Map<string, TrieNode[]>()
  for (const node of nodes) {
    merged.count += node.count
    merged.paths.push(...node.paths)
    addLeaves(merged, node.leaves)
    if (node.hidden) merged.hidden = merged.hidden ? mergeHidden(merged.hidden, node.hidden) : node.hidden
    for (const [segment, child] of node.children) {
      const same = children.get(segment)
      if (same) same.push(child)
      else children.set(segment, [child])
    }
  }
  for (const [segment, same] of children) merged.children.set(segment, mergeNodes(same))
  return merged
}

/**
 * What can follow a place: method and the rest of the path with values as `{}`, with the evidence at its end. At most `continuationsMax`,
 * the shortest and first by text, so that a place with a world below it costs no more than others.
 */
export function continuationsOf(node: TrieNode): ReadonlyMap<string, LeafEvidence> {
  const found = new Map<string, LeafEvidence>()
  let level: [string, TrieNode][] = [['', node]]
  for (let depth = 0; depth <= depthMax && level.length > 0 && found.size < continuationsMax; depth += 1) {
    const next: [string, TrieNode][] = []
    for (const [tail, place] of level) {
      for (const [method, leaf] of place.leaves) {
        const name = `${method} ${tail}`
        const known = found.get(name)
        found.set(name, known ? mergeLeaf(known, leaf) : leaf)
      }
      for (const [segment, child] of place.children) next.push([`${tail}/${tailForm(segment)}`, child])
    }
    level = next.length > continuationsMax ? next.toSorted(([a], [b]) => (a < b ? -1 : a > b ? 1 : 0)).slice(0, continuationsMax) : next
  }
  return found
}

function tailForm(segment: string): string {
  return segment.includes('{') ? segment.replaceAll(/\{[^{}]*\}/g, '{}') : segment.toLowerCase()
}

function emptyNode(): TrieNode {
  return { children: new Map(), leaves: new Map(), paths: [], hidden: null, count: 0 }
}

function addLeaves(node: TrieNode, leaves: ReadonlyMap<string, LeafEvidence>): void {
  for (const [method, leaf] of leaves) {
    const known = node.leaves.get(method)
    node.leaves.set(method, known ? mergeLeaf(known, leaf) : leaf)
  }
}

function sum(leaves: ReadonlyMap<string, LeafEvidence>): number {
  let total = 0
  for (const { count } of leaves.values()) total += count
  return total
}

const continuationsMax = 64
const depthMax = 8
