import { dayIn } from '../base/day.ts'
import { readParameters, type ReadParameter } from './parameters.ts'
import { quoted } from './problems.ts'
import { child, located, objectChild, report, type Reading } from './reading.ts'
import type { Located } from './references.ts'
import { readRequestBody, readResponses } from './responses.ts'
import { readSecurity } from './security.ts'
import { readServers } from './servers.ts'
import type { JsonObject, Operation, Parameter, RequestBody } from './spec.ts'
import { swaggerBody, swaggerMediaTypes } from './swagger.ts'
import { parameterNames, parseTemplate } from './template.ts'
import { isList, isObject, member, objectMember, textMember } from './tree.ts'

/** Operations of one spec: what lies beyond is ignored. */
const operationsMax = 50_000
const segmentsMax = 64

const methodKeys: ReadonlySet<string> = new Set(['get', 'put', 'post', 'delete', 'options', 'head', 'patch', 'trace', 'query'])
/** Methods of any other name: of 3.2, and as our own documents have them, which are 3.1. */
const additionalKeys = ['additionalOperations', 'x-additionalOperations'] as const
const otherKeys: ReadonlySet<string> = new Set(['$ref', 'summary', 'description', 'servers', 'parameters', 'additionalOperations'])

/** Reads `paths`; each (method, template) once. */
export function readOperations(reading: Reading): Operation[] {
  const paths = member(reading.root.value, 'paths')
  if (paths === undefined) {
    // From 3.1 on a document may describe webhooks or components alone.
    report(reading, reading.root, undefined, 'no `paths`: nothing will be documented by this spec')
    return []
  }
  if (!isObject(paths)) {
    report(reading, reading.root, 'paths', '`paths` is not an object: it is ignored')
    return []
  }
  const at = child(reading.root, 'paths', paths)
  const operations: Operation[] = []
  const seen: Seen = { keys: new Map(), ids: new Set() }
  for (const written of Object.keys(paths)) {
    if (written.startsWith('x-')) continue
    const template = readTemplate(reading, at, written)
    const item = template === null ? null : objectChild(reading, at, written, paths[written] ?? null, 'a path item')
    if (template !== null && item !== null) operations.push(...readPathItem(reading, item, template, seen))
    if (operations.length > operationsMax) {
      report(reading, at, written, `more than ${operationsMax} operations: the rest is ignored`)
      return operations.slice(0, operationsMax)
    }
  }
  return operations
}

interface Seen {
  /** Method and template without parameter names, to the template as written. */
  readonly keys: Map<string, string>
  readonly ids: Set<string>
}

function readTemplate(reading: Reading, paths: Located, written: string): string | null {
  const template = written.startsWith('/') ? written : `/${written}`
  if (template !== written) report(reading, paths, written, `the path ${quoted(written)} does not begin with \`/\`: it is read as if it did`)
  const segments = parseTemplate(template)
  if (segments.length > segmentsMax || template.length > 4096) {
    report(reading, paths, written, `the path ${quoted(written)} is too long: it is ignored`)
    return null
  }
  if (segments.some((segment) => segment.parts.some((part) => part.kind === 'literal' && /[{}]/.test(part.text)))) {
    report(reading, paths, written, `the path ${quoted(written)} has a brace without its partner: it is taken as text`)
  }
  return template
}

function readPathItem(reading: Reading, item: Located<JsonObject>, template: string, seen: Seen): Operation[] {
  const operations: Operation[] = []
  const shared = readParameters(reading, item)
  const add = (holder: Located, key: string, method: string, value: Located): void => {
    const operation = located(value)
    if (operation === null) report(reading, holder, key, 'an operation is not an object: it is ignored')
    else if (isNew(reading, holder, key, method, template, seen)) operations.push(readOperation(reading, item, operation, method, template, shared, seen))
  }
  for (const key of Object.keys(item.value)) {
    const lower = key.toLowerCase()
    const value = item.value[key] ?? null
    if (methodKeys.has(lower)) {
      if (lower !== key) report(reading, item, key, `the method ${quoted(key)} must be in lower case: it is read as if it were`)
      add(item, key, lower.toUpperCase(), child(item, key, value))
    } else if (!otherKeys.has(key) && !key.startsWith('x-')) report(reading, item, key, `${quoted(key)} is no method: it is ignored`)
  }
  for (const name of additionalKeys) {
    const additional = objectMember(item.value, name)
    if (additional === null) continue
    const holder = child(item, name, additional)
    for (const method of Object.keys(additional).slice(0, 100)) add(holder, method, method, child(holder, method, additional[method] ?? null))
  }
  return operations
}

function isNew(reading: Reading, holder: Located, key: string, method: string, template: string, seen: Seen): boolean {
  const normal = `${method} ${template.replaceAll(/\{[^{}]*\}/g, '{}')}`
  const before = seen.keys.get(normal)
  if (before === undefined) seen.keys.set(normal, template)
  else
    report(
      reading,
      holder,
      key,
      before === template ? `${method} is given twice: the first counts` : `the path is the same as ${quoted(before)} but for names: both are kept`,
    )
  return before !== template
}

function readOperation(
  reading: Reading,
  item: Located<JsonObject>,
  at: Located<JsonObject>,
  method: string,
  template: string,
  shared: readonly ReadParameter[],
  seen: Seen,
): Operation {
  const operationId = textMember(at.value, 'operationId')
  if (operationId !== null && seen.ids.has(operationId)) report(reading, at, 'operationId', `the operationId ${quoted(operationId)} is given twice`)
  if (operationId !== null) seen.ids.add(operationId)
  const read = [...readParameters(reading, at), ...shared]
  const tags = member(at.value, 'tags')
  return {
    method,
    template,
    operationId,
    deprecated: member(at.value, 'deprecated') === true,
    sunsetMs: readSunset(reading, at),
    parameters: mergeParameters(reading, at, template, read),
    requestBody: reading.swagger ? readSwaggerBody(reading, at, read) : readRequestBody(reading, at),
    responses: readResponses(reading, at),
    security: readSecurity(reading, at),
    servers: readServers(at, reading.problems) ?? readServers(item, reading.problems) ?? reading.servers,
    tags: isList(tags) ? tags.filter((tag) => typeof tag === 'string').slice(0, 100) : [],
    pointer: at.pointer,
    file: at.document.file,
    line: at.document.place(at.value).line,
  }
}

/** The operation's parameters come first, so the first of a name wins. Template parameters that are not declared may be anything. */
function mergeParameters(reading: Reading, at: Located<JsonObject>, template: string, read: readonly ReadParameter[]): Parameter[] {
  const merged = new Map<string, Parameter>()
  for (const entry of read) {
    if (entry.kind !== 'parameter') continue
    const { parameter } = entry
    const key = `${parameter.in} ${parameter.in === 'header' ? parameter.name.toLowerCase() : parameter.name}`
    if (!merged.has(key)) merged.set(key, parameter)
  }
  const names = new Set(parameterNames(parseTemplate(template)))
  for (const name of names) {
    if (merged.has(`path ${name}`)) continue
    report(reading, at, undefined, `the path parameter ${quoted(name)} is not declared: anything is accepted`)
    merged.set(`path ${name}`, { in: 'path', name, required: true, deprecated: false, schema: true, style: 'simple', explode: false })
  }
  for (const [key, parameter] of merged) {
    if (parameter.in !== 'path' || names.has(parameter.name)) continue
    report(reading, at, undefined, `the path parameter ${quoted(parameter.name)} does not stand in the path: it is ignored`)
    merged.delete(key)
  }
  return [...merged.values()]
}

function readSwaggerBody(reading: Reading, at: Located<JsonObject>, read: readonly ReadParameter[]): RequestBody | null {
  const body = read.find((entry) => entry.kind === 'body')
  const form = read.flatMap((entry) => (entry.kind === 'form' ? [entry.at.value] : []))
  return swaggerBody(body?.kind === 'body' ? body.at.value : null, form, swaggerMediaTypes(at.value, reading.root.value, 'consumes'))
}

/** `x-sunset` (or `x-sunset-date`): a moment or a day, which then ends at its midnight UTC. */
function readSunset(reading: Reading, at: Located<JsonObject>): number | null {
  const key = member(at.value, 'x-sunset') === undefined ? 'x-sunset-date' : 'x-sunset'
  const written = member(at.value, key)
  if (written === undefined) return null
  const isMoment = typeof written === 'string' && /^\d{4}-\d\d-\d\d(?:[Tt ]\d\d:\d\d(?::\d\d(?:\.\d+)?)?(?:[Zz]|[+-]\d\d:?\d\d))?$/.test(written)
  const moment = isMoment && dayIn(written.slice(0, 10)) !== null ? Date.parse(written) : Number.NaN
  if (Number.isFinite(moment)) return moment
  report(reading, at, key, `\`${key}\` is neither a date nor a date with time and zone: it is ignored`)
  return null
}
