import { dirname } from 'node:path'

import { Ajv2020, type ErrorObject } from 'ajv/dist/2020.js'

import { TapistryError } from '../base/errors.ts'
import { placeInFile, readConfigFile, type ConfigFile } from './config_file.ts'
import { applyOverrides, overridesIn, type Override } from './environment.ts'
import { nearestName } from './nearest.ts'
import { configSchema, type Config } from './options.ts'
import { retentionBytesLeast, retentionOf } from './retention.ts'
import { readSecrets } from './secrets.ts'
import { memberFor, namesAt, type SchemaNode } from './schema_at.ts'

export interface LoadedConfig {
  readonly config: Config
  /** Lines for people: variables that are no key. */
  readonly warnings: readonly string[]
  /** Where the value of a key such as `sources.0.format` was set, for people: file, line and column, or a variable. */
  placeOf(key: string): string
}

/**
 * The effective configuration: defaults, then the file, then the environment. `path` null for no file. Secrets stay where they are written, in files and
 * variables, unless `withSecrets` asks for them: most commands need none. Throws `TapistryError` (CONFIG) with every problem, a line each, with file, line
 * and column.
 */
export function loadConfig(
  path: string | null,
  environment: Readonly<Record<string, string | undefined>>,
  cwd: string,
  { withSecrets = false }: { readonly withSecrets?: boolean } = {},
): LoadedConfig {
  const file = path === null ? null : readConfigFile(path, cwd)
  const root: Record<string, unknown> = file?.root ?? {}
  const { overrides, unknown } = overridesIn(environment, configSchema)
  applyOverrides(root, overrides)
  const validate = new Ajv2020({ allErrors: true, useDefaults: true, discriminator: true, strict: false, verbose: true }).compile<Config>(configSchema)
  if (!validate(root)) refuse((validate.errors ?? []).map((error) => problemText(error, file, overrides)))
  if (retentionOf(root).bytesMax < retentionBytesLeast) {
    refuse([`${placeOf(['storage', 'retention', 'size'], false, file, overrides)}: storage.retention.size must be at least 64MiB`])
  }
  if (withSecrets) {
    const problems = readSecrets(root, configSchema, environment, file === null ? cwd : dirname(file.path))
    if (problems.length > 0) refuse(problems.map((problem) => `${placeOf(problem.path, false, file, overrides)}: ${problem.message}`))
  }
  return { config: root, warnings: unknown.map(unknownVariable), placeOf: (key) => placeOf(key.split('.'), false, file, overrides) }
}

/** The published JSON Schema, for editors. */
export function configSchemaText(): string {
  return `${JSON.stringify(configSchema, null, 2)}\n`
}

function unknownVariable({ variable, nearest }: { readonly variable: string; readonly nearest: string | null }): string {
  return `${variable}: no key of the configuration has this name, it is ignored${nearest === null ? '' : `: did you mean ${nearest}?`}`
}

const problemsShownMax = 20

/** Throws `TapistryError` (CONFIG) with these problems, a line each. */
export function refuse(problems: readonly string[]): never {
  const told = [...new Set(problems)]
  const shown = told.slice(0, problemsShownMax)
  throw new TapistryError('CONFIG', told.length > shown.length ? [...shown, `and ${told.length - shown.length} problems more`] : shown)
}

function problemText(error: ErrorObject, file: ConfigFile | null, overrides: readonly Override[]): string {
  const path = error.instancePath
    .split('/')
    .slice(1)
    .map((part) => part.replaceAll('~1', '/').replaceAll('~0', '~'))
  const extra = typeof error.params['additionalProperty'] === 'string' ? error.params['additionalProperty'] : null
  const isWrongType = error.keyword === 'discriminator' && typeof error.params['tagValue'] === 'string'
  const full = extra !== null ? [...path, extra] : isWrongType ? [...path, 'type'] : path
  return `${placeOf(full, extra !== null, file, overrides)}: ${reasonText(error, extra, full)}`
}

/** The variable that set the value or what it is in, else where it is written. */
function placeOf(path: readonly string[], ofKey: boolean, file: ConfigFile | null, overrides: readonly Override[]): string {
  const variable = overrides.find((override) => override.path.every((name, index) => String(name) === path[index]))?.variable
  return variable ?? (file === null ? 'configuration' : placeInFile(path, ofKey, file))
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
    const written: unknown = error.params['tagValue']
    if (typeof written !== 'string') return `${name} needs a type: one of ${types.join(', ')}`
    const nearest = nearestName(written, types)
    return `${name} ${JSON.stringify(written.slice(0, 40))} is not known: ${nearest === null ? `one of ${types.join(', ')}` : `did you mean ${nearest}?`}`
  }
  const schema = error.parentSchema as SchemaNode
  // What stands where an object is expected may be a secret that belongs into it.
  const isShown = schema['x-secret'] !== true && schema.properties === undefined && schema.oneOf === undefined && isPlain(error.data)
  const named = isShown ? `${name} ${JSON.stringify(error.data).slice(0, valueCharactersMax)}` : name
  if (error.keyword === 'enum') return `${named} must be one of ${(error.params['allowedValues'] as unknown[]).map(String).join(', ')}`
  if (error.keyword === 'pattern' && schema.examples !== undefined) return `${named} is not written as expected: as in ${schema.examples.join(' or ')}`
  return `${named} ${error.message ?? 'is not valid'}`
}

const valueCharactersMax = 80

function isPlain(value: unknown): boolean {
  return typeof value === 'string' || typeof value === 'number' || typeof value === 'boolean'
}
