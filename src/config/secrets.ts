import { resolve } from 'node:path'

import { systemReason } from '../base/errors.ts'
import { readTextFile } from '../base/text_file.ts'
import { memberFor, type SchemaNode } from './schema_at.ts'

const secretBytesMax = 64 * 1024

/** What is wrong with a secret: its place in the configuration, and why. */
interface SecretProblem {
  readonly path: readonly string[]
  readonly message: string
}

/**
 * Puts secrets in their places: `webhookUrlFile` names a file with `webhookUrl`, and a secret written as `${NAME}` comes from the environment.
 * Relative files are seen from `folder`. `value` is changed; the keys ending in `File` stay. Returns what could not be read.
 */
export function readSecrets(
  value: unknown,
  schema: SchemaNode,
  environment: Readonly<Record<string, string | undefined>>,
  folder: string,
  path: readonly string[] = [],
): SecretProblem[] {
  if (Array.isArray(value)) {
    const { items } = schema
    return items === undefined ? [] : value.flatMap((item, index) => readSecrets(item, items, environment, folder, [...path, String(index)]))
  }
  if (typeof value !== 'object' || value === null) return []
  const member = memberFor(schema, value)
  const map = value as Record<string, unknown>
  return Object.entries(member.properties ?? {}).flatMap(([name, child]) =>
    child['x-secret'] === true ? readSecret(map, name, environment, folder, path) : readSecrets(map[name], child, environment, folder, [...path, name]),
  )
}

/** A copy with every secret replaced, for people and logs. */
export function masked(value: unknown, schema: SchemaNode): unknown {
  if (Array.isArray(value)) return value.map((item) => (schema.items === undefined ? item : masked(item, schema.items)))
  if (typeof value !== 'object' || value === null) return value
  const member = memberFor(schema, value)
  return Object.fromEntries(
    Object.entries(value).map(([name, below]) => {
      const child = member.properties?.[name]
      if (child === undefined) return [name, below]
      return [name, child['x-secret'] === true ? '***' : masked(below, child)]
    }),
  )
}

function readSecret(
  map: Record<string, unknown>,
  name: string,
  environment: Readonly<Record<string, string | undefined>>,
  folder: string,
  path: readonly string[],
): SecretProblem[] {
  const fileKey = `${name}File`
  const [file, written] = [map[fileKey], map[name]]
  const problem = (key: string, message: string): SecretProblem[] => [{ path: [...path, key], message }]
  if (typeof file === 'string') {
    if (written !== undefined) return problem(name, `${name} and ${fileKey} are both set: keep one of them`)
    try {
      map[name] = readTextFile(resolve(folder, file), secretBytesMax).trim()
      return []
    } catch (thrown) {
      return problem(fileKey, `${[...path, fileKey].join('.')}: cannot read ${file}: ${systemReason(thrown)}`)
    }
  }
  const variable = typeof written === 'string' ? /^\$\{([A-Za-z_]\w*)\}$/.exec(written)?.[1] : undefined
  if (variable === undefined) return []
  const value = environment[variable]
  if (value === undefined || value === '') return problem(name, `${[...path, name].join('.')}: the environment variable ${variable} is not set`)
  map[name] = value
  return []
}
