import type { Shape } from '../../observation/shape.ts'
import type { JsonSchema, JsonSchemaValue } from '../document.ts'
import { enumOf } from './enum.ts'
import { confidenceKeyword, isNumbered } from './guess.ts'
import { mapValuesOf } from './map.ts'

/** Objects that must have been seen before a field that all of them had is called required: an absence of 14 % would have shown with 95 %. */
export const requiredSeenMin = 20

/** The JSON Schema (2020-12) of what was seen at a place; `key` is its name, which tells free text from words of a closed set. */
export function schemaOf(shape: Shape, key: string = ''): JsonSchema {
  return schemaAt(shape, key, 0, false)
}

/** A schema while its keywords are written, in the order in which they are shown. */
type Keywords = Record<string, JsonSchemaValue>

/** `isGuess` of a field of protocol buffers that is known by its number alone. */
function schemaAt(shape: Shape, key: string, depth: number, isGuess: boolean): Keywords {
  const schema: Keywords = {}
  const types = typesOf(shape)
  const [first] = types
  if (types.length === 1 && first !== undefined) schema['type'] = first
  else if (types.length > 1) schema['type'] = types
  if (shape.strings > 0) addTextKeywords(schema, shape, key)
  if (shape.integers + shape.numbers >= rangeSeenMin && shape.numberRange && shape.classes.size === 0) {
    schema['minimum'] = shape.numberRange.min
    schema['maximum'] = shape.numberRange.max
  }
  if (isGuess) Object.assign(schema, confidenceKeyword(shape))
  if (depth >= depthMax) return schema
  if (shape.objects > 0) addObjectKeywords(schema, shape, depth)
  if (shape.arrays > 0 && shape.items && shape.items.seen > 0) schema['items'] = schemaAt(shape.items, key, depth + 1, isGuess)
  return schema
}

/** JSON types in the order of the specification's list; integer and number together are number. */
function typesOf(shape: Shape): readonly string[] {
  const types: string[] = []
  if (shape.arrays > 0) types.push('array')
  if (shape.booleans > 0) types.push('boolean')
  if (shape.numbers > 0) types.push('number')
  else if (shape.integers > 0) types.push('integer')
  if (shape.objects > 0) types.push('object')
  if (shape.strings > 0) types.push('string')
  if (shape.nulls > 0) types.push('null')
  return types
}

function addTextKeywords(schema: Keywords, shape: Shape, key: string): void {
  const format = shape.formats.size === 0 ? undefined : [...shape.formats].find(([, count]) => count >= shape.strings * formatShareMin)?.[0]
  if (format !== undefined) schema[standardFormats.has(format) ? 'format' : 'x-format'] = format
  const words = enumOf(shape, key)
  if (words) schema['enum'] = shape.nulls > 0 ? [...words, null] : words
  if (shape.strings >= rangeSeenMin && shape.lengthRange && shape.strings === shape.seen - shape.nulls) {
    schema['minLength'] = shape.lengthRange.min
    schema['maxLength'] = shape.lengthRange.max
  }
}

function addObjectKeywords(schema: Keywords, shape: Shape, depth: number): void {
  const mapValues = mapValuesOf(shape)
  if (mapValues) {
    const values = schemaAt(mapValues, '', depth + 1, false)
    values['x-seen'] = mapValues.seen
    schema['additionalProperties'] = values
    return
  }
  const properties: [string, JsonSchemaValue][] = []
  const required: string[] = []
  let unnamed = shape.fieldsFolded
  for (const [name, child] of [...shape.fields].toSorted(([a], [b]) => (a < b ? -1 : 1))) {
    if (name.startsWith('{')) {
      unnamed += child.seen
      continue
    }
    const seen = Math.min(child.seen, shape.objects)
    const property = schemaAt(child, name, depth + 1, isNumbered(name))
    property['x-seen'] = seen
    property['x-of'] = shape.objects
    properties.push([name, property])
    if (seen === shape.objects && shape.objects >= requiredSeenMin) required.push(name)
  }
  schema['properties'] = Object.fromEntries(properties)
  if (required.length > 0) schema['required'] = required
  if (unnamed > 0) schema['x-unnamed'] = unnamed
}

/** Share of texts that must have a format: one odd value must not drop it. */
const formatShareMin = 0.98
/** Samples from which a range is more than an accident; a range over few values would show the values. */
const rangeSeenMin = 10_000
const depthMax = 24

/** Formats of JSON Schema 2020-12 §7.3; others stand as `x-format`, which validators leave alone. */
const standardFormats: ReadonlySet<string> = new Set([
  'date-time',
  'date',
  'time',
  'duration',
  'email',
  'hostname',
  'ipv4',
  'ipv6',
  'uri',
  'uri-reference',
  'uuid',
])
