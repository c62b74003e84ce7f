import { closedSetMax, isForgotten, type Shape } from '../../observation/shape.ts'
import type { View } from './view.ts'

/** A way in which values depart from a schema: what it says, what they are, how many of how many. */
export interface Departure {
  readonly aspect: 'type' | 'format' | 'enum' | 'null'
  readonly severity: 'error' | 'warning' | 'info'
  readonly documented: string
  readonly observed: string
  readonly seen: number
  readonly of: number
}

/** `typed`: JSON. `untyped`: text whose type was told by its form, so that any of it may be meant as text. */
export type Typing = 'typed' | 'untyped'

/** Values below which a share is no evidence: what is in one of seven values would have shown among 20 with 95 % (rule of three). */
export const verdictValuesMin = 20
/** A format that less than half of the texts have is not the format of the field; the engine's reading of formats is stricter than some writers'. */
const formatShareMin = 0.5
/** Where not one text has the format, this many are enough to say that it is not there. */
const noneOfMin = 3
const shownValuesMax = 5

/** Compares the scalars of one place. */
export function valueDepartures(view: View, shape: Shape, typing: Typing): Departure[] {
  return [typeDeparture(view, shape, typing), nullDeparture(view, shape, typing), enumDeparture(view, shape), formatDeparture(view, shape)].filter(
    (departure) => departure !== null,
  )
}

const observedTypes = ['boolean', 'integer', 'number', 'string', 'array', 'object'] as const

function typeDeparture(view: View, shape: Shape, typing: Typing): Departure | null {
  const { types } = view
  if (types === null || (typing === 'untyped' && types.has('string'))) return null
  const departing = observedTypes
    .map((type) => ({ type, count: countOf(shape, type, types, typing) }))
    .filter(({ type, count }) => count > 0 && !accepts(types, type))
  if (departing.length === 0) return null
  const seen = departing.reduce((sum, { count }) => sum + count, 0)
  return {
    aspect: 'type',
    severity: 'error',
    documented: [...types].toSorted().join(' or ') || 'nothing',
    observed: departing.map(({ type }) => type).join(' or '),
    seen,
    of: shape.seen - shape.nulls,
  }
}

function accepts(types: ReadonlySet<string>, type: string): boolean {
  return types.has(type) || (type === 'integer' && types.has('number'))
}

/** Untyped `007` counts as text, and is an integer all the same. */
function countOf(shape: Shape, type: (typeof observedTypes)[number], types: ReadonlySet<string>, typing: Typing): number {
  if (type !== 'string') return shape[`${type}s`]
  if (typing === 'typed') return shape.strings
  const integers = shape.formats.get('integer') ?? 0
  const decimals = types.has('number') ? (shape.formats.get('decimal') ?? 0) : 0
  return shape.strings - integers - decimals
}

function nullDeparture(view: View, shape: Shape, typing: Typing): Departure | null {
  if (typing === 'untyped' || shape.nulls === 0 || view.nullable !== 'no') return null
  // Many writers send null for what is absent: the spec is wrong, but few clients break.
  return { aspect: 'null', severity: 'warning', documented: 'never null', observed: 'null', seen: shape.nulls, of: shape.seen }
}

/** Only texts that may be shown can be compared; the others are there as keyed hashes. */
function enumDeparture(view: View, shape: Shape): Departure | null {
  const { values } = view
  if (values === null) return null
  if (isForgotten(shape.values)) return openSetDeparture(values, shape)
  const departing = shape.values.texts.flatMap((text, at) => (text === null || values.has(text) ? [] : [{ text, count: shape.values.counts[at] ?? 0 }]))
  if (departing.length === 0) return null
  const texts = departing.map(({ text }) => text).toSorted()
  const observed = texts.length > shownValuesMax ? `${texts.slice(0, shownValuesMax).join(', ')} and ${texts.length - shownValuesMax} more` : texts.join(', ')
  return {
    aspect: 'enum',
    severity: 'warning',
    documented: listed(values),
    observed,
    seen: departing.reduce((sum, { count }) => sum + count, 0),
    of: shape.seen - shape.nulls,
  }
}

/** Which values there were is not known any more, only that they were many: more than a short list documents. */
function openSetDeparture(documented: ReadonlySet<string>, shape: Shape): Departure | null {
  const undocumented = closedSetMax - documented.size
  if (undocumented <= 0) return null
  return {
    aspect: 'enum',
    severity: 'warning',
    documented: listed(documented),
    observed: `${closedSetMax} or more different values`,
    seen: undocumented,
    of: shape.seen - shape.nulls,
  }
}

function listed(values: ReadonlySet<string>): string {
  const shown = [...values].slice(0, shownValuesMax).map((value) => value.slice(0, 40))
  return shown.join(', ') + (values.size > shownValuesMax ? ' …' : '')
}

/** The engine's formats that a documented format may show as; formats that are not here are not compared. */
const formatNames: ReadonlyMap<string, readonly string[]> = new Map([
  ['date-time', ['date-time']],
  ['date', ['date']],
  ['time', ['time']],
  ['duration', ['duration']],
  ['uuid', ['uuid']],
  ['guid', ['uuid']],
  ['email', ['email']],
  ['idn-email', ['email']],
  ['ipv4', ['ipv4', 'cidr']],
  ['ipv6', ['ipv6', 'cidr']],
  ['uri', ['uri', 'data-uri']],
  ['url', ['uri', 'data-uri', 'hostname']],
  ['hostname', ['hostname', 'ipv4']],
])
const int32Max = 2_147_483_647

function formatDeparture(view: View, shape: Shape): Departure | null {
  const { format } = view
  if (format === null) return null
  if (format === 'int32' && shape.numberRange !== null && shape.integers > 0 && (shape.numberRange.max > int32Max || shape.numberRange.min < -int32Max - 1)) {
    return { aspect: 'format', severity: 'error', documented: 'int32', observed: 'integers beyond 32 bits', seen: 1, of: shape.integers }
  }
  const names = formatNames.get(format)
  if (names === undefined || shape.strings === 0) return null
  const right = names.reduce((sum, name) => sum + (shape.formats.get(name) ?? 0), 0)
  if (right / shape.strings >= formatShareMin) return null
  const [other] = [...shape.formats].filter(([name]) => !names.includes(name)).toSorted(([nameA, a], [nameB, b]) => b - a || (nameA < nameB ? -1 : 1))
  const certain = shape.strings >= verdictValuesMin || (right === 0 && shape.strings >= noneOfMin)
  const severity = certain ? 'warning' : 'info'
  return { aspect: 'format', severity, documented: format, observed: other?.[0] ?? 'text of no known format', seen: shape.strings - right, of: shape.strings }
}
