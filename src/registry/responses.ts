import { readContent, readHeaders, readSchema } from './parameters.ts'
import { quoted } from './problems.ts'
import { child, objectChild, report, type Reading } from './reading.ts'
import type { Located } from './references.ts'
import type { JsonObject, RequestBody, Response, Schema } from './spec.ts'
import { swaggerMediaTypes } from './swagger.ts'
import { isObject, member } from './tree.ts'

const responsesMax = 200

/** Reads the responses of an operation, by status as written. */
export function readResponses(reading: Reading, operation: Located<JsonObject>): Map<string, Response> {
  const responses = new Map<string, Response>()
  const map = member(operation.value, 'responses')
  // From 3.1 on an operation may say nothing about its responses.
  if (map === undefined) return responses
  if (!isObject(map)) {
    report(reading, operation, 'responses', '`responses` is not an object: it is ignored')
    return responses
  }
  const at = child(operation, 'responses', map)
  for (const written of Object.keys(map).slice(0, responsesMax)) {
    if (written.startsWith('x-')) continue
    const status = /^(?:[1-5](?:\d\d|XX)|DEFAULT)$/.exec(written.toUpperCase())?.[0]
    if (status === undefined) {
      report(reading, at, written, `${quoted(written)} is no status: it is ignored`)
      continue
    }
    const response = objectChild(reading, at, written, map[written] ?? null, 'a response')
    // A response that cannot be read is still one that may come.
    responses.set(status === 'DEFAULT' ? 'default' : status, response === null ? anyResponse : readResponse(reading, operation, response))
  }
  return responses
}

/** Reads `requestBody` of OpenAPI 3; null for none. */
export function readRequestBody(reading: Reading, operation: Located<JsonObject>): RequestBody | null {
  const written = member(operation.value, 'requestBody')
  if (written === undefined) return null
  const body = objectChild(reading, operation, 'requestBody', written, 'the request body')
  if (body === null) return { required: false, content: new Map([['*/*', true]]) }
  return { required: member(body.value, 'required') === true, content: readContent(reading, body) }
}

const anyResponse: Response = { content: new Map<string, Schema>([['*/*', true]]), headers: [] }

function readResponse(reading: Reading, operation: Located<JsonObject>, response: Located<JsonObject>): Response {
  const headers = readHeaders(reading, response)
  if (!reading.swagger) return { content: readContent(reading, response), headers }
  const schema = member(response.value, 'schema')
  if (schema === undefined) return { content: new Map(), headers }
  const read = readSchema(reading, response, 'schema', schema)
  const types = swaggerMediaTypes(operation.value, reading.root.value, 'produces')
  return { content: new Map((types.length === 0 ? ['application/json'] : types).map((type) => [type, read])), headers }
}
