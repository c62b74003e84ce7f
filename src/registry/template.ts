/** A path template cut into segments, ready for matching. */
export interface TemplateSegment {
  /** The segment as written. */
  readonly source: string
  /** The text that alone matches, null where a parameter stands in the segment. */
  readonly literal: string | null
  /** Literals and parameters in turn; one parameter and nothing else for `{id}`. */
  readonly parts: readonly TemplatePart[]
  /** The last parameter takes all further segments: `{path+}`, `{+path}`, `{path*}`, `{path=**}`, `{path:.*}`. */
  readonly tail: boolean
}

export type TemplatePart = { readonly kind: 'literal'; readonly text: string } | { readonly kind: 'parameter'; readonly name: string }

/** Segments of a template; a query or fragment in it is dropped, empty segments too. Braces without partner are plain text. */
export function parseTemplate(template: string): TemplateSegment[] {
  return pathSegments(template.replace(/[?#].*$/s, '')).map(parseSegment)
}

/** Splits at `/` outside braces, since a Google-style parameter (`{name=projects/*}`) may hold slashes. */
export function pathSegments(path: string): string[] {
  if (!path.includes('{')) return path.split('/').filter((segment) => segment !== '')
  const segments: string[] = []
  let from = 0
  let open = false
  for (let at = 0; at <= path.length; at += 1) {
    const character = path[at]
    if (character === '{') open = path.indexOf('}', at) !== -1
    else if (character === '}') open = false
    if (at < path.length && (character !== '/' || open)) continue
    if (at > from) segments.push(path.slice(from, at))
    from = at + 1
  }
  return segments
}

/** Names of a template's parameters in order. */
export function parameterNames(segments: readonly TemplateSegment[]): string[] {
  return segments.flatMap((segment) => segment.parts.flatMap((part) => (part.kind === 'parameter' ? [part.name] : [])))
}

function parseSegment(source: string): TemplateSegment {
  const parts: TemplatePart[] = []
  let tail = false
  let from = 0
  for (const found of source.matchAll(/\{([^{}]*)\}/g)) {
    if (found.index > from) parts.push({ kind: 'literal', text: decoded(source.slice(from, found.index)) })
    const name = found[1] ?? ''
    const plain = name.replace(/^\+/, '').replace(/[+*]$|[=:].*$/s, '')
    if (plain !== name && /^\+|[+*]$|\*\*$|[:=]\.[*+]$|=.*\//.test(name)) tail = true
    parts.push({ kind: 'parameter', name: plain })
    from = found.index + found[0].length
  }
  if (from < source.length) parts.push({ kind: 'literal', text: decoded(source.slice(from)) })
  const only = parts[0]
  return { source, literal: parts.length === 1 && only?.kind === 'literal' ? only.text : null, parts, tail }
}

/** Undoes the percent-encoding of unreserved characters, as is done for paths seen (RFC 3986 §6.2.2.2). */
function decoded(text: string): string {
  return text.replaceAll(/%(?:2[dDeE]|3[0-9]|[46][1-9a-fA-F]|[57][0-9aA]|5[fF]|7[eE])/g, (code) => String.fromCharCode(Number.parseInt(code.slice(1), 16)))
}
