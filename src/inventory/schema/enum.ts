import type { Shape } from '../../observation/shape.ts'
import { isComplete } from '../sketch.ts'
import { wordsOf } from '../template/words.ts'

/**
 * The closed set of words of a field, sorted; null where it is none. At least eight texts without format, few distinct for their number,
 * hardly any seen once (the unseen mass of Good and Turing), all public words, and a key that does not name free text or an id.
 */
export function enumOf(shape: Shape, key: string): readonly string[] | null {
  const n = shape.strings
  if (n < 8 || n !== shape.seen - shape.nulls || shape.formats.size > 0 || shape.classes.size > 0) return null
  if (!isComplete(shape.values) || freeTextKeys.has(wordsOf(key).at(-1) ?? '')) return null
  const words: string[] = []
  let once = 0
  for (const [at, count] of shape.values.counts.entries()) {
    const text = shape.values.texts[at] ?? null
    if (text === null || !tokenLike.test(text)) return null
    words.push(text)
    if (count === 1) once += 1
  }
  const distinct = words.length
  if (distinct === 0 || distinct > 24 || distinct > Math.max(2, n / 5) || once / n > 0.05) return null
  if (distinct < 2 && n < 15) return null
  return words.toSorted()
}

/** A letter first, up to four joined groups. */
const tokenLike = /^[A-Za-z][A-Za-z0-9]*(?:[-_.:/ ][A-Za-z0-9]+){0,3}$/

const freeTextKeys: ReadonlySet<string> = new Set(
  `name title description message comment text body id uuid key token url uri href path sha email login user label note summary content etag hash
  version slug address street city phone query`.split(/\s+/),
)
