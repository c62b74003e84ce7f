import type { EndpointDocument, FindingDocument, InventoryDocument, ServiceDocument } from '../../inventory/document.ts'

/** What answers a question: a count, or a share of what it is of. */
export interface Figure {
  /** Null where there is nothing that it could be of: that is no 0. */
  readonly value: number | null
  readonly unit: 'count' | 'share' | 'points'
  readonly numerator: number
  readonly denominator: number
  /** What it is made of, by name, sorted; empty where it is one number. */
  readonly parts: Readonly<Record<string, number>>
  /** Endpoints behind it, those to look at first in front. */
  readonly endpoints: readonly string[]
}

/** An inventory as questions look at it. */
export interface Basis {
  readonly inventory: InventoryDocument
  /** Endpoints that traffic uses, by falling risk. */
  readonly seen: readonly Placed[]
  /** Endpoints with the severities of their findings that are open. */
  readonly open: ReadonlyMap<string, readonly FindingDocument[]>
}

export interface Placed {
  readonly endpoint: EndpointDocument
  readonly service: ServiceDocument
}

/** How many of these there are; `behind` are the endpoints that people should look at. */
export function count(value: number, behind: readonly Placed[], parts: Figure['parts'] = {}): Figure {
  return { value, unit: 'count', numerator: value, denominator: value, parts: sorted(parts), endpoints: idsOf(behind) }
}

/** The share of `all` that `holds`; behind it are those of which it does not, or does where `isBad`. */
export function share(all: readonly Placed[], holds: (place: Placed) => boolean, parts: Figure['parts'] = {}, isBad = false): Figure {
  const holding = all.filter(holds)
  const behind = isBad ? holding : all.filter((place) => !holds(place))
  return { ...ratio(holding.length, all.length), parts: sorted(parts), endpoints: idsOf(behind) }
}

export function ratio(numerator: number, denominator: number): Figure {
  const value = denominator === 0 ? null : rounded(numerator / denominator)
  return { value, unit: 'share', numerator, denominator, parts: {}, endpoints: [] }
}

/** How often each name comes. */
export function tally(names: readonly string[]): Readonly<Record<string, number>> {
  return Object.fromEntries([...Map.groupBy(names, (name) => name)].map(([name, own]) => [name, own.length]))
}

export function idsOf(places: readonly Placed[]): readonly string[] {
  return places.map(({ endpoint }) => endpoint.id)
}

/** Four digits: what is beyond says nothing. */
export function rounded(value: number): number {
  return Math.round(value * 10_000) / 10_000
}

export function sorted(parts: Figure['parts']): Figure['parts'] {
  return Object.fromEntries(Object.entries(parts).toSorted(([one], [other]) => (one < other ? -1 : 1)))
}
