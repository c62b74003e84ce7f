import type { DecisionRule } from '../inventory.ts'
import { featuresOf } from './features.ts'
import type { Features, Siblings } from './features.ts'
import { bias, weights } from './weights.ts'

/** Why a word is a value of a parameter, and how sure one is (0.5 to 1). */
export interface Verdict {
  readonly rule: Extract<DecisionRule, 'siblings' | 'growth'>
  readonly confidence: number
}

/**
 * Which of the words are values of a parameter; all others stay literal, reserved words always. The evidence is what the word looks like, what
 * stands in front, what follows and what is answered there, weighed by one linear score: a pure function of the siblings as a set.
 */
export function judge(siblings: Siblings): ReadonlyMap<string, Verdict> {
  const verdicts = new Map<string, Verdict>()
  const closed = isClosed(siblings)
  for (const [word, features] of featuresOf(siblings)) {
    if (closed && saysNothing(features)) continue
    const confidence = probabilityOf(features)
    if (confidence >= 0.5) verdicts.set(word, { rule: siblings.values.length > 0 ? 'siblings' : 'growth', confidence })
  }
  return verdicts
}

/** Few words, or a set that stopped growing: all of its words are seen again and again. */
function isClosed({ words }: Siblings): boolean {
  return words.size < manyWords || [...words.values()].every(({ count }) => count >= seenAgainMin)
}

/** Nothing follows and no answers can be compared: being many is no reason by itself. */
function saysNothing({ leaf, besideValues, agreementMany, disagreement }: Features): boolean {
  return leaf === 1 && besideValues === 0 && agreementMany === 0 && disagreement === 0
}

function probabilityOf(features: Features): number {
  let score = bias
  for (const name of names) score += weights[name] * features[name]
  return 1 / (1 + Math.exp(-score))
}

/** One order of addition, so that sums are the same everywhere. */
const names = Object.keys(weights).toSorted() as (keyof Features)[]

const seenAgainMin = 5
/** So many words in one place are no list that a person wrote. */
const manyWords = 10
