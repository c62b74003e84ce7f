import { resolve } from 'node:path'

import { systemReason, TapistryError } from '../base/errors.ts'
import { readTextFile } from '../base/text_file.ts'
import { memberFor, type SchemaNode } from './schema_at.ts'

const secretBytesMax = 64 * 1024

/**
 * Puts secrets in their places: `webhookUrlFile` names a file with `webhookUrl`, and a secret written as `${NAME}` comes from the environment.
 * Relative files are seen from `folder`. `value` is changed; the keys ending in `File` stay.
 */
export function readSecretFiles(value: unknown, schema: SchemaNode, environment: Readonly<Record<string, string | undefined>>, folder: string): void {
  if (Array.isArray(value)) {
    if (schema.items !== undefined) for (const item of value) readSecretFiles(item, schema.items, environment, folder)
    return
  }
  if (typeof value !== 'object' || value === null) return
  const member = memberFor(schema, value)
  const map = value as Record<string, unknown>
  for (const [name, child] of Object.entries(member.properties ?? {})) {
    if (child['x-secret'] === true) readSecret(map, name, environment, folder)
    else readSecretFiles(map[name], child, environment, folder)
  }
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

function readSecret(map: Record<string, unknown>, name: string, environment: Readonly<Record<string, string | undefined>>, folder: string): void {
  const file = map[`${name}File`]
  const written = map[name]
  if (typeof file === 'string' && written !== undefined) throw new TapistryError('CONFIG', `${name} and ${name}File are both set: keep one of them`)
  if (typeof file === 'string') map[name] = secretIn(resolve(folder, file), `${name}File`)
  const variable = typeof written === 'string' ? /^\$\{([A-Za-z_]\w*)\}$/.exec(written)?.[1] : undefined
  if (variable === undefined) return
  const value = environment[variable]
  if (value === undefined || value === '') throw new TapistryError('CONFIG', `${name}: the environment variable ${variable} is not set`)
  map[name] = value
}

function secretIn(path: string, name: string): string {
  try {
    return readTextFile(path, secretBytesMax).trim()
  } catch (thrown) {
    throw new TapistryError('CONFIG', `${name}: cannot read ${path}: ${systemReason(thrown)}`, { cause: thrown })
  }
}
