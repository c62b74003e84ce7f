import { mediaType } from './media_type.ts'
import type { JsonObject, JsonValue, RequestBody, Schema } from './spec.ts'
import { define, isList, isObject, member, textMember } from './tree.ts'

/** Keywords of a schema that OpenAPI 2.0 writes into the parameter itself. */
const schemaKeywords = [
  'type',
  'format',
  'items',
  'enum',
  'default',
  'maximum',
  'exclusiveMaximum',
  'minimum',
  'exclusiveMinimum',
  'maxLength',
  'minLength',
  'pattern',
  'maxItems',
  'minItems',
  'uniqueItems',
  'multipleOf',
]

/** The schema of a parameter, header or form field of OpenAPI 2.0. */
export function swaggerSchema(parameter: JsonObject): Schema {
  const schema: Record<string, JsonValue> = {}
  for (const keyword of schemaKeywords) {
    const value = member(parameter, keyword)
    if (value !== undefined) schema[keyword] = value
  }
  // A file is bytes: of its type nothing can be compared.
  return schema['type'] === 'file' ? true : schema
}

/** The request body that `in: body` or `in: formData` parameters of OpenAPI 2.0 make together; null for none. */
export function swaggerBody(body: JsonObject | null, form: readonly JsonObject[], consumes: readonly string[]): RequestBody | null {
  if (body !== null) {
    const schema = member(body, 'schema')
    const types = consumes.length === 0 ? ['application/json'] : consumes
    const read: Schema = isObject(schema) || typeof schema === 'boolean' ? schema : true
    return { required: member(body, 'required') === true, content: new Map(types.map((type) => [type, read])) }
  }
  if (form.length === 0) return null
  const properties: Record<string, JsonValue> = {}
  const required: string[] = []
  for (const field of form) {
    const name = textMember(field, 'name') ?? ''
    define(properties, name, swaggerSchema(field))
    if (member(field, 'required') === true) required.push(name)
  }
  const schema: Schema = { type: 'object', properties, required }
  const types = consumes.filter((type) => type.startsWith('multipart/') || type === 'application/x-www-form-urlencoded')
  const fallback = form.some((field) => textMember(field, 'type') === 'file') ? 'multipart/form-data' : 'application/x-www-form-urlencoded'
  return { required: required.length > 0, content: new Map((types.length === 0 ? [fallback] : types).map((type) => [type, schema])) }
}

/** `consumes` or `produces`: the operation's list wins over the document's. */
export function swaggerMediaTypes(operation: JsonObject, root: JsonObject, key: 'consumes' | 'produces'): string[] {
  const list = member(operation, key) ?? member(root, key)
  return isList(list) ? list.filter((type) => typeof type === 'string').map(mediaType) : []
}
