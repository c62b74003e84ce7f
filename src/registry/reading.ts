import type { SpecDocument } from './document.ts'
import type { Problems } from './problems.ts'
import type { Located, References } from './references.ts'
import type { JsonObject, JsonValue, Server } from './spec.ts'
import { isObject } from './tree.ts'

/** What every part of a document is read with. */
export interface Reading {
  readonly references: References
  readonly problems: Problems
  readonly root: Located<JsonObject>
  /** OpenAPI 2.0: parameters carry their schema in themselves, bodies are parameters, media types stand apart. */
  readonly swagger: boolean
  readonly servers: readonly Server[]
}

/** Names the place `key` of `at`. */
export function report(reading: Reading, at: Located, key: string | undefined, message: string): void {
  const place = typeof at.value === 'object' && at.value !== null ? at.document.place(at.value, key) : { line: 1, column: 1 }
  reading.problems.add(at.document.file, place, key === undefined ? at.pointer : childPointer(at.pointer, key), message)
}

/** A child, as written. */
export function child(at: Located, key: string, value: JsonValue): Located {
  return { value, document: at.document, pointer: childPointer(at.pointer, key) }
}

/** A child that should be an object, behind its reference; null, with a problem, where it is none. */
export function objectChild(reading: Reading, at: Located, key: string, value: JsonValue, noun: string): Located<JsonObject> | null {
  const found = reading.references.follow(child(at, key, value))
  if (found === null) return null
  const object = located(found)
  if (object === null) report(reading, at, key, `${noun} is not an object: it is ignored`)
  return object
}

export function located(at: Located): Located<JsonObject> | null {
  return isObject(at.value) ? { value: at.value, document: at.document, pointer: at.pointer } : null
}

export function childPointer(pointer: string, key: string): string {
  return `${pointer}/${key.replaceAll('~', '~0').replaceAll('/', '~1')}`
}

/** A value of the root document. */
export function rootOf(document: SpecDocument): Located {
  return { value: document.root, document, pointer: '' }
}
