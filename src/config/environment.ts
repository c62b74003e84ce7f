import { parse } from 'yaml'

import { childOf, namesAt, type SchemaNode } from './schema_at.ts'

/** A value that the environment sets, by its place in the configuration. */
export interface Override {
  readonly variable: string
  readonly path: readonly (string | number)[]
  readonly value: unknown
}

/** Variables with our prefix that are no part of the configuration. */
const otherVariables: ReadonlySet<string> = new Set([
  'TAPISTRY_CONFIG',
  'TAPISTRY_LOG_LEVEL',
  'TAPISTRY_SHARED',
  'TAPISTRY_TOKEN',
  'TAPISTRY_URL',
  'TAPISTRY_WORKERS',
])

/**
 * The overrides in `environment`: `TAPISTRY_DATA_DIR` is `dataDir`, `TAPISTRY_STORAGE__TYPE` is `storage.type`, `TAPISTRY_SOURCES__0__PATH` the first
 * source's path. Sorted by variable. `unknown` lists variables of ours that are no key: a warning and no error, since
 * Kubernetes sets such names for a service called tapistry.
 */
export function overridesIn(environment: Readonly<Record<string, string | undefined>>, schema: SchemaNode): { overrides: Override[]; unknown: string[] } {
  const overrides: Override[] = []
  const unknown: string[] = []
  for (const variable of Object.keys(environment).toSorted()) {
    const text = environment[variable]
    if (!variable.startsWith('TAPISTRY_') || otherVariables.has(variable) || text === undefined) continue
    const found = placeOf(variable.slice('TAPISTRY_'.length).split('__'), schema)
    if (found === null) unknown.push(variable)
    else overrides.push({ variable, path: found.path, value: found.node.type === 'string' ? text : plainValue(text) })
  }
  return { overrides, unknown }
}

/** `root` with the overrides set; what is on the way and missing is made. The root itself is changed. */
export function applyOverrides(root: Record<string, unknown>, overrides: readonly Override[]): void {
  for (const { path, value } of overrides) {
    let here: Record<string | number, unknown> = root
    for (const [index, name] of path.slice(0, -1).entries()) {
      const below = here[name]
      const next = typeof below === 'object' && below !== null ? below : typeof path[index + 1] === 'number' ? [] : {}
      here[name] = next
      here = next as Record<string | number, unknown>
    }
    const last = path.at(-1)
    if (last !== undefined) here[last] = value
  }
}

function placeOf(words: readonly string[], schema: SchemaNode): { path: (string | number)[]; node: SchemaNode } | null {
  const path: (string | number)[] = []
  let node = schema
  for (const word of words) {
    if (node.items !== undefined && /^\d{1,3}$/.test(word)) {
      path.push(Number(word))
      node = node.items
      continue
    }
    const name = namesAt(node).find((candidate) => upperSnake(candidate) === word)
    const child = name === undefined ? undefined : childOf(node, name)
    if (name === undefined || child === undefined) return null
    path.push(name)
    node = child
  }
  return { path, node }
}

/** `dataDir` to `DATA_DIR`. */
function upperSnake(name: string): string {
  return name.replaceAll(/([a-z0-9])([A-Z])/g, '$1_$2').toUpperCase()
}

/** Numbers, booleans, lists and objects as YAML writes them in one line; what is none of them stays text. */
function plainValue(text: string): unknown {
  try {
    return parse(text) as unknown
  } catch {
    return text
  }
}
