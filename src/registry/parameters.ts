import { mediaType } from './media_type.ts'
import { quoted } from './problems.ts'
import { child, childPointer, located, objectChild, report, type Reading } from './reading.ts'
import type { Located } from './references.ts'
import type { JsonObject, JsonValue, Parameter, Schema } from './spec.ts'
import { swaggerSchema } from './swagger.ts'
import { isList, isObject, member, objectMember, textMember } from './tree.ts'

const parametersMax = 500

/** A parameter, or the body or form field of OpenAPI 2.0, which are parameters there. */
export type ReadParameter = { readonly kind: 'parameter'; readonly parameter: Parameter } | { readonly kind: 'body' | 'form'; readonly at: Located<JsonObject> }

/** Reads the `parameters` of a path item or operation. */
export function readParameters(reading: Reading, holder: Located<JsonObject>): ReadParameter[] {
  const list = member(holder.value, 'parameters')
  if (list === undefined) return []
  if (!isList(list)) {
    report(reading, holder, 'parameters', '`parameters` is not a list: it is ignored')
    return []
  }
  if (list.length > parametersMax) report(reading, holder, 'parameters', `more than ${parametersMax} parameters: the rest is ignored`)
  const at = child(holder, 'parameters', list)
  return list.slice(0, parametersMax).flatMap((entry, index) => {
    const found = objectChild(reading, at, String(index), entry, 'a parameter')
    const read = found === null ? null : readParameter(reading, found)
    return read === null ? [] : [read]
  })
}

/** Reads a map of header objects (of a response). */
export function readHeaders(reading: Reading, holder: Located<JsonObject>): Parameter[] {
  const map = objectMember(holder.value, 'headers')
  if (map === null) return []
  const at = child(holder, 'headers', map)
  return Object.keys(map)
    .slice(0, parametersMax)
    .flatMap((name) => {
      const found = objectChild(reading, at, name, map[name] ?? null, 'a header')
      return found === null ? [] : [parameterOf(reading, found, 'header', name)]
    })
}

function readParameter(reading: Reading, at: Located<JsonObject>): ReadParameter | null {
  const place = textMember(at.value, 'in')
  const name = textMember(at.value, 'name')
  if (reading.swagger && place === 'body') return { kind: 'body', at }
  if (name === null) {
    report(reading, at, undefined, 'a parameter without `name` is ignored')
    return null
  }
  if (reading.swagger && place === 'formData') return { kind: 'form', at }
  if (place === 'querystring') return null
  if (place !== 'path' && place !== 'query' && place !== 'header' && place !== 'cookie') {
    report(reading, at, 'in', `the parameter ${quoted(name)} is in ${quoted(place ?? '')}, which is no place for one: it is ignored`)
    return null
  }
  return { kind: 'parameter', parameter: parameterOf(reading, at, place, name) }
}

function parameterOf(reading: Reading, at: Located<JsonObject>, place: Parameter['in'], name: string): Parameter {
  const written = textMember(at.value, 'style')
  const style = written ?? (place === 'query' || place === 'cookie' ? 'form' : 'simple')
  const explode = member(at.value, 'explode')
  return {
    in: place,
    name,
    required: place === 'path' || member(at.value, 'required') === true,
    deprecated: member(at.value, 'deprecated') === true,
    schema: reading.swagger ? swaggerSchema(at.value) : parameterSchema(reading, at),
    style,
    explode: typeof explode === 'boolean' ? explode : style === 'form',
  }
}

function parameterSchema(reading: Reading, at: Located<JsonObject>): Schema {
  const schema = member(at.value, 'schema')
  if (schema !== undefined) return readSchema(reading, at, 'schema', schema)
  const content = objectMember(at.value, 'content')
  const first = content === null ? undefined : Object.values(content)[0]
  // A parameter with `content` carries a document inside a text: of the text itself nothing is said.
  if (content !== null && isObject(first)) return true
  report(reading, at, undefined, 'a parameter without `schema`: anything is accepted')
  return true
}

/** A schema as it stands; `true` for what is none. */
export function readSchema(reading: Reading, holder: Located, key: string, value: JsonValue): Schema {
  if (typeof value === 'boolean' || isObject(value)) return value
  report(reading, holder, key, 'a schema is neither an object nor a boolean: anything is accepted')
  return true
}

/** The `content` of a body: schemas by media type. */
export function readContent(reading: Reading, holder: Located<JsonObject>): Map<string, Schema> {
  const content = new Map<string, Schema>()
  const map = member(holder.value, 'content')
  if (map === undefined) return content
  if (!isObject(map)) {
    report(reading, holder, 'content', '`content` is not an object: it is ignored')
    return content
  }
  const at = child(holder, 'content', map)
  for (const written of Object.keys(map).slice(0, parametersMax)) {
    const entry = map[written] ?? null
    const media = located({ value: entry, document: at.document, pointer: childPointer(at.pointer, written) })
    if (media === null) report(reading, at, written, 'a media type without an object: any body is accepted')
    const schema = media === null ? undefined : member(media.value, 'schema')
    content.set(mediaType(written), media === null || schema === undefined ? true : readSchema(reading, media, 'schema', schema))
  }
  return content
}
