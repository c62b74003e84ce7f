/**
 * A path segment in its parts: what may vary and what stays. `{int}.json` has the stem `{int}` and the suffix `.json`,
 * `{int}:cancel` the suffix `:cancel`, `Items({int})` the prefix `Items(` and the suffix `)`.
 */
export interface Segment {
  readonly prefix: string
  readonly stem: string
  readonly suffix: string
  /** Class names between braces in the stem, in order; empty for a literal. */
  readonly classes: readonly string[]
}

/** Splits a segment of a path shape. */
export function segmentOf(text: string): Segment {
  const open = text.indexOf('{')
  const close = text.lastIndexOf('}')
  if (open >= 0 && close > open) {
    const stem = text.slice(open, close + 1)
    const classes = [...stem.matchAll(classNames)].map((match) => match[1] ?? '')
    return { prefix: text.slice(0, open), stem, suffix: text.slice(close + 1), classes }
  }
  const verb = customVerb.exec(text) ?? formatSuffix.exec(text)
  if (verb && verb.index > 0) return { prefix: '', stem: text.slice(0, verb.index), suffix: verb[0], classes: [] }
  return { prefix: '', stem: text, suffix: '', classes: [] }
}

/** Segments of a path shape or template; '' and `/` have none. A trailing `/` is no segment of its own. */
export function segmentsOf(path: string): readonly string[] {
  const body = path.startsWith('/') ? path.slice(1) : path
  const trimmed = body.endsWith('/') ? body.slice(0, -1) : body
  return trimmed === '' ? [] : trimmed.split('/')
}

/** A template without the names of its parameters: `/users/{}`; what identifies an endpoint. */
export function skeletonOf(template: string): string {
  return template.replaceAll(/\{[^{}]*\+\}/g, '{+}').replaceAll(/\{[^{}+]*\}/g, '{}')
}

/** Whether the values of the class are values whatever they mean: nobody names a resource so. */
export function isHardClass(name: string): boolean {
  return !softClasses.has(name)
}

const classNames = /\{([^{}]*)\}/g
/** Google's custom methods (AIP-136). */
const customVerb = /:[a-z][A-Za-z]+$/
/** What frameworks append to choose a representation. */
const formatSuffix = /\.(?:json|xml|jsonp|html|rss|atom|yaml|pb|csv|js|kml)$/
/** Classes that hide a word; data classes and the rest are values. */
const softClasses: ReadonlySet<string> = new Set(['word', 'alnum', 'mix', 'version', 'semver', 'locale', 'file', 'encoded', 'other'])
