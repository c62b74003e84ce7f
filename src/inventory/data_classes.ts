import type { Shape } from '../observation/shape.ts'
import type { DataClassDocument } from './document.ts'
import type { Endpoint } from './inventory.ts'

/**
 * The data classes of an endpoint by place: parameter, or direction, status, media type and field. A place carries a class only when enough of
 * its values passed and most of them did; the thresholds are one table. Sorted by place, path and class.
 */
export function dataClassesOf(endpoint: Endpoint): readonly DataClassDocument[] {
  const found: DataClassDocument[] = []
  for (const { in: place, name, shape } of endpoint.parameters) {
    collect(shape, { name, parent: root }, 0, (path, at) => add(found, at, { in: place, status: null, mediaType: null, path }))
  }
  for (const [mediaType, { shape }] of endpoint.request) {
    collect(shape, root, 0, (path, at) => add(found, at, { in: 'request', status: null, mediaType, path }))
  }
  for (const [status, bodies] of endpoint.responses) {
    for (const [mediaType, { shape }] of bodies) {
      collect(shape, root, 0, (path, at) => add(found, at, { in: 'response', status: String(status), mediaType, path }))
    }
  }
  return found.toSorted(byPlace)
}

/** The classes that the values of one place are of. */
export function classesAt(shape: Shape): readonly string[] {
  return [...shape.classes.keys()].filter((name) => passes(shape, name)).toSorted()
}

function passes(shape: Shape, name: string): boolean {
  const seen = shape.classes.get(name) ?? 0
  const { countMin } = evidenceOf(name)
  return seen >= countMin && seen >= scalarsOf(shape) * shareMin
}

function add(found: DataClassDocument[], shape: Shape, place: Pick<DataClassDocument, 'in' | 'status' | 'mediaType' | 'path'>): void {
  for (const name of classesAt(shape)) {
    const seen = shape.classes.get(name) ?? 0
    const of = Math.max(seen, scalarsOf(shape))
    const { certainty } = evidenceOf(name)
    found.push({ class: name, ...place, seen, of, confidence: Math.round(certainty * (0.9 + (0.1 * seen) / of) * 100) / 100 })
  }
}

function scalarsOf(shape: Shape): number {
  return shape.booleans + shape.integers + shape.numbers + shape.strings
}

function collect(shape: Shape, place: Place, depth: number, take: (path: string, shape: Shape) => void): void {
  if (shape.classes.size > 0) take(pathOf(place), shape)
  if (depth >= depthMax) return
  for (const [name, child] of shape.fields) collect(child, { name, parent: place }, depth + 1, take)
  if (shape.items) collect(shape.items, { name: null, parent: place }, depth + 1, take)
}

/** Where a shape stands: at the root, in a field, or (`name` is null) in an array. The path is spelled out only where it is shown. */
interface Place {
  readonly name: string | null
  readonly parent: Place | null
}

const root: Place = { name: null, parent: null }

/** `$.card.number`; names that are no identifiers stand in brackets, keys that are values as `*`. */
function pathOf({ name, parent: above }: Place): string {
  if (above === null) return '$'
  const parent = pathOf(above)
  if (name === null) return `${parent}[]`
  if (name.startsWith('{')) return `${parent}.*`
  return /^[A-Za-z_$][\w$-]*$/.test(name) ? `${parent}.${name}` : `${parent}[${JSON.stringify(name)}]`
}

/** How many values must pass before a place carries the class, and how sure one is then. */
interface Evidence {
  readonly countMin: number
  readonly certainty: number
}

function evidenceOf(name: string): Evidence {
  const own = evidence.get(name)
  if (own) return own
  return name.startsWith('secret_') ? checked : shaped
}

/** Check digits, fixed prefixes, structure that nothing else has: three are no accident. */
const checked: Evidence = { countMin: 3, certainty: 0.99 }
/** Shapes that other values may have too. */
const shaped: Evidence = { countMin: 20, certainty: 0.8 }

const evidence: ReadonlyMap<string, Evidence> = new Map([
  ['payment_card', checked],
  ['iban', checked],
  ['mac_address', { countMin: 3, certainty: 0.95 }],
  /** An `@` and a domain: a shape of its own. */
  ['email', { countMin: 3, certainty: 0.97 }],
  /** Only passes beside a key that names it. */
  ['us_ssn', { countMin: 3, certainty: 0.95 }],
  ['password', { countMin: 3, certainty: 0.9 }],
  ['date_of_birth', { countMin: 3, certainty: 0.9 }],
  ['phone', { countMin: 10, certainty: 0.85 }],
])

/** Most of the values: a hit in free text makes no place. */
const shareMin = 0.5
const depthMax = 24

function byPlace(a: DataClassDocument, b: DataClassDocument): number {
  const left = placeText(a)
  const right = placeText(b)
  return left < right ? -1 : left > right ? 1 : 0
}

function placeText({ in: place, status, mediaType, path, class: name }: DataClassDocument): string {
  return [place, status ?? '', mediaType ?? '', path, name].join('\0')
}
