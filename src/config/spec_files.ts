import { globSync, readdirSync, statSync } from 'node:fs'
import { dirname, join, relative, resolve } from 'node:path'

import { systemCode, systemReason } from '../base/errors.ts'
import { readTextFile } from '../base/text_file.ts'
import { parseSpec } from '../registry/parse_spec.ts'
import type { Unread } from '../registry/references.ts'
import type { Spec, SpecProblem } from '../registry/spec.ts'

export interface SpecFiles {
  /** In the order of the arguments, each document once. */
  readonly specs: readonly Spec[]
  readonly problems: readonly SpecProblem[]
}

/** Files beyond this are no folder of specs but a mistake. */
const filesMax = 2_000

/** Reads the API documents that `paths` name: files, folders (all `.yaml`, `.yml` and `.json` below them that are OpenAPI) and globs. Never throws. */
export function readSpecFiles(paths: readonly string[], cwd: string): SpecFiles {
  const specs = new Map<string, Spec>()
  const problems: SpecProblem[] = []
  for (const { file, named, problem } of expanded(paths, cwd)) {
    if (problem !== null) {
      problems.push(problemOf(file, problem))
      continue
    }
    let text: string
    try {
      text = readTextFile(resolve(cwd, file))
    } catch (thrown) {
      problems.push(problemOf(file, systemReason(thrown)))
      continue
    }
    // In a folder stand other documents too: only what calls itself OpenAPI is meant.
    if (!named && !/^[\s{]*["']?(?:openapi|swagger)["']?\s*:/m.test(text)) continue
    const parsed = parseSpec({ text, origin: file }, (path) => referencedText(path, file, cwd))
    problems.push(...parsed.problems)
    if (parsed.spec !== null) specs.set(parsed.spec.id, parsed.spec)
  }
  return { specs: [...specs.values()], problems }
}

/** The files that `paths` name at the moment, whatever they hold. */
export function specFilePaths(paths: readonly string[], cwd: string): readonly string[] {
  return expanded(paths, cwd).map(({ file }) => file)
}

/** `shop.yaml:12:3: what is wrong`; without a place where the file could not be read. */
export function specProblemText({ file, line, column, message }: SpecProblem): string {
  return line === 0 ? `${file}: ${message}` : `${file}:${line}:${column}: ${message}`
}

interface Candidate {
  readonly file: string
  /** Named as a file, not found in a folder. */
  readonly named: boolean
  readonly problem: string | null
}

function expanded(paths: readonly string[], cwd: string): Candidate[] {
  const found = new Map<string, Candidate>()
  const add = (file: string, named: boolean, problem: string | null = null): void => {
    if (!found.has(file) && found.size < filesMax) found.set(file, { file, named, problem })
  }
  for (const path of paths) {
    try {
      if (statSync(resolve(cwd, path)).isDirectory()) {
        const below = readdirSync(resolve(cwd, path), { recursive: true, encoding: 'utf8' })
          .filter((name) => /\.(?:ya?ml|json)$/i.test(name))
          .toSorted()
        for (const name of below) add(join(path, name), false)
        if (below.length === 0) add(path, true, 'no .yaml, .yml or .json file is in this folder')
      } else add(path, true)
    } catch (thrown) {
      if (systemCode(thrown) !== 'ENOENT' || !/[*?[{]/.test(path)) {
        add(path, true, systemReason(thrown))
        continue
      }
      const matches = globSync(path, { cwd }).toSorted()
      for (const match of matches) add(match, true)
      if (matches.length === 0) add(path, true, 'no file matches')
    }
  }
  return [...found.values()]
}

/**
 * What `$ref` may reach: files in the folder of the first document, in the one above it (`../common/errors.yaml`), and in the working folder. The root
 * of all files is never such a folder.
 */
function referencedText(path: string, first: string, cwd: string): string | Unread {
  const file = resolve(cwd, path)
  const folder = dirname(resolve(cwd, first))
  const reachable = [folder, dirname(folder), cwd].some((top) => dirname(top) !== top && !/^\.\.(?:[/\\]|$)/.test(relative(top, file)))
  if (!reachable) return { reason: 'lies outside the folders of this spec: start Tapistry in a folder that holds both' }
  try {
    return readTextFile(file)
  } catch (thrown) {
    return { reason: `cannot be read: ${systemReason(thrown)}` }
  }
}

function problemOf(file: string, message: string): SpecProblem {
  return { file, line: 0, column: 0, pointer: '', message, fatal: true }
}
