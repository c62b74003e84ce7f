import type { TSchema } from 'typebox'

import { exampleValues } from './example_values.ts'
import { answerSchemas, refPrefix } from './schemas.ts'

/**
 * An example of what a schema allows: its own where it has one, else made of its parts, with the values that a property of this name has. Everything that may be there is;
 * a list has one item, and of several forms it is the first.
 */
export function exampleOf(schema: TSchema): unknown {
  return partOf(schema, { schemas: answerSchemas(), around: '', name: '' })
}

/** What is looked at of a schema. */
interface ExampleSchema {
  readonly $ref?: string
  readonly type?: string
  readonly examples?: readonly unknown[]
  readonly const?: unknown
  readonly enum?: readonly unknown[]
  readonly anyOf?: readonly ExampleSchema[]
  readonly properties?: Readonly<Record<string, ExampleSchema>>
  readonly items?: ExampleSchema
  readonly pattern?: string
  readonly minimum?: number
  readonly maximum?: number
}

type Schemas = Readonly<Record<string, ExampleSchema>>

/** Where a part stands: the schema or the property around it, and its own name. */
interface Place {
  readonly schemas: Schemas
  readonly around: string
  readonly name: string
}

function partOf(schema: ExampleSchema, place: Place): unknown {
  const { $ref, examples, anyOf, items, properties } = schema
  if ($ref !== undefined) return ofNamed($ref, place)
  if (examples !== undefined) return examples[0]
  const known = valuesAt(place).find((value) => allows(schema, value))
  if (known !== undefined) return known
  if ('const' in schema) return schema.const
  if (schema.enum !== undefined) return schema.enum[0]
  if (anyOf !== undefined) return partOf(anyOf.find(({ type }) => type !== 'null') ?? {}, place)
  if (schema.type === 'array') return items === undefined ? [] : [partOf(items, place)]
  if (properties !== undefined) {
    return Object.fromEntries(Object.entries(properties).map(([name, own]) => [name, partOf(own, { ...place, around: place.name || place.around, name })]))
  }
  return scalarOf(schema)
}

function ofNamed(ref: string, { schemas }: Place): unknown {
  const name = ref.slice(refPrefix.length)
  return partOf(schemas[name] ?? {}, { schemas, around: name, name: '' })
}

function valuesAt({ around, name }: Place): readonly unknown[] {
  return [...(exampleValues[`${around}.${name}`] ?? []), ...(exampleValues[name] ?? [])]
}

/** As far as values of examples go wrong; a test looks at all of it. */
function allows(schema: ExampleSchema, value: unknown): boolean {
  const { type, enum: names, anyOf, pattern, minimum = -Infinity, maximum = Infinity } = schema
  if (anyOf !== undefined) return anyOf.some((one) => allows(one, value))
  if (names !== undefined) return names.includes(value)
  if ('const' in schema) return schema.const === value
  if (typeof value === 'string') return type === 'string' && (pattern === undefined || new RegExp(pattern, 'u').test(value))
  if (typeof value === 'number') return (type === 'integer' || type === 'number') && value >= minimum && value <= maximum
  if (typeof value === 'boolean') return type === 'boolean'
  if (value === null) return type === 'null'
  if (Array.isArray(value)) return type === 'array'
  return type === 'object' && schema.properties === undefined
}

function scalarOf({ type, pattern, minimum = 0 }: ExampleSchema): unknown {
  if (type === 'string') return pattern === undefined ? 'text' : (forms.find((form) => new RegExp(pattern, 'u').test(form)) ?? 'text')
  if (type === 'integer' || type === 'number') return minimum
  if (type === 'boolean') return false
  if (type === 'null') return null
  return {}
}

/** Texts with a form of their own. */
const forms: readonly string[] = [
  ...['svc', 'ep', 'fnd', 'spec', 'sup', 'cor', 'alert'].map((kind) => `${kind}_0123456789abcdef`),
  '2026-11-20T09:14:00.000Z',
  '2026-12-31',
  '1042',
]
