import { globSync, readdirSync, realpathSync, statSync } from 'node:fs'
import { join, resolve } from 'node:path'

import type { InputReport } from '../source/native.ts'
import type { InputPosition } from '../source/source.ts'
import { beginningsOf, copiedFrom } from '../source/tail/copied.ts'
import { windowBytes } from '../source/tail/fingerprint.ts'
import { writePosition } from '../source/tail/position.ts'
import { decompressed } from '../source/tail/rotation.ts'
import { hasWildcards } from '../source/wildcards.ts'

/** What of inputs was counted as that of longer files, of which they are copies that were made earlier. */
export interface CopiedInputs {
  readonly beginnings: readonly InputPosition[]
  /** Inputs of which some may count twice, and the files that are missing to tell. */
  readonly twice: ReadonlyMap<string, string>
}

export async function copiedInputs(names: readonly string[], known: readonly InputPosition[], cwd: string): Promise<CopiedInputs> {
  const beginnings: InputPosition[] = []
  const twice = new Map<string, string>()
  const originals = known.filter(({ original }) => original !== undefined)
  for (const file of originals.length === 0 ? [] : filesOf(names, cwd)) {
    const copied = await copiedFrom(file, originals)
    beginnings.push(...beginningsOf(copied))
    if (copied.missing !== null) twice.set(file, copied.missing)
  }
  return { beginnings, twice }
}

/** What is kept of inputs that were read now, by their paths, so that a shorter copy of one is known. */
export async function originalsOf(inputs: readonly InputReport[], known: readonly InputPosition[], cwd: string): Promise<ReadonlyMap<string, string>> {
  const kept = new Map<string, string>()
  for (const { name, kind, position } of inputs) {
    if (kind !== 'text' || position === null || known.some(({ digest }) => digest === position.digest)) continue
    const path = resolve(cwd, name)
    const head = isFile(path) ? (await decompressed(path, windowBytes))?.head : undefined
    if (head !== undefined && position.bytes >= windowBytes)
      kept.set(path, writePosition([{ offset: position.bytes, head, last: '', digest: position.digest }]))
  }
  return kept
}

/** All that the engine may read for these names. */
function filesOf(names: readonly string[], cwd: string): ReadonlySet<string> {
  const files = new Set<string>()
  const folders = new Set<string>()
  const take = (path: string): void => {
    const facts = statSync(path, { throwIfNoEntry: false })
    if (facts?.isFile() === true) files.add(path)
    if (facts?.isDirectory() !== true || folders.has(realpathSync(path))) return
    folders.add(realpathSync(path))
    for (const name of readdirSync(path)) take(join(path, name))
  }
  for (const name of names) {
    const path = resolve(cwd, name)
    // What cannot be looked at is named by the engine.
    try {
      for (const one of hasWildcards(path) && statSync(path, { throwIfNoEntry: false }) === undefined ? globSync(path) : [path]) take(one)
    } catch {
      continue
    }
  }
  return files
}

function isFile(path: string): boolean {
  return statSync(path, { throwIfNoEntry: false })?.isFile() === true
}
