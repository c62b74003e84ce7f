import { define, type TextReading, type TreeProblem } from './tree.ts'
import type { JsonObject, JsonValue } from './spec.ts'

/** Deeper values are read as null; a real document stays below 60. */
export const nestingMax: number = 200

/**
 * Reads JSON with positions, tolerant: a comma too many, a key given twice and a nesting too deep are problems and reading goes on; any other error
 * ends the reading there, and what was read up to it is kept. Never throws; linear in the text.
 */
export function readJsonText(text: string): TextReading {
  const reader = new JsonReader(text)
  const root = reader.document()
  return {
    root,
    problems: reader.problems,
    broken: reader.broken,
    offsetOf: (container, key) => reader.offsetOf(container, key),
    holds: (container) => reader.holds(container),
  }
}

const whitespace = /[ \t\n\r]*/y
const numberText = /-?(?:0|[1-9][0-9]*)(?:\.[0-9]+)?(?:[eE][+-]?[0-9]+)?/y
// oxlint-disable-next-line no-control-regex -- control characters are what is looked for
const controlCharacter = /[\u0000-\u001f]/
// oxlint-disable-next-line no-control-regex -- as above
const controlCharacters = /[\u0000-\u001f]/g
const words: ReadonlyMap<string, JsonValue> = new Map<string, JsonValue>([
  ['t', true],
  ['f', false],
  ['n', null],
])

class JsonReader {
  readonly problems: TreeProblem[] = []
  /** Where reading ended before the text does. */
  broken: TreeProblem | null = null
  readonly #text: string
  readonly #starts: Map<object, number> = new Map()
  #at: number = 0
  /** Set at the first error that cannot be passed over; every loop ends on it. */
  #stopped: boolean = false

  constructor(text: string) {
    this.#text = text
  }

  document(): JsonValue {
    const root = this.#value(0)
    this.#skipWhitespace()
    if (!this.#stopped && this.#at < this.#text.length) this.#report('text after the end of the document is ignored')
    return root
  }

  holds(container: object): boolean {
    return this.#starts.has(container)
  }

  /** Where `key` stands in `container`, or where the container begins. The text is read again from there: positions are wanted rarely. */
  offsetOf(container: object, key?: string): number {
    const start = this.#starts.get(container)
    if (start === undefined) return 0
    if (key === undefined) return start
    const finder = new JsonReader(this.#text)
    finder.#at = start + 1
    return finder.#find(key, Array.isArray(container)) ?? start
  }

  #find(key: string, inArray: boolean): number | null {
    for (let index = 0; !this.#stopped; index += 1) {
      this.#skipWhitespace()
      const at = this.#at
      const character = this.#text[at]
      if (character === undefined || character === '}' || character === ']') return null
      if (inArray) {
        if (String(index) === key) return at
      } else {
        const name = this.#string()
        this.#skipWhitespace()
        this.#at += 1
        if (name === key) return at
        this.#skipWhitespace()
      }
      this.#skipValue()
      this.#skipWhitespace()
      if (this.#text[this.#at] !== ',') return null
      this.#at += 1
    }
    return null
  }

  #value(depth: number): JsonValue {
    this.#skipWhitespace()
    const character = this.#text[this.#at]
    if (character === '{' || character === '[') {
      if (depth < nestingMax) return character === '{' ? this.#object(depth) : this.#array(depth)
      this.#report(`nested more than ${nestingMax} levels deep: what lies deeper is ignored`)
      this.#skipValue()
      return null
    }
    if (character === '"') return this.#string()
    const word = words.get(character ?? '')
    if (word !== undefined && this.#text.startsWith(String(word), this.#at)) {
      this.#at += String(word).length
      return word
    }
    numberText.lastIndex = this.#at
    const digits = numberText.exec(this.#text)?.[0]
    if (digits === undefined) return this.#stop(character === undefined ? 'the text ends where a value is due' : 'a value is due here')
    this.#at += digits.length
    return Number(digits)
  }

  #object(depth: number): JsonObject {
    const object: Record<string, JsonValue> = {}
    this.#starts.set(object, this.#at)
    this.#at += 1
    for (;;) {
      this.#skipWhitespace()
      if (this.#take('}')) return object
      const keyAt = this.#at
      if (this.#text[keyAt] !== '"') return this.#ended(object, 'a key in double quotes or `}` is due here')
      const key = this.#string()
      this.#skipWhitespace()
      if (this.#stopped) return object
      if (!this.#take(':')) return this.#ended(object, '`:` is due here')
      if (Object.hasOwn(object, key)) this.#report('this key was given before: the last one counts', keyAt)
      define(object, key, this.#value(depth + 1))
      if (this.#stopped) return object
      if (!this.#separator('}')) return object
    }
  }

  #array(depth: number): JsonValue[] {
    const array: JsonValue[] = []
    this.#starts.set(array, this.#at)
    this.#at += 1
    for (;;) {
      this.#skipWhitespace()
      if (this.#take(']')) return array
      array.push(this.#value(depth + 1))
      if (this.#stopped) return array
      if (!this.#separator(']')) return array
    }
  }

  /** Reads `,` or leaves the closing bracket to be read; false where neither stands. A comma before the bracket is passed over. */
  #separator(closing: string): boolean {
    this.#skipWhitespace()
    if (this.#text[this.#at] === closing) return true
    const commaAt = this.#at
    if (!this.#take(',')) {
      this.#stop(`\`,\` or \`${closing}\` is due here: what follows is not read`)
      return false
    }
    this.#skipWhitespace()
    if (this.#text[this.#at] === closing) this.#report(`a comma before \`${closing}\` is ignored`, commaAt)
    return true
  }

  #string(): string {
    const from = this.#at + 1
    const end = this.#closingQuote(from)
    if (end === -1) {
      this.#stop('a text without its closing quote: what follows is not read')
      return ''
    }
    const inner = this.#text.slice(from, end)
    if (controlCharacter.test(inner)) this.#report('a text with a control character in it')
    const read = inner.includes('\\') ? unescaped(inner) : inner
    if (read === null) this.#report('a text with an unknown escape')
    this.#at = end + 1
    return read ?? inner
  }

  #closingQuote(from: number): number {
    const quote = this.#text.indexOf('"', from)
    if (quote === -1 || this.#text[quote - 1] !== '\\') return quote
    for (let at = from; at < this.#text.length; at += 1) {
      const code = this.#text.charCodeAt(at)
      if (code === 0x22) return at
      if (code === 0x5c) at += 1
    }
    return -1
  }

  /** Steps over one value whatever its depth, without recursion. */
  #skipValue(): void {
    let depth = 0
    do {
      this.#skipWhitespace()
      const character = this.#text[this.#at]
      if (character === undefined) {
        this.#stop('the text ends inside a value')
        return
      }
      if (character === '"') {
        this.#string()
        if (this.#stopped) return
      } else {
        if (character === '{' || character === '[') depth += 1
        if (character === '}' || character === ']') depth -= 1
        this.#at += 1
        if (depth === 0 && !'{}[]'.includes(character)) this.#skipScalar()
      }
    } while (depth > 0)
  }

  #skipScalar(): void {
    while (this.#at < this.#text.length && !',}] \t\r\n'.includes(this.#text[this.#at] ?? '')) this.#at += 1
  }

  #skipWhitespace(): void {
    whitespace.lastIndex = this.#at
    whitespace.test(this.#text)
    this.#at = whitespace.lastIndex
  }

  #take(character: string): boolean {
    if (this.#text[this.#at] !== character) return false
    this.#at += 1
    return true
  }

  #ended(object: JsonObject, message: string): JsonObject {
    this.#stop(`${message}: what follows is not read`)
    return object
  }

  #stop(message: string): null {
    if (!this.#stopped) this.broken = this.#report(message)
    this.#stopped = true
    return null
  }

  #report(message: string, offset: number = this.#at): TreeProblem {
    const problem = { offset, message }
    this.problems.push(problem)
    return problem
  }
}

function unescaped(inner: string): string | null {
  try {
    const read: unknown = JSON.parse(`"${inner.replace(controlCharacters, ' ')}"`)
    return typeof read === 'string' ? read : null
  } catch {
    return null
  }
}
