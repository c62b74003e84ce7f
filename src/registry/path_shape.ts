import { isList, member } from './tree.ts'
import type { Schema, Spec } from './spec.ts'
import type { TemplatePart } from './template.ts'

/** How a segment of a path shape suits a parameter: `odd` departs from what the spec says of it, `never` cannot be it at all. */
export type Fit = 'fits' | 'odd' | 'never'

/** What the spec says about the values of a path parameter, as far as it tells paths apart. */
export interface ValueRule {
  readonly kind: 'any' | 'integer' | 'format' | 'enum' | 'boolean'
  /** For `format`: the lexical class of its values. */
  readonly lexicalClass: string
  /** For `enum`. */
  readonly values: ReadonlySet<string>
}

const anyValue: ValueRule = { kind: 'any', lexicalClass: '', values: new Set() }

/** Classes of form (in contrast to data classes such as `phone`, which may be written in any form). */
const lexicalClasses: ReadonlySet<string> = new Set([
  'int',
  'uuid',
  'id',
  'date',
  'email',
  'ip',
  'hex',
  'version',
  'semver',
  'file',
  'locale',
  'word',
  'alnum',
  'mix',
  'encoded',
  'other',
  'random',
])
/** Classes without any punctuation, so that no `{a}.{b}` can hide in them. */
const unbrokenClasses: ReadonlySet<string> = new Set(['int', 'uuid', 'hex', 'alnum', 'date'])
const formatClasses: ReadonlyMap<string, string> = new Map([
  ['uuid', 'uuid'],
  ['guid', 'uuid'],
  ['date', 'date'],
  ['date-time', 'date'],
  ['email', 'email'],
  ['ipv4', 'ip'],
  ['ipv6', 'ip'],
])
const formatTexts: ReadonlyMap<string, RegExp> = new Map([
  ['uuid', /^(?:[0-9a-f]{32}|[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12})$/i],
  ['date', /^\d{4}-\d\d(?:-\d\d)?(?:[T ].*)?$/i],
  ['email', /(?:@|%40)/i],
  ['ip', /^(?:\d{1,3}(?:\.\d{1,3}){3}|[0-9a-f:.]*:[0-9a-f:.]*)$/i],
])

/** The class in `{class}`, null for a literal. */
function classOf(text: string): string | null {
  return /^\{([a-z][a-z0-9_-]{0,63})\}$/.exec(text)?.[1] ?? null
}

/** Reads the rule from a parameter's schema. */
export function valueRule(spec: Spec, schema: Schema): ValueRule {
  const resolved = spec.resolve(schema)
  if (typeof resolved === 'boolean') return anyValue
  const values = member(resolved, 'enum')
  if (isList(values) && values.length > 0) return { kind: 'enum', lexicalClass: '', values: new Set(values.slice(0, 10_000).map(String)) }
  const type = member(resolved, 'type')
  const only = isList(type) ? (type.length === 1 ? type[0] : undefined) : type
  if (only === 'integer') return { kind: 'integer', lexicalClass: 'int', values: new Set() }
  if (only === 'boolean') return { kind: 'boolean', lexicalClass: '', values: new Set(['true', 'false']) }
  const format = member(resolved, 'format')
  const lexicalClass = typeof format === 'string' ? formatClasses.get(format) : undefined
  return lexicalClass === undefined ? anyValue : { kind: 'format', lexicalClass, values: new Set() }
}

/** How a text of a path shape, a literal or `{class}`, suits the rule. */
export function fitOf(rule: ValueRule, text: string): Fit {
  const valueClass = classOf(text)
  if (valueClass !== null && !lexicalClasses.has(valueClass)) return 'fits'
  switch (rule.kind) {
    case 'any':
      return 'fits'
    case 'integer':
      return valueClass === 'int' || /^-?\d+$/.test(text) ? 'fits' : 'never'
    case 'boolean':
      return valueClass === 'word' || rule.values.has(text) ? 'fits' : 'odd'
    case 'format':
      return valueClass === rule.lexicalClass || (valueClass === null && formatTexts.get(rule.lexicalClass)?.test(text) === true) ? 'fits' : 'odd'
    case 'enum':
      return (valueClass === null ? rule.values.has(text) : [...rule.values].some((value) => couldBe(value, valueClass))) ? 'fits' : 'odd'
  }
}

/** Whether a value may have been written as this class; generous, since only the engine knows the classes exactly. */
function couldBe(value: string, valueClass: string): boolean {
  if (/^-?\d+$/.test(value)) return valueClass === 'int'
  if (valueClass === 'int') return false
  const text = formatTexts.get(valueClass)
  return text === undefined || text.test(value)
}

/** Texts of the parameters of a segment such as `{id}.json` or `{base}...{head}`, in order; null where it does not match. */
export function bindParts(parts: readonly TemplatePart[], text: string): readonly string[] | null {
  const bound: string[] = []
  const valueClass = classOf(text)
  if (valueClass !== null) return bindClass(parts, text, valueClass)
  let at = 0
  /** Parameters side by side cannot be told apart: each gets the whole text. */
  let waiting = 0
  for (const [index, part] of parts.entries()) {
    if (part.kind === 'parameter') {
      waiting += 1
      continue
    }
    const isLast = index === parts.length - 1
    // The last literal stands at the end; the others as far left as they can, which finds a way wherever there is one.
    const found = isLast ? text.length - part.text.length : text.indexOf(part.text, waiting === 0 ? at : at + 1)
    if (!text.startsWith(part.text, found) || (waiting === 0 ? found !== at : found <= at)) return null
    for (; waiting > 0; waiting -= 1) bound.push(text.slice(at, found))
    at = found + part.text.length
  }
  if (waiting === 0) return at === text.length ? bound : null
  if (at >= text.length) return null
  for (; waiting > 0; waiting -= 1) bound.push(text.slice(at))
  return bound
}

/** A whole segment known only by its class may be `{id}.json` unless the class leaves no room for the punctuation. */
function bindClass(parts: readonly TemplatePart[], text: string, valueClass: string): readonly string[] | null {
  const punctuated = parts.some((part) => part.kind === 'literal' && /[^A-Za-z0-9]/.test(part.text))
  if (punctuated && unbrokenClasses.has(valueClass)) return null
  if (valueClass === 'int' || valueClass === 'uuid' || valueClass === 'email') return null
  return parts.flatMap((part) => (part.kind === 'parameter' ? [text] : []))
}
