import type { JsonObject, JsonValue } from './spec.ts'

/** What a text gave: a tree (null where nothing could be read), what was wrong, and where each container stands. */
export interface TextReading {
  readonly root: JsonValue
  readonly problems: readonly TreeProblem[]
  /** Where it is no JSON or YAML, the first of them: what stands behind it may be missing from the tree. */
  readonly broken: TreeProblem | null
  /** Offset in UTF-16 units of the container or of one of its keys; 0 for what is not of this text. */
  readonly offsetOf: (container: object, key?: string) => number
  /** Whether the container was read from this text. */
  readonly holds: (container: object) => boolean
}

export interface TreeProblem {
  readonly offset: number
  readonly message: string
}

/** The value of an own key, undefined where there is none: names such as `constructor` and `__proto__` are keys like any other. */
export function member(object: JsonObject, key: string): JsonValue | undefined {
  return Object.hasOwn(object, key) ? object[key] : undefined
}

export function isObject(value: JsonValue | undefined): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

export function isList(value: JsonValue | undefined): value is readonly JsonValue[] {
  return Array.isArray(value)
}

export function objectMember(object: JsonObject, key: string): JsonObject | null {
  const value = member(object, key)
  return isObject(value) ? value : null
}

export function textMember(object: JsonObject, key: string): string | null {
  const value = member(object, key)
  return typeof value === 'string' ? value : null
}

/** Sets an own key, `__proto__` included, which plain assignment would take for the prototype. */
export function define(object: Record<string, JsonValue>, key: string, value: JsonValue): void {
  if (key === '__proto__') Object.defineProperty(object, key, { value, enumerable: true, writable: true, configurable: true })
  else object[key] = value
}
