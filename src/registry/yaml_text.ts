import { isAlias, isMap, isPair, isScalar, isSeq, parseDocument, type Node, type Pair, type YAMLMap } from 'yaml'
import { nestingMax } from './json_text.ts'
import type { JsonObject, JsonValue } from './spec.ts'
import { define, isList, isObject, type TextReading, type TreeProblem } from './tree.ts'

/** Nodes of one YAML text, an alias counting as one: what lies beyond is read as null. */
const nodesMax = 4_000_000
/** Keys copied by `<<`, which could otherwise double a map per line. */
const mergedKeysMax = 100_000
/** Opening brackets: more than this many open at once would exhaust the parser's stack. */
const openBracketsMax = 500
const textProblemsMax = 50

/** Reads YAML 1.2 (with `<<`) with positions. An alias is the same object as its anchor, so an alias bomb costs nothing here. Never throws. */
export function readYamlText(text: string): TextReading {
  const builder = new TreeBuilder()
  const tooDeep = deepestNesting(text)
  if (tooDeep !== null) return refusal(tooDeep, `nested more than ${openBracketsMax} levels deep: the text is not read`)
  try {
    const document = parseDocument(text, { uniqueKeys: false, prettyErrors: false, logLevel: 'silent', version: '1.2' })
    for (const error of document.errors.slice(0, textProblemsMax)) builder.report(error.pos[0], error.message)
    const root = document.contents === null ? null : builder.value(document.contents, 0, '')
    const { problems } = builder
    const broken = document.errors.length === 0 ? null : (problems[0] ?? null)
    return { root, problems, broken, offsetOf: (container, key) => builder.offsetOf(container, key), holds: (container) => builder.holds(container) }
  } catch (error) {
    // The parser recurses; what exhausts it all the same is hostile.
    return refusal(0, `not readable as YAML (${error instanceof Error ? error.message.slice(0, 80) : 'unknown reason'})`)
  }
}

function refusal(offset: number, message: string): TextReading {
  const broken = { offset, message }
  return { root: null, problems: [broken], broken, offsetOf: () => 0, holds: () => false }
}

/** Offset where brackets, indentation or `- - -` nest beyond the bound, else null. Brackets in texts and comments count too: the bound is generous. */
function deepestNesting(text: string): number | null {
  let open = 0
  let markers = 0
  for (let at = 0; at < text.length; at += 1) {
    const code = text.charCodeAt(at)
    if (code === 0x5b || code === 0x7b) open += 1
    else if ((code === 0x5d || code === 0x7d) && open > 0) open -= 1
    else if (code === 0x0a) markers = 0
    else if ((code === 0x2d || code === 0x3f || code === 0x3a) && isSpace(text.charCodeAt(at + 1))) markers += 1
    if (open > openBracketsMax || markers > openBracketsMax) return at
  }
  return null
}

function isSpace(code: number): boolean {
  return code === 0x20 || code === 0x09
}

class TreeBuilder {
  readonly problems: TreeProblem[] = []
  readonly #nodes: Map<object, Node> = new Map()
  readonly #anchors: Map<string, JsonValue> = new Map()
  #nodesLeft: number = nodesMax
  #mergedKeysLeft: number = mergedKeysMax

  report(offset: number, message: string): void {
    this.problems.push({ offset, message: message.split('\n', 1)[0] ?? '' })
  }

  offsetOf(container: object, key?: string): number {
    const node = this.#nodes.get(container)
    if (node === undefined) return 0
    if (key !== undefined && isMap(node)) {
      for (const pair of node.items) if (keyText(pair) === key) return startOf(pair.key)
    }
    if (key !== undefined && isSeq(node)) return startOf(node.items[Number(key)])
    return startOf(node)
  }

  holds(container: object): boolean {
    return this.#nodes.has(container)
  }

  value(node: unknown, depth: number, key: string): JsonValue {
    this.#nodesLeft -= 1
    if (this.#nodesLeft <= 0) {
      if (this.#nodesLeft === 0) this.report(startOf(node), `more than ${nodesMax} values: the rest is ignored`)
      return null
    }
    if (isAlias(node)) return this.#alias(node.source, startOf(node))
    if (isScalar(node)) return this.#anchored(node.anchor, scalarValue(node.value, node.source, key, depth))
    if (depth >= nestingMax) {
      this.report(startOf(node), `nested more than ${nestingMax} levels deep: what lies deeper is ignored`)
      return null
    }
    if (isMap(node)) return this.#anchored(node.anchor, this.#object(node, depth))
    if (isSeq(node)) {
      const array = node.items.map((item) => this.value(isPair(item) ? item.value : item, depth + 1, ''))
      this.#nodes.set(array, node)
      return this.#anchored(node.anchor, array)
    }
    return null
  }

  /** An anchor is known once its value is complete, so that no alias closes a circle. */
  #anchored(anchor: string | undefined, value: JsonValue): JsonValue {
    if (anchor !== undefined) this.#anchors.set(anchor, value)
    return value
  }

  #alias(name: string, offset: number): JsonValue {
    const value = this.#anchors.get(name)
    if (value !== undefined) return value
    this.report(offset, 'an alias to an anchor that is not complete before it is read as null')
    return null
  }

  #object(node: YAMLMap, depth: number): JsonObject {
    const object: Record<string, JsonValue> = {}
    this.#nodes.set(object, node)
    const merged: JsonValue[] = []
    for (const pair of node.items) {
      const key = keyText(pair)
      if (key === null) {
        this.report(startOf(pair.key), 'a key that is not a plain value is ignored')
        continue
      }
      const value = this.value(pair.value, depth + 1, key)
      if (key === '<<' && isScalar(pair.key) && pair.key.type === 'PLAIN') merged.push(value)
      else {
        if (Object.hasOwn(object, key)) this.report(startOf(pair.key), 'this key was given before: the last one counts')
        define(object, key, value)
      }
    }
    for (const source of merged) this.#merge(object, source, startOf(node))
    return object
  }

  #merge(object: Record<string, JsonValue>, source: JsonValue, offset: number): void {
    for (const part of isList(source) ? source : [source]) {
      if (!isObject(part)) continue
      for (const key of Object.keys(part)) {
        if (Object.hasOwn(object, key)) continue
        this.#mergedKeysLeft -= 1
        if (this.#mergedKeysLeft < 0) {
          if (this.#mergedKeysLeft === -1) this.report(offset, `more than ${mergedKeysMax} keys merged by \`<<\`: the rest is ignored`)
          return
        }
        define(object, key, part[key] ?? null)
      }
    }
  }
}

/** Versions keep their spelling: unquoted `1.0` and `2.10` are versions, not the numbers 1 and 2.1. */
const spelledKeys: ReadonlySet<string> = new Set(['openapi', 'swagger', 'version'])

function scalarValue(value: unknown, source: string | undefined, key: string, depth: number): JsonValue {
  if (typeof value === 'number' && source !== undefined && depth <= 2 && spelledKeys.has(key)) return source
  if (value === null || typeof value === 'boolean' || typeof value === 'string') return value
  if (typeof value === 'number') return Number.isFinite(value) ? value : null
  return null
}

function keyText(pair: Pair): string | null {
  const key: unknown = pair.key
  if (!isScalar(key)) return key === null ? '' : null
  // `200:` is the text 200 and `1.10:` stays 1.10: the spelling of the document, not of its number.
  return typeof key.value === 'string' ? key.value : (key.source ?? String(key.value))
}

function startOf(node: unknown): number {
  if (isScalar(node) || isMap(node) || isSeq(node) || isAlias(node)) return node.range?.[0] ?? 0
  return 0
}
