import type { DecisionRule } from '../inventory.ts'
import { commonKeys } from './evidence.ts'
import type { LeafEvidence } from './evidence.ts'
import { continuationsOf, mergeNodes } from './trie.ts'
import type { TrieNode } from './trie.ts'
import { isPlural, isReserved } from './words.ts'

/** What stands beside each other below one decided prefix, all with the same suffix. */
export interface Siblings {
  /** Shown words by their text. */
  readonly words: ReadonlyMap<string, TrieNode>
  /** Places whose segment is shown as a class. */
  readonly values: readonly TrieNode[]
  /** The literal before them, '' at the root, null below a parameter. */
  readonly before: string | null
}

/** The words that are values of one parameter, with the reason; all others stay literal. */
export interface Verdict {
  readonly rule: Extract<DecisionRule, 'siblings' | 'growth'>
  readonly confidence: number
}

/**
 * Which of the words are values of a parameter. The evidence is what follows them and what is answered there: values of one parameter
 * share continuations and response keys, `/users` and `/orders` share continuations at most. Reserved words are never values.
 */
export function judge(siblings: Siblings): ReadonlyMap<string, Verdict> {
  const verdicts = new Map<string, Verdict>()
  const candidates = new Map([...siblings.words].filter(([word]) => !isReserved(word)).map(([word, node]) => [word, continuationsOf(node)]))
  if (candidates.size === 0) return verdicts
  const beside = siblings.values.length === 0 ? null : continuationsOf(mergeNodes(siblings.values))
  const shared = agreementOf(candidates)
  const singletons = [...candidates.keys()].filter((word) => siblings.words.get(word)?.count === 1).length
  for (const [word, continuations] of candidates) {
    const likeness = beside ? likenessOf(continuations, beside) : 'unknown'
    if (likeness === 'different') continue
    if (likeness === 'alike') {
      verdicts.set(word, { rule: 'siblings', confidence: 0.9 })
      continue
    }
    const growth = growthOf(continuations, shared, singletons / candidates.size, siblings.before)
    if (growth !== null) verdicts.set(word, { rule: 'growth', confidence: growth })
  }
  return verdicts
}

/** Whether a word answers as the values beside it do; `unknown` where nothing can be compared. */
function likenessOf(word: Continuations, values: Continuations): 'alike' | 'different' | 'unknown' {
  let compared = 0
  let agreed = 0
  let tails = 0
  for (const [name, leaf] of word) {
    const other = values.get(name)
    if (!other) continue
    if (leaf.keys.size > 0 && other.keys.size > 0) {
      compared += 1
      if (overlap(leaf.keys, other.keys) >= alikeMin) agreed += 1
    } else if (name.includes('/')) tails += 1
  }
  if (compared > 0) return agreed * 2 >= compared ? 'alike' : 'different'
  return tails > 0 ? 'alike' : 'unknown'
}

/** The share of the smaller key set that is in the larger one, by Jaccard where sizes are near. */
function overlap(a: ReadonlySet<string>, b: ReadonlySet<string>): number {
  const both = commonKeys(a, b)
  return both / Math.max(a.size, Math.min(b.size, a.size * 2))
}

type Continuations = ReadonlyMap<string, LeafEvidence>

/** How many words share a continuation, and with which response keys. */
interface Shared {
  readonly words: number
  readonly withKeys: number
  readonly keys: ReadonlyMap<string, number>
}

function agreementOf(candidates: ReadonlyMap<string, Continuations>): ReadonlyMap<string, Shared> {
  const shared = new Map<string, { words: number; withKeys: number; keys: Map<string, number> }>()
  for (const continuations of candidates.values()) {
    for (const [name, leaf] of continuations) {
      let entry = shared.get(name)
      if (!entry) shared.set(name, (entry = { words: 0, withKeys: 0, keys: new Map() }))
      entry.words += 1
      if (leaf.keys.size > 0) entry.withKeys += 1
      for (const key of leaf.keys) entry.keys.set(key, (entry.keys.get(key) ?? 0) + 1)
    }
  }
  return shared
}

/** The confidence that a word is one of many values, null where the evidence is too thin. */
function growthOf(word: Continuations, shared: ReadonlyMap<string, Shared>, singletonShare: number, before: string | null): number | null {
  let best: number | null = null
  const below = before !== null && isPlural(before)
  for (const [name, leaf] of word) {
    const all = shared.get(name)
    if (!all || all.words < 2) continue
    const tail = name.includes('/')
    if (leaf.keys.size > 0 && all.withKeys >= 2) {
      const agreement = mean([...leaf.keys].map((key) => ((all.keys.get(key) ?? 1) - 1) / (all.withKeys - 1)))
      const needed = all.withKeys >= manyWords ? 0.5 : below ? 0.7 : 0.85
      const fewest = below ? (leaf.keys.size >= 3 ? 2 : 4) : tail ? 3 : leaf.keys.size >= 4 ? 4 : manyWords
      if (agreement >= needed && all.withKeys >= fewest) best = Math.max(best ?? 0, Math.min(0.97, 0.5 + agreement / 2))
    } else if (all.withKeys === 0 && all.words >= manyWords && (tail || (singletonShare >= growingMin && below))) {
      best = Math.max(best ?? 0, 0.7)
    }
  }
  return best
}

function mean(values: readonly number[]): number {
  return values.length === 0 ? 0 : values.reduce((total, value) => total + value, 0) / values.length
}

/** Response keys in common from which on a word and a value are the same kind of thing. */
const alikeMin = 0.5
/** So many words that answer alike are no list that a person wrote. */
const manyWords = 10
/** Share of words seen once from which on a set still grows. */
const growingMin = 0.3
