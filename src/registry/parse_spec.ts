import { createHash } from 'node:crypto'
import { readDocument } from './document.ts'
import { firstPlace } from './place.ts'
import { readOperations } from './operations.ts'
import { compareText } from './order.ts'
import { Problems, quoted } from './problems.ts'
import { located, report, rootOf, type Reading } from './reading.ts'
import { References, type Located, type ReadText } from './references.ts'
import { checkSchemas } from './schema_check.ts'
import { readServers, readSwaggerServers, relativeServer } from './servers.ts'
import type { JsonObject, Operation, Server, Spec, SpecProblem } from './spec.ts'
import { objectMember, textMember } from './tree.ts'

export interface ParsedSpec {
  /** Null where nothing can be used: then one of the problems is fatal. */
  readonly spec: Spec | null
  /** Where the document itself is no JSON or YAML: what stands behind it may be missing from the spec. */
  readonly broken: SpecProblem | null
  /** Fatal ones first, then by file and line. */
  readonly problems: readonly SpecProblem[]
}

/**
 * Reads an OpenAPI document (2.0, 3.0, 3.1, 3.2; JSON or YAML) and the files that it refers to. Never throws, whatever the text: what is wrong becomes
 * problems with file, line and column, and what can be used is. Bounds: 64 Mi characters a file, 128 Mi and 500 files in all, 200 levels, 50,000 operations.
 */
export function parseSpec(input: { readonly text: string; readonly origin: string }, read: ReadText): ParsedSpec {
  const problems = new Problems()
  const document = readDocument(input.origin, input.text, problems)
  const root = located(rootOf(document))
  const refusal = root === null ? 'no OpenAPI document: neither a JSON object nor a YAML map' : refusalOf(root.value)
  if (root === null || refusal !== null) {
    problems.refuse(input.origin, firstPlace, '', refusal ?? '')
    return { spec: null, broken: document.broken, problems: problems.all() }
  }
  const references = new References(document, read, problems)
  const swagger = textMember(root.value, 'swagger') !== null
  const servers = swagger ? readSwaggerServers(root.value) : (readServers(root, problems) ?? [relativeServer])
  const reading: Reading = { references, problems, root, swagger, servers }
  const spec = readSpec(reading, input.origin)
  checkSchemas(reading, spec)
  return { spec, broken: document.broken, problems: problems.all() }
}

function refusalOf(root: JsonObject): string | null {
  const version = textMember(root, 'openapi') ?? textMember(root, 'swagger')
  if (version === null) return 'no OpenAPI document: neither `openapi` nor `swagger` says its version'
  return /^[23](?:\.|$)/.test(version) ? null : `OpenAPI ${quoted(version)} is not known: 2.0, 3.0, 3.1 and 3.2 are`
}

function readSpec(reading: Reading, origin: string): Spec {
  const { root, references } = reading
  const info = objectMember(root.value, 'info')
  if (info === null) report(reading, root, 'info', 'no `info`: the spec has neither title nor version')
  const title = infoText(reading, info, 'title')
  const version = infoText(reading, info, 'version')
  const operations = readOperations(reading)
  return {
    id: specId(title, version, reading.servers, operations),
    title,
    version,
    origin,
    openapi: textMember(root.value, 'openapi') ?? textMember(root.value, 'swagger') ?? '',
    servers: reading.servers,
    operations,
    resolve: (schema) => references.resolve(schema),
  }
}

function infoText(reading: Reading, info: JsonObject | null, key: 'title' | 'version'): string {
  if (info === null) return ''
  const text = textMember(info, key)
  const at: Located = { value: info, document: reading.root.document, pointer: '/info' }
  if (text === null) report(reading, at, key, `\`info.${key}\` is not a text`)
  return (text ?? '').slice(0, 200)
}

function specId(title: string, version: string, servers: readonly Server[], operations: readonly Operation[]): string {
  const urls = servers.map((server) => `${server.scheme}://${server.host ?? ''}${server.basePath}`).toSorted(compareText)
  const keys = operations.map((operation) => `${operation.method} ${operation.template}`).toSorted(compareText)
  return `spec_${createHash('sha256')
    .update(JSON.stringify([title, version, urls, keys]))
    .digest('hex')
    .slice(0, 16)}`
}
