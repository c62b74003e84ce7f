import { segmentOf, segmentsOf, skeletonOf } from './segment.ts'

/** What a person has decided of the templates of a service, by its name. Of two that say something of the same word or parameter the later one counts. */
export type Correction = Pin | WordCorrection | Rename

/** A template stays, whatever the evidence: as if a spec had it, but for what stood beside it. */
interface Pin {
  readonly kind: 'pin'
  readonly service: string
  readonly template: string
  /** Words that were endpoints of their own where the template has a parameter, by place. */
  readonly apart: ReadonlyArray<{ readonly place: string; readonly words: readonly string[] }>
}

/** Words below a place that are endpoints of their own (`split`), or values of one parameter (`merge`). */
interface WordCorrection {
  readonly kind: 'split' | 'merge'
  readonly service: string
  /** The template without names above the words: `/users/{}`, '' for the root. */
  readonly place: string
  readonly words: readonly string[]
}

interface Rename {
  readonly kind: 'rename'
  readonly service: string
  /** The template without names up to the parameter: `/users/{}`. */
  readonly place: string
  readonly name: string
}

/** The corrections of one service, for look-up by place. */
export interface Corrections {
  /** What was decided of the segments below a place; null for nothing. */
  below(place: string): PlaceCorrections | null
  /** The name of the parameter that ends a place. */
  nameOf(place: string): string | null
}

export interface PlaceCorrections {
  readonly words: ReadonlyMap<string, 'literal' | 'value'>
  /** Forms of the parameters that are there: `{}`, `{}.json`. */
  readonly parameters: ReadonlySet<string>
}

/** Those of the service with this name; null where there are none. */
export function correctionsFor(service: string, all: readonly Correction[]): Corrections | null {
  const own = all.filter((correction) => correction.service === service)
  if (own.length === 0) return null
  const places = new Map<string, { words: Map<string, 'literal' | 'value'>; parameters: Set<string> }>()
  const names = new Map<string, string>()
  const at = (place: string): { words: Map<string, 'literal' | 'value'>; parameters: Set<string> } => {
    let known = places.get(place)
    if (!known) places.set(place, (known = { words: new Map(), parameters: new Set() }))
    return known
  }
  for (const correction of own) {
    if (correction.kind === 'rename') names.set(correction.place, correction.name)
    else if (correction.kind === 'pin') pin(correction)
    else for (const word of correction.words) at(correction.place).words.set(word, correction.kind === 'split' ? 'literal' : 'value')
  }
  return { below: (place) => places.get(place) ?? null, nameOf: (place) => names.get(place) ?? null }

  function pin({ template, apart }: Pin): void {
    const segments = segmentsOf(template)
    for (const [index, segment] of segments.entries()) {
      const { prefix, suffix, classes } = segmentOf(segment)
      const [name] = classes
      if (name === undefined) at(placeOf(segments.slice(0, index))).words.set(segment, 'literal')
      else {
        at(placeOf(segments.slice(0, index))).parameters.add(`${prefix}{}${suffix}`)
        if (!names.has(placeOf(segments.slice(0, index + 1)))) names.set(placeOf(segments.slice(0, index + 1)), name.replace(/\+$/, ''))
      }
    }
    for (const { place, words } of apart) for (const word of words) at(place).words.set(word, 'literal')
  }
}

/** The place that segments of a template lead to. */
export function placeOf(segments: readonly string[]): string {
  return segments.length === 0 ? '' : skeletonOf(`/${segments.join('/')}`)
}

/** Words that corrections name: they must show as they are, or there is nothing to decide on. */
export function wordsNamed(corrections: readonly Correction[]): readonly string[] {
  return corrections.flatMap((correction) => {
    if (correction.kind === 'rename') return []
    if (correction.kind !== 'pin') return correction.words
    return [...segmentsOf(correction.template).filter((segment) => !segment.includes('{')), ...correction.apart.flatMap(({ words }) => words)]
  })
}
