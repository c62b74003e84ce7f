import type { JsonObject, JsonValue, Schema } from '../../registry/spec.ts'
import { isList, isObject, member, textMember } from '../../registry/tree.ts'
import type { Budget } from './budget.ts'

/**
 * What a schema says about one place, composition undone: `allOf` met, `oneOf` and `anyOf` joined. Counted shapes hold many bodies, each of which may have
 * taken another branch, so what any branch allows is allowed; what all branches demand is demanded.
 */
export interface View {
  /** Allowed types without `null`; null for any. */
  readonly types: ReadonlySet<string> | null
  /** `unsaid` where nothing was said of types at all. */
  readonly nullable: 'yes' | 'no' | 'unsaid'
  readonly properties: ReadonlyMap<string, Schema>
  readonly required: ReadonlySet<string>
  /** Properties beyond the named: false for none, a schema for all of them. */
  readonly additional: Schema
  readonly items: Schema | null
  /** Texts of allowed values; null for any. */
  readonly values: ReadonlySet<string> | null
  readonly format: string | null
  readonly readOnly: boolean
  readonly writeOnly: boolean
  /** Of each `oneOf` and `anyOf` the branches, one of which a value must match. */
  readonly choices: readonly (readonly View[])[]
}

const nestingMax = 24

/** Anything is allowed. */
const anyView: View = {
  types: null,
  nullable: 'unsaid',
  properties: new Map(),
  required: new Set(),
  additional: true,
  items: null,
  values: null,
  format: null,
  readOnly: false,
  writeOnly: false,
  choices: [],
}

/** Reads a schema; what is deeper or larger than the bounds allows anything. */
export function viewOf(schema: Schema, budget: Budget): View {
  return composed(schema, budget, []) ?? anyView
}

/** Null for a schema that is made of itself: such a part adds nothing to the whole. */
function composed(schema: Schema, budget: Budget, within: readonly Schema[]): View | null {
  if (typeof schema === 'boolean' || within.length > nestingMax || !budget.take()) return anyView
  const resolved = budget.spec.resolve(schema)
  if (typeof resolved === 'boolean') return anyView
  if (within.includes(resolved)) return null
  const inside = [...within, resolved]
  const parts = [ownView(resolved)]
  for (const part of schemas(resolved, 'allOf')) parts.push(composed(part, budget, inside) ?? anyView)
  for (const key of ['oneOf', 'anyOf']) {
    const written = schemas(resolved, key)
    const branches = written.map((branch) => composed(branch, budget, inside)).filter((branch) => branch !== null)
    if (branches.length > 0) parts.push({ ...branches.reduce(join), choices: branches.length === written.length ? [branches] : [] })
  }
  return parts.reduce(meet)
}

function ownView(schema: JsonObject): View {
  const written = member(schema, 'type')
  const names = typeof written === 'string' ? [written] : isList(written) ? written.filter((name) => typeof name === 'string') : []
  const values = valuesOf(schema)
  const said = names.length > 0
  const types = names.filter((name) => name !== 'null')
  const nullInValues = values?.has('null') === true
  const saysNull = names.includes('null') || member(schema, 'nullable') === true || nullInValues
  return {
    types: said && types.every((name) => knownTypes.has(name)) ? new Set(types) : null,
    nullable: saysNull ? 'yes' : said || values !== null ? 'no' : 'unsaid',
    properties: propertiesOf(schema),
    required: new Set(textsOf(member(schema, 'required'))),
    additional: additionalOf(schema),
    items: itemsOf(schema),
    values,
    format: textMember(schema, 'format'),
    readOnly: member(schema, 'readOnly') === true,
    writeOnly: member(schema, 'writeOnly') === true,
    choices: [],
  }
}

const knownTypes: ReadonlySet<string> = new Set(['string', 'number', 'integer', 'boolean', 'array', 'object'])

/** Both hold. */
function meet(a: View, b: View): View {
  const properties = new Map(a.properties)
  for (const [name, schema] of b.properties) {
    const other = properties.get(name)
    properties.set(name, other === undefined || other === schema ? schema : { allOf: [other, schema] })
  }
  return {
    types: meetTypes(a.types, b.types),
    // `nullable: true` beside a reference is meant for what it refers to, whatever the letter says.
    nullable: a.nullable === 'yes' || b.nullable === 'yes' ? 'yes' : a.nullable === 'no' || b.nullable === 'no' ? 'no' : 'unsaid',
    properties,
    required: either(a.required, b.required),
    // `additionalProperties: false` in one part is meant for all parts together.
    additional:
      a.additional === false || b.additional === false
        ? false
        : a.additional === true
          ? b.additional
          : b.additional === true
            ? a.additional
            : { allOf: [a.additional, b.additional] },
    items: a.items === null || a.items === b.items ? b.items : b.items === null ? a.items : { allOf: [a.items, b.items] },
    values: a.values === null ? b.values : b.values === null ? a.values : both(a.values, b.values),
    format: a.format ?? b.format,
    readOnly: a.readOnly || b.readOnly,
    writeOnly: a.writeOnly || b.writeOnly,
    choices: [...a.choices, ...b.choices],
  }
}

/** One of them holds. A property that only one names is what that one says of it. */
function join(a: View, b: View): View {
  const properties = new Map(a.properties)
  for (const [name, schema] of b.properties) {
    const other = properties.get(name)
    properties.set(name, other === undefined || other === schema ? schema : { anyOf: [other, schema] })
  }
  return {
    types: a.types === null || b.types === null ? null : either(a.types, b.types),
    nullable: a.nullable === 'no' && b.nullable === 'no' ? 'no' : a.nullable === 'yes' || b.nullable === 'yes' ? 'yes' : 'unsaid',
    properties,
    required: both(a.required, b.required),
    additional:
      a.additional === false
        ? b.additional
        : b.additional === false
          ? a.additional
          : a.additional === true || b.additional === true
            ? true
            : { anyOf: [a.additional, b.additional] },
    items: a.items === null || a.items === b.items ? b.items : b.items === null ? a.items : { anyOf: [a.items, b.items] },
    values: a.values === null || b.values === null ? null : either(a.values, b.values),
    format: a.format === b.format ? a.format : null,
    readOnly: a.readOnly && b.readOnly,
    writeOnly: a.writeOnly && b.writeOnly,
    // Which branch a value took is not known, so neither which choices it had there.
    choices: [],
  }
}

function meetTypes(a: ReadonlySet<string> | null, b: ReadonlySet<string> | null): ReadonlySet<string> | null {
  if (a === null || b === null) return a ?? b
  const common = new Set([...a].filter((type) => b.has(type)))
  // An integer is a number.
  if ((a.has('integer') && b.has('number')) || (b.has('integer') && a.has('number'))) common.add('integer')
  return common
}

function both(a: ReadonlySet<string>, b: ReadonlySet<string>): ReadonlySet<string> {
  return new Set([...a].filter((text) => b.has(text)))
}

function either(a: ReadonlySet<string>, b: ReadonlySet<string>): ReadonlySet<string> {
  return new Set([...a, ...b])
}

function valuesOf(schema: JsonObject): ReadonlySet<string> | null {
  const constant = member(schema, 'const')
  const list = constant === undefined ? member(schema, 'enum') : [constant]
  return isList(list) && list.length > 0
    ? new Set(list.slice(0, 10_000).map((value) => (typeof value === 'object' && value !== null ? '{}' : String(value))))
    : null
}

function propertiesOf(schema: JsonObject): ReadonlyMap<string, Schema> {
  const properties = member(schema, 'properties')
  return isObject(properties) ? new Map(Object.entries(properties).map(([name, value]) => [name, isSchema(value) ? value : true])) : new Map()
}

/** Keywords beside which the names of further properties cannot be judged here. */
const openKeywords = ['patternProperties', 'if', 'dependentSchemas', 'dependencies', '$dynamicRef']

function additionalOf(schema: JsonObject): Schema {
  if (openKeywords.some((key) => member(schema, key) !== undefined)) return true
  const additional = member(schema, 'additionalProperties') ?? member(schema, 'unevaluatedProperties')
  return isSchema(additional) ? additional : true
}

function itemsOf(schema: JsonObject): Schema | null {
  const items = member(schema, 'items')
  const first = [...schemas(schema, 'prefixItems'), ...(isList(items) ? items.filter(isSchema) : [])]
  if (first.length === 0) return isSchema(items) ? items : null
  return { anyOf: isSchema(items) ? [...first, items] : first }
}

function schemas(schema: JsonObject, key: string): Schema[] {
  const list = member(schema, key)
  return isList(list) ? list.filter(isSchema) : []
}

function textsOf(value: JsonValue | undefined): string[] {
  return isList(value) ? value.filter((text) => typeof text === 'string') : []
}

function isSchema(value: JsonValue | undefined): value is Schema {
  return typeof value === 'boolean' || isObject(value)
}
