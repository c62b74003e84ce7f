import { quoted } from './problems.ts'
import type { Reading } from './reading.ts'
import type { JsonObject, JsonValue, Schema, Spec } from './spec.ts'
import { isList, isObject, member } from './tree.ts'

const types: ReadonlySet<string> = new Set(['string', 'number', 'integer', 'boolean', 'array', 'object', 'null', 'file'])
const singleKeys = ['items', 'additionalProperties', 'not', 'contains', 'propertyNames', 'if', 'then', 'else', 'unevaluatedProperties', 'unevaluatedItems']
const listKeys = ['allOf', 'oneOf', 'anyOf', 'prefixItems']
const mapKeys = ['properties', 'patternProperties', '$defs', 'definitions']

/** Reports what in the schemas of the operations is not a schema. Each object is looked at once, so circles and aliases cost nothing. */
export function checkSchemas(reading: Reading, spec: Spec): void {
  const seen = new Set<object>()
  const stack: Schema[] = []
  for (const operation of spec.operations) {
    for (const parameter of operation.parameters) stack.push(parameter.schema)
    if (operation.requestBody !== null) stack.push(...operation.requestBody.content.values())
    for (const response of operation.responses.values()) {
      stack.push(...response.content.values())
      for (const header of response.headers) stack.push(header.schema)
    }
  }
  for (let schema = stack.pop(); schema !== undefined; schema = stack.pop()) {
    if (typeof schema === 'boolean' || seen.has(schema)) continue
    seen.add(schema)
    for (const [key, message] of oddities(schema)) {
      // The file is not known here; the one that knows the object gives a place other than its beginning.
      const document = reading.references.documentOf(schema)
      if (document !== null) reading.problems.add(document.file, document.place(schema, key), '', message)
    }
    if (typeof member(schema, '$ref') === 'string') stack.push(spec.resolve(schema))
    stack.push(...children(schema))
  }
}

function oddities(schema: JsonObject): [key: string, message: string][] {
  const found: [string, string][] = []
  const type = member(schema, 'type')
  for (const name of isList(type) ? type : type === undefined ? [] : [type]) {
    if (typeof name !== 'string' || !types.has(name)) found.push(['type', `${quoted(JSON.stringify(name).slice(0, 100))} is no type: any is accepted`])
  }
  if (wrong(schema, 'required', (value) => isList(value) && value.every((name) => typeof name === 'string'))) {
    found.push(['required', '`required` of a schema is a list of names: it is ignored'])
  }
  if (wrong(schema, 'enum', isList)) found.push(['enum', '`enum` is not a list: it is ignored'])
  if (wrong(schema, 'properties', isObject)) found.push(['properties', '`properties` is not an object: it is ignored'])
  for (const key of singleKeys) if (wrong(schema, key, isSchema)) found.push([key, `\`${key}\` is not a schema: it is ignored`])
  for (const key of ['allOf', 'oneOf', 'anyOf']) {
    if (wrong(schema, key, (value) => isList(value) && value.length > 0 && value.every(isSchema)))
      found.push([key, `\`${key}\` is not a list of schemas: what is none is ignored`])
  }
  return found
}

function wrong(schema: JsonObject, key: string, right: (value: JsonValue) => boolean): boolean {
  const value = member(schema, key)
  return value !== undefined && !right(value)
}

function isSchema(value: JsonValue | undefined): value is Schema {
  return typeof value === 'boolean' || isObject(value)
}

function children(schema: JsonObject): Schema[] {
  const found: Schema[] = []
  for (const key of singleKeys) {
    const value = member(schema, key)
    if (isSchema(value)) found.push(value)
  }
  for (const key of listKeys) {
    const value = member(schema, key)
    if (isList(value)) found.push(...value.filter(isSchema))
  }
  for (const key of mapKeys) {
    const value = member(schema, key)
    if (isObject(value)) found.push(...Object.values(value).filter(isSchema))
  }
  return found
}
