import { posix } from 'node:path'
import { readDocument, type SpecDocument } from './document.ts'
import { quoted, type Problems } from './problems.ts'
import type { JsonObject, JsonValue, Schema } from './spec.ts'
import { isList, isObject, member } from './tree.ts'

/** Gives the text of a file, or why not (null: nothing is known of it); the only way to another file, so it decides what may be read. */
export type ReadText = (path: string) => string | Unread | null

export interface Unread {
  /** As in "the file `x` is no regular file". */
  readonly reason: string
}

const filesMax = 500
const totalLengthMax = 128 * 1024 * 1024
const hopsMax = 32

/** A value with the document that it is written in. */
export interface Located<T extends JsonValue = JsonValue> {
  readonly value: T
  readonly document: SpecDocument
  readonly pointer: string
}

/**
 * All files of one spec and the way through their references. Every file is loaded at once, so that resolving is pure and every missing target is
 * a problem with a line. References in other files than the first are rewritten to `file#pointer`, so that a schema can be handed on without its file.
 */
export class References {
  readonly root: SpecDocument
  readonly #documents: Map<string, SpecDocument> = new Map()
  readonly #missing: Set<string> = new Set()
  readonly #problems: Problems
  readonly #read: ReadText
  #lengthLeft: number = totalLengthMax

  constructor(root: SpecDocument, read: ReadText, problems: Problems) {
    this.root = root
    this.#read = read
    this.#problems = problems
    this.#documents.set(root.file, root)
    this.#documents.set(posix.normalize(root.file), root)
    const queue = [root]
    for (let document = queue.pop(); document !== undefined; document = queue.pop()) queue.push(...this.#load(document))
    for (const document of new Set(this.#documents.values())) this.#check(document)
  }

  /** Follows `$ref` to its end; null where it leads nowhere. The problem itself was reported when the files were loaded. */
  follow(start: Located): Located | null {
    let at = start
    for (let hops = 0; hops <= hopsMax; hops += 1) {
      const reference = referenceOf(at.value)
      if (reference === null) return at
      const next = this.#target(reference)
      if (next === null) return null
      at = next
    }
    return null
  }

  /** The file that an object was read from; null for one that was made here. */
  documentOf(container: object): SpecDocument | null {
    for (const document of this.#documents.values()) if (document.holds(container)) return document
    return null
  }

  /** As `Spec.resolve` says. */
  resolve(schema: Schema): Schema {
    const siblings: Schema[] = []
    let at: JsonValue = schema
    for (let hops = 0; hops <= hopsMax; hops += 1) {
      const reference = referenceOf(at)
      if (reference === null || !isObject(at)) {
        if (!isObject(at) && typeof at !== 'boolean') return true
        return siblings.length === 0 ? at : { allOf: [...siblings, at] }
      }
      const rest = withoutReference(at)
      if (rest !== null) siblings.push(rest)
      const next = this.#target(reference)
      if (next === null) return siblings.length === 0 ? true : { allOf: siblings }
      at = next.value
    }
    return true
  }

  /** Loads the files that a document refers to and gives those that are new. */
  #load(document: SpecDocument): SpecDocument[] {
    const loaded: SpecDocument[] = []
    eachReference(document.root, (holder, reference) => {
      const [path, fragment] = split(reference)
      if (path === '') {
        if (document !== this.root) rewrite(holder, `${document.file}#${fragment}`)
        return
      }
      if (/^[a-z][a-z0-9+.-]+:/i.test(path)) {
        this.#report(document, holder, `remote reference ${quoted(reference)} is not fetched: save it beside this file and refer to it by its path`)
        rewrite(holder, reference)
        return
      }
      if (percentDecoded(path).startsWith('/')) {
        this.#report(document, holder, `absolute reference ${quoted(reference)} is not followed: refer to the file by its path from this one`)
        rewrite(holder, reference)
        return
      }
      const file = joined(document.file, path)
      rewrite(holder, `${file}#${fragment}`)
      if (this.#documents.has(file) || this.#missing.has(file)) return
      const next = this.#open(file, document, holder)
      if (next !== null) loaded.push(next)
    })
    return loaded
  }

  #open(file: string, from: SpecDocument, holder: JsonObject): SpecDocument | null {
    const text = this.#documents.size < filesMax ? (this.#read(file) ?? { reason: 'cannot be read' }) : { reason: `is one file too many (${filesMax})` }
    if (typeof text !== 'string' || text.length > this.#lengthLeft) {
      this.#missing.add(file)
      this.#report(from, holder, `the file ${quoted(file)} ${typeof text === 'string' ? 'would make the spec too large' : text.reason}`)
      return null
    }
    this.#lengthLeft -= text.length
    const document = readDocument(file, text, this.#problems)
    this.#documents.set(file, document)
    return document
  }

  /** Every reference has a target; those into missing files were reported with the file. */
  #check(document: SpecDocument): void {
    eachReference(document.root, (holder, reference) => {
      const [file] = split(reference)
      if (file !== '' && !this.#documents.has(file)) return
      if (this.#target(reference) === null) this.#report(document, holder, `${quoted(reference)} leads nowhere: anything is accepted in its place`)
      else if (this.#isCircle(reference)) this.#report(document, holder, `${quoted(reference)} leads back to itself: anything is accepted in its place`)
    })
  }

  #isCircle(reference: string): boolean {
    const seen = new Set<string>()
    for (let at: string | null = reference; at !== null && seen.size <= hopsMax; at = referenceOf(this.#target(at)?.value ?? null)) {
      if (seen.has(at)) return true
      seen.add(at)
    }
    return seen.size > hopsMax
  }

  #target(reference: string): Located | null {
    const [file, fragment] = split(reference)
    const document = file === '' ? this.root : this.#documents.get(file)
    if (document === undefined) return null
    const value = atPointer(document.root, fragment)
    return value === undefined ? null : { value, document, pointer: fragment }
  }

  #report(document: SpecDocument, holder: JsonObject, message: string): void {
    this.#problems.add(document.file, document.place(holder, '$ref'), '', message)
  }
}

function referenceOf(value: JsonValue): string | null {
  if (!isObject(value)) return null
  const reference = member(value, '$ref')
  return typeof reference === 'string' ? reference : null
}

/** What stands beside `$ref` and says something; null for nothing (3.0 ignores siblings, but then nobody writes them). */
function withoutReference(schema: JsonObject): JsonObject | null {
  const rest: Record<string, JsonValue> = {}
  let says = false
  for (const key of Object.keys(schema)) {
    if (silentKeys.has(key) || key.startsWith('x-')) continue
    rest[key] = schema[key] ?? null
    says = true
  }
  return says ? rest : null
}

const silentKeys: ReadonlySet<string> = new Set(['$ref', 'description', 'summary', 'title', 'example', 'examples', 'default', 'deprecated', '__proto__'])

function split(reference: string): readonly [path: string, fragment: string] {
  const hash = reference.indexOf('#')
  return hash === -1 ? [reference, ''] : [reference.slice(0, hash), reference.slice(hash + 1)]
}

function joined(from: string, path: string): string {
  return posix.join(posix.dirname(from), percentDecoded(path))
}

/** JSON pointer (RFC 6901) in a URI fragment; undefined where it leads nowhere. */
function atPointer(root: JsonValue, fragment: string): JsonValue | undefined {
  if (fragment === '' || fragment === '/') return root
  if (!fragment.startsWith('/')) return undefined
  let at: JsonValue | undefined = root
  for (const part of fragment.slice(1).split('/')) {
    const key = percentDecoded(part).replaceAll('~1', '/').replaceAll('~0', '~')
    if (isObject(at)) at = member(at, key)
    else if (isList(at)) at = /^\d{1,9}$/.test(key) ? at[Number(key)] : undefined
    else return undefined
  }
  return at
}

function percentDecoded(text: string): string {
  if (!text.includes('%')) return text
  try {
    return decodeURIComponent(text)
  } catch {
    return text
  }
}

/** Visits each object with a textual `$ref` once, but none inside examples and other plain values; linear even where aliases share objects. */
function eachReference(root: JsonValue, visit: (holder: JsonObject, reference: string) => void): void {
  const seen = new Set<object>()
  const stack: { readonly value: JsonValue; readonly named: boolean }[] = [{ value: root, named: false }]
  for (let entry = stack.pop(); entry !== undefined; entry = stack.pop()) {
    const { value, named } = entry
    if (typeof value !== 'object' || value === null || seen.has(value)) continue
    seen.add(value)
    if (isList(value)) {
      for (const item of value) if (typeof item === 'object' && item !== null) stack.push({ value: item, named: false })
      continue
    }
    if (!isObject(value)) continue
    const reference = named ? null : referenceOf(value)
    if (reference !== null) visit(value, reference)
    for (const key of Object.keys(value)) {
      const child = value[key]
      if (typeof child !== 'object' || child === null || (!named && (plainValueKeys.has(key) || key.startsWith('x-')))) continue
      stack.push({ value: child, named: !named && nameMapKeys.has(key) })
    }
  }
}

/** Below these stand values of the API, in which `$ref` is a text like any other. */
const plainValueKeys: ReadonlySet<string> = new Set(['example', 'examples', 'default', 'enum', 'const'])
/** The keys of these are names that the author chose, so none of them is a keyword. */
const nameMapKeys: ReadonlySet<string> = new Set(['properties', 'patternProperties', 'schemas', 'definitions', '$defs'])

/** The tree was built here and is not yet seen by anybody else: the one place that changes it. */
function rewrite(holder: JsonObject, reference: string): void {
  Object.assign(holder, { $ref: reference })
}
