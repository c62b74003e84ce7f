import { readFileSync } from 'node:fs'
import { join } from 'node:path'

/** The folder with package.json, seen from `src/base` and from `dist/base` alike: examples, migrations and schemas lie in it. */
export const packageFolder: string = join(import.meta.dirname, '..', '..')

/** The version in package.json. */
export function tapistryVersion(): string {
  const text = readFileSync(join(packageFolder, 'package.json'), 'utf8')
  const version: unknown = (JSON.parse(text) as { version?: unknown }).version
  return typeof version === 'string' ? version : '0.0.0'
}
