import { parse } from 'yaml'

import { nearestName } from './nearest.ts'
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
 * The overrides in `environment`: `TAPISTRY_DATA_DIR` is `dataDir`, `TAPISTRY_STORAGE_TYPE` is `storage.type`, `TAPISTRY_SOURCES_0_PATH` the first
 * source's path; two underscores may stand between keys. Sorted by variable. `unknown` lists variables of ours that are no key, with the nearest that is:
 * a warning and no error, since Kubernetes sets such names for a service called tapistry.
 */
export function overridesIn(environment: Readonly<Record<string, string | undefined>>, schema: SchemaNode): { overrides: Override[]; unknown: Unknown[] } {
  const overrides: Override[] = []
  const unknown: Unknown[] = []
  for (const variable of Object.keys(environment).toSorted()) {
    const text = environment[variable]
    if (!variable.startsWith(prefix) || otherVariables.has(variable) || text === undefined) continue
    const words = variable.slice(prefix.length)
    const found = placeOf(words, schema)
    if (found !== null) overrides.push({ variable, path: found.path, value: valueOf(text, found.node) })
    else {
      const nearest = nearestName(words, [...variablesOf(schema)])
      unknown.push({ variable, nearest: nearest === null ? null : prefix + nearest })
    }
  }
  return { overrides, unknown }
}

interface Unknown {
  readonly variable: string
  readonly nearest: string | null
}

const prefix = 'TAPISTRY_'

/** Text where text is expected; one text is a list of one, where texts are. */
function valueOf(text: string, { type, items }: SchemaNode): unknown {
  if (type === 'string') return text
  const value = plainValue(text)
  return type === 'array' && items?.type === 'string' && typeof value === 'string' ? [value] : value
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

/** The place that `words`, with underscores between them, lead to. Keys have underscores of their own, so each key that begins them is tried. */
function placeOf(words: string, node: SchemaNode): { path: (string | number)[]; node: SchemaNode } | null {
  if (words === '') return { path: [], node }
  const [, index, afterIndex] = /^(\d{1,3})(?:__?(?=.)|$)(.*)$/.exec(words) ?? []
  const steps: [key: string | number, below: SchemaNode | undefined, rest: string][] =
    node.items === undefined
      ? namesAt(node).flatMap((name) => {
          const rest = new RegExp(`^${upperSnake(name)}(?:__?(?=.)|$)(.*)$`).exec(words)?.[1]
          return rest === undefined ? [] : [[name, childOf(node, name), rest]]
        })
      : [[Number(index), index === undefined ? undefined : node.items, afterIndex ?? '']]
  for (const [key, below, rest] of steps) {
    const found = below === undefined ? null : placeOf(rest, below)
    if (found !== null) return { path: [key, ...found.path], node: found.node }
  }
  return null
}

/** Every key by its words, those of lists aside. */
function* variablesOf(node: SchemaNode): Generator<string> {
  for (const name of namesAt(node)) {
    yield upperSnake(name)
    for (const words of variablesOf(childOf(node, name) ?? {})) yield `${upperSnake(name)}_${words}`
  }
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
