import { commonKeys } from './evidence.ts'
import type { LeafEvidence } from './evidence.ts'
import { familiarity } from './lexicon.ts'
import { continuationsOf, mergeNodes } from './trie.ts'
import type { TrieNode } from './trie.ts'
import { isPlural, isReserved, wordsOf } from './words.ts'

/** What stands beside each other below one decided prefix, all with the same suffix. */
export interface Siblings {
  /** Shown words by their text. */
  readonly words: ReadonlyMap<string, TrieNode>
  /** Places whose segment is shown as a class. */
  readonly values: readonly TrieNode[]
  /** The segments in front, parameters as `{}`. */
  readonly before: readonly string[]
}

/** What is known of a word that may be a literal or a value; shares and flags, each about 0 to 1. Missing evidence is 0. */
export interface Features {
  /** How common the rarest of its words is in API paths, and how much of it is in no API's path. */
  readonly rarest: number
  readonly unknown: number
  readonly plural: number
  readonly digits: number
  readonly joined: number
  /** What stands in front: a collection, a parameter, nothing but versions and the like. */
  readonly belowPlural: number
  readonly belowParameter: number
  readonly atTop: number
  /** Nothing follows; or a value follows at once, as below a collection. */
  readonly leaf: number
  readonly collection: number
  readonly siblings: number
  readonly alone: number
  readonly besideValues: number
  /** Against the values beside it: shared continuations with agreeing keys, with others, without any keys. */
  readonly alike: number
  readonly different: number
  readonly follows: number
  /** Against the other words: agreement of keys, weighted by how many were compared; continuations of several segments in common. */
  readonly agreement: number
  readonly agreementMany: number
  readonly disagreement: number
  readonly tails: number
  readonly tailsMany: number
  readonly leavesMany: number
  readonly once: number
  readonly busy: number
  /** Products of the above that say more together. */
  readonly belowPluralUnknown: number
  readonly belowPluralLeaf: number
  readonly agreementUnknown: number
  readonly belowParameterUnknown: number
  readonly atTopUnknown: number
  readonly tailsUnknown: number
  readonly atTopCollection: number
  readonly atTopSiblings: number
  readonly belowParameterLeaf: number
  readonly belowParameterSiblings: number
}

/** Features of every word that is not reserved. A function of the siblings as a set. */
export function featuresOf({ words, values, before }: Siblings): ReadonlyMap<string, Features> {
  const candidates = new Map([...words].filter(([word]) => !isReserved(word)).map(([word, node]) => [word, continuationsOf(node)]))
  if (candidates.size === 0) return new Map()
  const beside = values.length === 0 ? null : continuationsOf(mergeNodes(values))
  const shared = sharedOf(candidates)
  const last = before.at(-1) ?? ''
  const place: Place = {
    siblings: candidates.size,
    busiest: [...words.values()].reduce((most, { count }) => Math.max(most, count), 1),
    belowPlural: flag(last !== '{}' && isPlural(last)),
    belowParameter: flag(last === '{}'),
    atTop: flag(before.every((segment) => segment !== '{}' && isReserved(segment))),
  }
  const features = new Map<string, Features>()
  for (const [word, continuations] of candidates) {
    const node = words.get(word)
    if (node) features.set(word, featuresOfWord(word, node, place, continuations, beside, shared))
  }
  return features
}

interface Place {
  readonly siblings: number
  readonly busiest: number
  readonly belowPlural: number
  readonly belowParameter: number
  readonly atTop: number
}

type Continuations = ReadonlyMap<string, LeafEvidence>

function featuresOfWord(
  word: string,
  node: TrieNode,
  place: Place,
  continuations: Continuations,
  beside: Continuations | null,
  shared: ReadonlyMap<string, Shared>,
): Features {
  const { rarest, unknown } = spellingOf(word)
  const { alike, different, follows } = likenessOf(continuations, beside)
  const { agreement, compared, disagreement, tails, leaves } = agreementOf(continuations, shared)
  const { belowPlural, belowParameter, atTop } = place
  const hiddenBelow = [...node.children].reduce((sum, [text, child]) => sum + (text.startsWith('{') ? child.count : 0), 0)
  const leaf = flag(node.children.size === 0)
  const collection = flag(hiddenBelow > 0 && hiddenBelow * 4 >= node.count)
  const siblings = scale(place.siblings - 1)
  return {
    rarest,
    unknown,
    plural: flag(isPlural(word)),
    digits: share([...word].filter((letter) => letter >= '0' && letter <= '9').length, word.length),
    joined: flag(/[-_.]/.test(word)),
    belowPlural,
    belowParameter,
    atTop,
    leaf,
    collection,
    siblings,
    alone: flag(place.siblings === 1 && beside === null),
    besideValues: flag(beside !== null),
    alike,
    different,
    follows,
    agreement,
    agreementMany: agreement * scale(compared),
    disagreement: disagreement * scale(compared),
    tails: flag(tails > 1),
    tailsMany: tails > 1 ? scale(tails) : 0,
    leavesMany: leaves > 1 ? scale(leaves) : 0,
    once: flag(node.count === 1),
    busy: share(node.count, place.busiest),
    belowPluralUnknown: belowPlural * unknown,
    belowPluralLeaf: belowPlural * leaf,
    agreementUnknown: agreement * unknown,
    belowParameterUnknown: belowParameter * unknown,
    atTopUnknown: atTop * unknown,
    tailsUnknown: flag(tails > 1) * unknown,
    atTopCollection: atTop * collection,
    atTopSiblings: atTop * siblings,
    belowParameterLeaf: belowParameter * leaf,
    belowParameterSiblings: belowParameter * siblings,
  }
}

function spellingOf(word: string): { rarest: number; unknown: number } {
  const parts = wordsOf(word)
  if (parts.length === 0) return { rarest: 0, unknown: 1 }
  let rarest = 1
  let letters = 0
  let strange = 0
  for (const part of parts) {
    const known = familiarity(part)
    rarest = Math.min(rarest, known)
    letters += part.length
    if (known === 0) strange += part.length
  }
  return { rarest, unknown: share(strange, letters) }
}

/** Whether a word answers as the values beside it do. */
function likenessOf(word: Continuations, values: Continuations | null): { alike: number; different: number; follows: number } {
  let compared = 0
  let agreed = 0
  let follows = 0
  for (const [name, leaf] of values ? word : []) {
    const other = values?.get(name)
    if (!other) continue
    if (leaf.keys.size > 0 && other.keys.size > 0) {
      compared += 1
      agreed += commonKeys(leaf.keys, other.keys) / Math.max(leaf.keys.size, Math.min(other.keys.size, leaf.keys.size * 2))
    } else if (name.includes('/')) follows = 1
  }
  return { alike: share(agreed, compared), different: compared === 0 ? 0 : 1 - agreed / compared, follows }
}

/** How many words share a continuation, and with which response keys. */
interface Shared {
  words: number
  withKeys: number
  readonly keys: Map<string, number>
}

function sharedOf(candidates: ReadonlyMap<string, Continuations>): ReadonlyMap<string, Shared> {
  const shared = new Map<string, Shared>()
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

/**
 * The best agreement of keys over the continuations that other words share: for each key the share of the others that have it.
 * `/users` and `/orders` share continuations but not keys; values of one parameter share both.
 */
function agreementOf(
  word: Continuations,
  shared: ReadonlyMap<string, Shared>,
): { agreement: number; compared: number; disagreement: number; tails: number; leaves: number } {
  let agreement = 0
  let compared = 0
  let worst = 0
  let tails = 0
  let leaves = 0
  for (const [name, leaf] of word) {
    const all = shared.get(name)
    if (!all || all.words < 2) continue
    if (name.includes('/')) tails = Math.max(tails, all.words)
    else leaves = Math.max(leaves, all.words)
    if (leaf.keys.size === 0 || all.withKeys < 2) continue
    let sum = 0
    for (const key of leaf.keys) sum += ((all.keys.get(key) ?? 1) - 1) / (all.withKeys - 1)
    const own = sum / leaf.keys.size
    if (own >= agreement) {
      agreement = own
      compared = Math.max(compared, all.withKeys)
    }
    worst = Math.max(worst, 1 - own)
  }
  return { agreement, compared, disagreement: worst, tails, leaves }
}

function flag(condition: boolean): number {
  return condition ? 1 : 0
}

function share(part: number, whole: number): number {
  return whole === 0 ? 0 : part / whole
}

/** Counts from 0 to about 100 as 0 to 1, in logarithms. */
function scale(count: number): number {
  return Math.min(1.5, Math.log1p(count) / Math.log1p(100))
}
