import type { Features } from './features.ts'

/**
 * Weights of the score that tells values from literals, in logits. Fitted by logistic regression (L2 5) over the words at decided prefixes of
 * labelled traffic of 65 APIs, each at full size, 1,000 and 250 exchanges; the bias is 0.4 lower than fitted, since calling a literal a parameter
 * hides endpoints, and the other way round only lists one more.
 */
export const bias: number = -4.59

export const weights: Readonly<Record<keyof Features, number>> = {
  rarest: -0.65,
  unknown: 0.4,
  plural: -1.24,
  digits: 3.95,
  joined: 1.06,
  belowPlural: 1.85,
  belowParameter: -1.23,
  atTop: -0.08,
  leaf: 0.7,
  collection: -1.62,
  siblings: 3.74,
  alone: 0.24,
  besideValues: 0.7,
  alike: 3.38,
  different: -0.5,
  follows: 0.43,
  agreement: -0.16,
  agreementMany: 0.49,
  disagreement: -6.38,
  tails: 1.41,
  tailsMany: 2.91,
  leavesMany: 1.64,
  once: 1.38,
  busy: 1.55,
  belowPluralUnknown: 0.67,
  belowPluralLeaf: -1.62,
  agreementUnknown: -0.07,
  belowParameterUnknown: 0.38,
  atTopUnknown: 0.73,
  tailsUnknown: -0.35,
  atTopCollection: -0.96,
  atTopSiblings: -4.39,
  belowParameterLeaf: -0.59,
  belowParameterSiblings: 0.49,
}
