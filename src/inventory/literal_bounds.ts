import { operationOf } from '../observation/operation.ts'
import { fieldPriority } from '../observation/priority.ts'
import { familiarity } from './template/lexicon.ts'

/** Literals below one prefix that stay apart: of words that are known in paths of APIs, and of others. The same bounds as in the native engine. */
const literalBounds = { familiarMax: 128, othersMax: 32, operationsMax: 256, prefixesMax: 200_000 } as const

/** Paths of a service that are remembered as staying whole. */
const wholeMax = 10_000

/** Where everything goes that does not stay. */
const foldedSegment = '{word}'

/** A literal that gave way: what lies below `prefix` + `literal` goes below `prefix` + `{word}`. */
export interface EvictedLiteral {
  readonly prefix: string
  readonly literal: string
}

/**
 * Which literal path segments of a service stay apart where there are very many: below each prefix those with the smallest
 * priorities (bottom-k), a pure function of the text, so that order and grouping never show. Literals of registered specs always stay.
 */
export class LiteralBounds {
  #known: ReadonlySet<string>
  readonly #prefixes = new Map<string, Kept>()
  /** Paths by service that stay whole, as long as nothing gives way: most come again, with another method or status. */
  readonly #whole = new Map<string, Set<string>>()

  constructor(known: ReadonlySet<string> = new Set()) {
    this.#known = known
  }

  /** From now on these are the literals of registered specs. */
  know(known: ReadonlySet<string>): void {
    this.#known = known
    this.#whole.clear()
  }

  /**
   * The kind of a key that names an operation, without it where the path has too many; `path` is folded already. What gave way is a literal below the path and
   * a blank.
   */
  foldKind(service: string, path: string, keyKind: string): { readonly keyKind: string; readonly evicted: readonly EvictedLiteral[] } {
    const { kind, operation } = operationOf(keyKind)
    if (operation === null) return { keyKind, evicted: [] }
    const prefix = `${path} `
    const kept = this.#keptBelow(`${service}${prefix}`)
    const taken = kept === null ? folds : take(kept, kept.others, keyKind, literalBounds.operationsMax)
    return { keyKind: taken.folds ? kind : keyKind, evicted: taken.evicted === null ? [] : [{ prefix, literal: taken.evicted }] }
  }

  /** The path with what does not stay folded, and the literals that had to give way to it. */
  fold(service: string, path: string): { readonly path: string; readonly evicted: readonly EvictedLiteral[] } {
    const whole = this.#wholeOf(service)
    if (whole.has(path)) return { path, evicted: [] }
    let folded = ''
    const evicted: EvictedLiteral[] = []
    const segments = path.split('/')
    for (const [at, segment] of segments.entries()) {
      const prefix = folded
      const taken = segment === '' || segment.startsWith('{') || this.#known.has(segment) ? stays : this.#take(`${service}${prefix}`, segment)
      folded += taken.folds ? foldedSegment : segment
      if (taken.evicted !== null) evicted.push({ prefix, literal: taken.evicted })
      if (at < segments.length - 1) folded += '/'
    }
    if (evicted.length > 0) this.#whole.clear()
    else if (folded === path && whole.size < wholeMax) whole.add(path)
    return { path: folded, evicted }
  }

  #wholeOf(service: string): Set<string> {
    let whole = this.#whole.get(service)
    if (!whole) this.#whole.set(service, (whole = new Set()))
    return whole
  }

  #take(prefix: string, literal: string): Taken {
    const kept = this.#keptBelow(prefix)
    if (kept === null) return folds
    if (kept.literals.has(literal)) return stays
    const familiar = isFamiliar(literal)
    return take(kept, familiar ? kept.familiar : kept.others, literal, familiar ? literalBounds.familiarMax : literalBounds.othersMax)
  }

  #keptBelow(prefix: string): Kept | null {
    let kept = this.#prefixes.get(prefix)
    if (!kept) {
      if (this.#prefixes.size >= literalBounds.prefixesMax) return null
      this.#prefixes.set(prefix, (kept = { literals: new Set(), familiar: [], others: [] }))
    }
    return kept
  }
}

function take(kept: Kept, among: Ranked[], literal: string, max: number): Taken {
  if (kept.literals.has(literal)) return stays
  const taken = insert(among, { priority: fieldPriority(literal), literal }, max)
  if (!taken.folds) kept.literals.add(literal)
  if (taken.evicted !== null) kept.literals.delete(taken.evicted)
  return taken
}

interface Ranked {
  readonly priority: number
  readonly literal: string
}

interface Kept {
  /** All that stay. */
  readonly literals: Set<string>
  readonly familiar: Ranked[]
  readonly others: Ranked[]
}

interface Taken {
  readonly folds: boolean
  readonly evicted: string | null
}

const stays: Taken = { folds: false, evicted: null }
const folds: Taken = { folds: true, evicted: null }

/** Puts a literal that is not there yet in its place, where it has one. */
function insert(kept: Ranked[], own: Ranked, max: number): Taken {
  let low = 0
  let high = kept.length
  while (low < high) {
    const middle = (low + high) >>> 1
    const other = kept[middle]
    if (other && (other.priority < own.priority || (other.priority === own.priority && other.literal < own.literal))) low = middle + 1
    else high = middle
  }
  if (low >= max) return folds
  kept.splice(low, 0, own)
  return kept.length > max ? { folds: false, evicted: kept.pop()?.literal ?? null } : stays
}

/** Whether every part of a literal, cut at `-`, `_` and `.`, is a known word. */
function isFamiliar(literal: string): boolean {
  const parts = literal
    .toLowerCase()
    .split(/[-_.]/)
    .filter((part) => part !== '')
  return parts.length > 0 && parts.every((part) => familiarity(part) > 0)
}
