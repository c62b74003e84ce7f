import { resolve } from 'node:path'

import { isMap, isPair, isScalar, LineCounter, parseDocument, visit, type Document } from 'yaml'

import { systemReason, TapistryError } from '../base/errors.ts'
import { readTextFile } from '../base/text_file.ts'

/** A configuration as it is written. */
export interface ConfigFile {
  readonly path: string
  /** As the user named it. */
  readonly shown: string
  readonly root: Record<string, unknown>
  readonly document: Document
  readonly lines: LineCounter
}

/** More than any configuration needs; a YAML bomb is refused by the parser's own bound on aliases. */
const fileBytesMax = 8 * 2 ** 20
const aliasesMax = 100

/** Reads the file. Throws `TapistryError` (CONFIG) with the line where it is no YAML. */
export function readConfigFile(shown: string, cwd: string): ConfigFile {
  const path = resolve(cwd, shown)
  let text: string
  try {
    text = readTextFile(path, fileBytesMax)
  } catch (thrown) {
    throw new TapistryError('CONFIG', `${shown}: ${systemReason(thrown)}; name the configuration with --config`, { cause: thrown })
  }
  const lines = new LineCounter()
  const document = parseDocument(text, { lineCounter: lines, prettyErrors: false })
  const refuse = (offset: number, message: string): never => {
    const { line, col } = lines.linePos(offset)
    throw new TapistryError('CONFIG', `${shown}:${line}:${col}: ${message}`)
  }
  const [error] = document.errors
  if (error !== undefined) refuse(error.pos[0], `not valid YAML: ${error.message}`)
  visit(document, {
    Alias: (_, alias) => {
      if (alias.resolve(document) === undefined) refuse(alias.range?.[0] ?? 0, `no anchor &${alias.source} stands before the alias *${alias.source}`)
    },
  })
  let root: unknown
  try {
    root = document.toJS({ maxAliasCount: aliasesMax })
  } catch (thrown) {
    throw new TapistryError('CONFIG', `${shown}: ${systemReason(thrown)}`, { cause: thrown })
  }
  if (root === null || root === undefined) root = {}
  if (typeof root !== 'object' || Array.isArray(root)) return refuse(0, 'a map of keys is expected, as in "listen: 127.0.0.1:7411"')
  return { path, shown, root: root as Record<string, unknown>, document, lines }
}

/** `tapistry.yaml:12:3`, of the key itself or of the value; of the nearest parent that is written in the file. */
export function placeInFile(path: readonly string[], ofKey: boolean, file: ConfigFile): string {
  for (let length = path.length; length >= 0; length -= 1) {
    const offset = offsetOf(file.document, path.slice(0, length), ofKey && length === path.length)
    if (offset === null) continue
    const { line, col } = file.lines.linePos(offset)
    return `${file.shown}:${line}:${col}`
  }
  return `${file.shown}:1:1`
}

function offsetOf(document: Document, path: readonly string[], ofKey: boolean): number | null {
  const keys = path.map((part) => (/^\d+$/.test(part) ? Number(part) : part))
  if (ofKey) {
    const parent: unknown = path.length === 1 ? document.contents : document.getIn(keys.slice(0, -1), true)
    if (!isMap(parent)) return null
    const pair = parent.items.find((item) => isPair(item) && isScalar(item.key) && String(item.key.value) === path.at(-1))
    return isScalar(pair?.key) ? (pair.key.range?.[0] ?? null) : null
  }
  const node: unknown = path.length === 0 ? document.contents : document.getIn(keys, true)
  if (typeof node !== 'object' || node === null || !('range' in node) || !Array.isArray(node.range)) return null
  const [start]: unknown[] = node.range
  return typeof start === 'number' ? start : null
}
