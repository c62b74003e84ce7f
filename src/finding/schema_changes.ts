import type { JsonSchema, JsonSchemaValue } from '../inventory/document.ts'
import { settledMin, unpackedContract, type Contract } from './contract.ts'

/** One thing that requests or responses have and had not, or need no more. Names and types alone. */
export type SchemaChange = JsonSchema & { readonly what: SchemaChangeName }

type SchemaChangeName = 'parameter_appeared' | 'media_type_appeared' | 'field_appeared' | 'type_widened' | 'became_nullable' | 'became_optional'

/**
 * What clients and servers of an endpoint may now meet that they did not before, sorted. Places that had not settled are silent: what is only now becoming
 * known has not changed.
 */
export function schemaChanges(before: Contract, after: Contract): readonly SchemaChange[] {
  if (before.exchanges < settledMin || after.exchanges < settledMin) return []
  const [was, is] = [unpackedContract(before), unpackedContract(after)]
  return [...parameterChanges(was, is), ...mediaTypeChanges(was, is), ...bodyChanges(was, is)]
    .map((change) => ({ change, key: placeText(change) }))
    .toSorted((one, other) => (one.key < other.key ? -1 : one.key > other.key ? 1 : 0))
    .map(({ change }) => change)
}

function parameterChanges(was: Contract, is: Contract): SchemaChange[] {
  const old = new Map(was.parameters.map((parameter) => [`${parameter.in} ${parameter.name}`, parameter]))
  const full = new Set(
    Object.entries(Object.groupBy(was.parameters, (parameter) => parameter.in)).flatMap(([at, those]) => (those.length < parametersToldMax ? [] : [at])),
  )
  const changes: SchemaChange[] = []
  for (const { in: where, name, schema, seen, required } of is.parameters) {
    const path = (): string => pathOf('$', name)
    const before = old.get(`${where} ${name}`)
    if (before !== undefined) {
      if (before.required && !required && before.of >= settledMin) changes.push({ what: 'became_optional', in: where, path: path() })
      compare(before.schema, schema, Math.min(before.seen, seen), { changes, place: { in: where } }, path)
      // A path parameter comes with another template, which is another endpoint.
    } else if (where !== 'path' && couldTell(was, where) && !full.has(where))
      changes.push({ what: 'parameter_appeared', in: where, path: path(), types: typesIn(schema) })
  }
  return changes
}

/** Of an endpoint that has so many in one place clients choose the names themselves, and another one is no news: each publication would tell of some. */
const parametersToldMax = 100

/** Whether a parameter at this place would have been seen before: most access logs show no header fields. */
function couldTell({ sources, parameters, withoutCredentials }: Contract, place: 'query' | 'header' | 'cookie'): boolean {
  if (place === 'query' || sources.packets >= settledMin || (withoutCredentials?.of ?? 0) >= settledMin) return true
  return parameters.some((parameter) => parameter.in === place && parameter.of >= settledMin)
}

/** Those of a status that is new are told with it. */
function mediaTypeChanges(was: Contract, is: Contract): SchemaChange[] {
  const couldSee = was.sources.packets >= settledMin || bodiesOf(was).some(({ seen }) => seen >= settledMin)
  if (!couldSee) return []
  const known = new Set(bodiesOf(was).map(({ place }) => placeText(place)))
  return bodiesOf(is)
    .map(({ place }) => place)
    .filter(({ status }) => status === undefined || (was.statuses[status] ?? 0) >= settledMin)
    .filter((place) => !known.has(placeText(place)))
    .map((place): SchemaChange => Object.assign({ what: 'media_type_appeared' } as const, place))
}

function bodyChanges(was: Contract, is: Contract): SchemaChange[] {
  const old = new Map(bodiesOf(was).map((body) => [placeText(body.place), body]))
  const changes: SchemaChange[] = []
  for (const { place, seen, schema } of bodiesOf(is)) {
    const before = old.get(placeText(place))
    if (before !== undefined) compare(before.schema, schema, Math.min(before.seen, seen), { changes, place }, () => '$')
  }
  return changes
}

interface BodyPlace extends JsonSchema {
  readonly in: 'request' | 'response'
  readonly status?: string
  readonly mediaType: string
}

interface PlacedBody {
  readonly place: BodyPlace
  readonly seen: number
  readonly schema: JsonSchema
}

function bodiesOf({ request, responses }: Contract): PlacedBody[] {
  return [
    ...Object.entries(request.mediaTypes).map(([mediaType, { seen, schema }]) => ({ place: { in: 'request', mediaType } as const, seen, schema })),
    ...Object.entries(responses).flatMap(([status, { mediaTypes }]) =>
      Object.entries(mediaTypes).map(([mediaType, { seen, schema }]) => ({ place: { in: 'response', status, mediaType } as const, seen, schema })),
    ),
  ]
}

/** What was found so far, and where all of it is. */
interface Comparison {
  readonly changes: SchemaChange[]
  readonly place: JsonSchema
}

/** A place that had `seen` values before. Its path is made where something changed: mostly nothing has. */
function compare(was: JsonSchema, is: JsonSchema, seen: number, comparison: Comparison, path: () => string): void {
  if (seen < settledMin) return
  compareTypes(typesIn(was), typesIn(is), comparison, path)
  compareFields(was, is, comparison, path)
  const [oldValues, values] = [partIn(was, 'additionalProperties'), partIn(is, 'additionalProperties')]
  if (oldValues !== null && values !== null) compare(oldValues, values, Math.min(seenOf(oldValues), seenOf(values)), comparison, () => `${path()}.*`)
  const [oldItems, items] = [partIn(was, 'items'), partIn(is, 'items')]
  if (oldItems !== null && items !== null) compare(oldItems, items, seen, comparison, () => `${path()}[]`)
  else if (items !== null && typesIn(was).includes('array')) note('field_appeared', `${path()}[]`, comparison, { types: typesIn(items) })
}

function compareTypes(was: readonly string[], is: readonly string[], comparison: Comparison, path: () => string): void {
  // Where there never was a value there was no type.
  if (was.length === 0) return
  const added = is.filter((type) => !was.includes(type))
  if (added.some((type) => type !== 'null')) note('type_widened', path(), comparison, { from: withoutNull(was), to: withoutNull(is) })
  if (added.includes('null')) note('became_nullable', path(), comparison)
}

function compareFields(was: JsonSchema, is: JsonSchema, comparison: Comparison, path: () => string): void {
  const [old, now] = [partsIn(was, 'properties'), partsIn(is, 'properties')]
  // Every field says of how many objects it is one.
  const objects = Object.values(old).reduce((most, field) => Math.max(most, numberIn(field, 'x-of')), 0)
  if (objects < settledMin) return
  for (const [name, field] of Object.entries(now)) {
    const before = Object.hasOwn(old, name) ? old[name] : undefined
    if (before === undefined) note('field_appeared', pathOf(path(), name), comparison, { types: typesIn(field) })
    else compare(before, field, Math.min(seenOf(before), seenOf(field)), comparison, () => pathOf(path(), name))
  }
  const required = new Set(namesIn(is, 'required'))
  for (const name of namesIn(was, 'required')) {
    if (Object.hasOwn(now, name) && !required.has(name)) note('became_optional', pathOf(path(), name), comparison)
  }
}

function note(what: SchemaChangeName, path: string, { changes, place }: Comparison, more: JsonSchema = {}): void {
  changes.push({ what, ...place, path, ...more })
}

function withoutNull(types: readonly string[]): readonly string[] {
  return types.filter((type) => type !== 'null')
}

function seenOf(schema: JsonSchema): number {
  return numberIn(schema, 'x-seen')
}

function pathOf(parent: string, name: string): string {
  return /^[A-Za-z_$][\w$-]*$/.test(name) ? `${parent}.${name}` : `${parent}[${JSON.stringify(name)}]`
}

function typesIn({ type }: JsonSchema): readonly string[] {
  return typeof type === 'string' ? [type] : Array.isArray(type) ? type.map(String) : []
}

function namesIn(schema: JsonSchema, keyword: string): readonly string[] {
  const names = schema[keyword]
  return Array.isArray(names) ? names.map(String) : []
}

function numberIn(schema: JsonSchema, keyword: string): number {
  const value = schema[keyword]
  return typeof value === 'number' ? value : 0
}

function partIn(schema: JsonSchema, keyword: string): JsonSchema | null {
  const part: JsonSchemaValue | undefined = schema[keyword]
  return typeof part === 'object' && part !== null && !Array.isArray(part) ? (part as JsonSchema) : null
}

function partsIn(schema: JsonSchema, keyword: string): Readonly<Record<string, JsonSchema>> {
  return (partIn(schema, keyword) ?? {}) as Readonly<Record<string, JsonSchema>>
}

function placeText({ in: where, status = '', mediaType = '', path = '', what = '' }: JsonSchema): string {
  return [where, status, mediaType, path, what].join('\0')
}
