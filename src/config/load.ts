import { dirname, resolve } from 'node:path'

import { Ajv2020, type ErrorObject } from 'ajv/dist/2020.js'
import { isMap, isPair, isScalar, LineCounter, parseDocument, type Document } from 'yaml'

import { systemReason, TapistryError } from '../base/errors.ts'
import { readTextFile } from '../base/text_file.ts'
import { applyOverrides, overridesIn, type Override } from './environment.ts'
import { nearestName } from './nearest.ts'
import { configSchema, type Config } from './options.ts'
import { readSecretFiles } from './secrets.ts'
import { memberFor, namesAt, type SchemaNode } from './schema_at.ts'

export interface LoadedConfig {
  readonly config: Config
  /** Lines for people: variables that are no key. */
  readonly warnings: readonly string[]
}

/**
 * The effective configuration: defaults, then the file, then the environment. `path` null for no file. Throws `TapistryError` (CONFIG) whose message
 * holds every problem with file, line and column.
 */
export function loadConfig(path: string | null, environment: Readonly<Record<string, string | undefined>>, cwd: string): LoadedConfig {
  const file = path === null ? null : readConfigFile(path, cwd)
  const root: Record<string, unknown> = file?.root ?? {}
  const { overrides, unknown } = overridesIn(environment, configSchema)
  applyOverrides(root, overrides)
  const validate = new Ajv2020({ allErrors: true, useDefaults: true, discriminator: true, strict: false, verbose: true }).compile<Config>(configSchema)
  if (!validate(root)) refuse(validate.errors ?? [], file, overrides)
  readSecretFiles(root, configSchema, environment, file === null ? cwd : dirname(file.path))
  return { config: root, warnings: unknown.map((variable) => `${variable}: no key of the configuration has this name, it is ignored`) }
}

/** The published JSON Schema, for editors. */
export function configSchemaText(): string {
  return `${JSON.stringify(configSchema, null, 2)}\n`
}

interface ConfigFile {
  readonly path: string
  /** As the user named it. */
  readonly shown: string
  readonly root: Record<string, unknown>
  readonly document: Document
  readonly lines: LineCounter
}

/** More than any configuration needs; a YAML bomb is refused by the parser's own bound on aliases. */
const fileBytesMax = 8 * 2 ** 20
const problemsShownMax = 20

function readConfigFile(shown: string, cwd: string): ConfigFile {
  const path = resolve(cwd, shown)
  let text: string
  try {
    text = readTextFile(path, fileBytesMax)
  } catch (thrown) {
    throw new TapistryError('CONFIG', `${shown}: ${systemReason(thrown)}; name the configuration with --config`, { cause: thrown })
  }
  const lines = new LineCounter()
  const document = parseDocument(text, { lineCounter: lines, prettyErrors: false })
  const [error] = document.errors
  if (error !== undefined) {
    const { line, col } = lines.linePos(error.pos[0])
    throw new TapistryError('CONFIG', `${shown}:${line}:${col}: not valid YAML: ${error.message}`)
  }
  let root: unknown
  try {
    root = document.toJS({ maxAliasCount: 100 })
  } catch (thrown) {
    throw new TapistryError('CONFIG', `${shown}: ${systemReason(thrown)}`, { cause: thrown })
  }
  if (root === null || root === undefined) root = {}
  if (typeof root !== 'object' || Array.isArray(root))
    throw new TapistryError('CONFIG', `${shown}:1:1: a map of keys is expected, as in "listen: 127.0.0.1:7411"`)
  return { path, shown, root: root as Record<string, unknown>, document, lines }
}

function refuse(errors: readonly ErrorObject[], file: ConfigFile | null, overrides: readonly Override[]): never {
  const told = new Set<string>()
  for (const error of errors) told.add(problemText(error, file, overrides))
  const shown = [...told].slice(0, problemsShownMax)
  const more = told.size > shown.length ? [`and ${told.size - shown.length} more`] : []
  throw new TapistryError('CONFIG', [...shown, ...more].join('; '))
}

function problemText(error: ErrorObject, file: ConfigFile | null, overrides: readonly Override[]): string {
  const path = error.instancePath
    .split('/')
    .slice(1)
    .map((part) => part.replaceAll('~1', '/').replaceAll('~0', '~'))
  const extra = typeof error.params['additionalProperty'] === 'string' ? error.params['additionalProperty'] : null
  const full = extra === null ? path : [...path, extra]
  const variable = overrides.find((override) => override.path.map(String).join('/') === full.join('/'))?.variable
  const where = variable ?? placeInFile(full, extra !== null, file)
  return `${where}: ${reasonText(error, extra, full)}`
}

function reasonText(error: ErrorObject, extra: string | null, path: readonly string[]): string {
  const name = path.length === 0 ? 'the configuration' : path.join('.')
  if (extra !== null) {
    const known = namesAt(memberFor(error.parentSchema as SchemaNode, error.data))
    const nearest = nearestName(extra, known)
    return `unknown key ${name}: ${nearest === null ? `known are ${known.join(', ')}` : `did you mean ${nearest}?`}`
  }
  if (error.keyword === 'required') return `${name} needs the key ${String(error.params['missingProperty'])}`
  if (error.keyword === 'discriminator') {
    const types = (error.parentSchema as SchemaNode).oneOf?.map((member) => String(member.properties?.['type']?.const)) ?? []
    return `${name} needs a type: one of ${types.join(', ')}`
  }
  if (error.keyword === 'enum') return `${name} must be one of ${(error.params['allowedValues'] as unknown[]).map(String).join(', ')}`
  if (error.keyword === 'pattern') return `${name} is not written as expected (durations as 5s or 24h, addresses as 127.0.0.1:7411)`
  return `${name} ${error.message ?? 'is not valid'}`
}

/** `tapistry.yaml:12:3`, of the key itself or of the value; of the nearest parent that is written in the file. */
function placeInFile(path: readonly string[], ofKey: boolean, file: ConfigFile | null): string {
  if (file === null) return 'configuration'
  for (let length = path.length; length >= 0; length -= 1) {
    const offset = offsetOf(file.document, path.slice(0, length), ofKey && length === path.length)
    if (offset === null) continue
    const { line, col } = file.lines.linePos(offset)
    return `${file.shown}:${line}:${col}`
  }
  return `${file.shown}:1:1`
}

function offsetOf(document: Document, path: readonly string[], ofKey: boolean): number | null {
  const keys = path.map((part) => (/^\d+$/.test(part) ? Number(part) : part))
  if (ofKey) {
    const parent: unknown = path.length === 1 ? document.contents : document.getIn(keys.slice(0, -1), true)
    if (!isMap(parent)) return null
    const pair = parent.items.find((item) => isPair(item) && isScalar(item.key) && String(item.key.value) === path.at(-1))
    return isScalar(pair?.key) ? (pair.key.range?.[0] ?? null) : null
  }
  const node: unknown = path.length === 0 ? document.contents : document.getIn(keys, true)
  if (typeof node !== 'object' || node === null || !('range' in node) || !Array.isArray(node.range)) return null
  const [start]: unknown[] = node.range
  return typeof start === 'number' ? start : null
}
