import { readdir, readlink, realpath, stat } from 'node:fs/promises'
import { basename, dirname, join, resolve } from 'node:path'

import { fileId } from './file_id.ts'

/** A file that rotation may have made of a log. */
export interface Sibling {
  readonly path: string
  /** What its name adds to that of the log, without that of compression. */
  readonly ending: string
  readonly isCompressed: boolean
  /** Its device and number, which stay when it is renamed once more. */
  readonly id: string
  readonly size: number
  readonly modifiedMs: number
  /** 0 where the file system does not know. */
  readonly bornMs: number
}

/**
 * Files that rotation makes of `path`, the latest written first: beside it, and where it is a link beside the file that it leads to. Of a file that lies there
 * plain and compressed the plain one counts.
 */
export async function siblingsOf(path: string): Promise<Sibling[]> {
  const target = await targetOf(path)
  const found = [...(await siblingsBeside(path)), ...(target === null ? [] : await siblingsBeside(target))]
  // One may be reached through both.
  const byId = new Map(found.toReversed().map((sibling) => [sibling.id, sibling]))
  return [...byId.values()].toSorted((a, b) => b.modifiedMs - a.modifiedMs || (a.path < b.path ? -1 : 1))
}

/** The file that a link leads to, also where nothing is there for a moment; null where it is no link. */
async function targetOf(path: string, linksLeft: number = linksMax): Promise<string | null> {
  const leads = linksLeft === 0 ? null : await readlink(path).catch(() => null)
  if (leads === null) return linksLeft === linksMax ? null : path
  return targetOf(resolve(await realpath(dirname(path)).catch(() => dirname(path)), leads), linksLeft - 1)
}

/** As many as the system follows. */
const linksMax = 40

async function siblingsBeside(path: string): Promise<Sibling[]> {
  const name = basename(path)
  const names = await readdir(dirname(path)).catch(() => [])
  const rotated = names.filter((other) => other !== name && (isRotated(other, name) || isPacked(other, name)))
  const plain = new Set(rotated)
  const found = await Promise.all(
    rotated
      .filter((other) => !(compressedEnding.test(other) && plain.has(other.replace(compressedEnding, ''))))
      .map(async (other): Promise<Sibling | null> => {
        const file = join(dirname(path), other)
        const facts = await stat(file).catch(() => null)
        if (facts?.isFile() !== true) return null
        const ending = endingOf(other, name).replace(compressedEnding, '')
        return {
          path: file,
          ending,
          isCompressed: compressedEnding.test(other),
          id: fileId(facts),
          size: facts.size,
          modifiedMs: facts.mtimeMs,
          bornMs: facts.birthtimeMs,
        }
      }),
  )
  return found.filter((sibling) => sibling !== null)
}

/** Tells of files whether rotation may have made them of one of `logs`, however many there are. */
export function siblingFinder(logs: Iterable<string>): (file: string) => boolean {
  const byName = new Set<string>()
  const byStem = new Map<string, string[]>()
  for (const log of logs) {
    byName.add(log)
    const stem = stemOf(log)
    byStem.set(stem, [...(byStem.get(stem) ?? []), log])
  }
  return (file) => {
    const name = basename(file)
    for (const { index } of name.matchAll(/[.-]/g)) {
      const begin = join(dirname(file), name.slice(0, index))
      const logsOf = [...(byName.has(begin) ? [begin] : []), ...(byStem.get(begin) ?? [])]
      if (logsOf.some((log) => log !== file && isRotated(name, basename(log)))) return true
    }
    return false
  }
}

const compressedEnding = /\.(?:gz|zst)$/

/** Whether `other` is a name that rotation gives `name`: `access.log.1`, `access.log-20260131.gz`, `access.log.old`, `access-2026-01-31.log` of `access.log`. */
function isRotated(other: string, name: string): boolean {
  const ending = endingOf(other, name)
  return other.startsWith(name) ? /^[.-](?=.*\d|old\b|bak\b)/.test(ending) : /^-\d{4}[-_]?\d{2}/.test(ending)
}

/** Whether it is the log itself, compressed in its place: `access.log.gz`. */
function isPacked(other: string, name: string): boolean {
  return other.replace(compressedEnding, '') === name
}

/** A name without its last ending. */
function stemOf(name: string): string {
  return name.replace(/\.[^./]*$/, '')
}

/** What stands behind the name of a log, or its stem; nothing where it is the name of another one. */
function endingOf(other: string, name: string): string {
  const stem = stemOf(name)
  if (other.startsWith(name)) return other.slice(name.length)
  return stem !== name && other.startsWith(`${stem}-`) ? other.slice(stem.length) : ''
}

/**
 * Those of one rotation that came after `one`, oldest first, by their names: times change when somebody touches a file. Of another scheme of names is
 * another log (`api-v2.log` beside `api.log`).
 */
export function after(one: Sibling, siblings: readonly Sibling[]): Sibling[] {
  return siblings.filter((other) => schemeOf(other) === schemeOf(one) && newerBy(other, one) > 0).toSorted(newerBy)
}

/** Those of each rotation by their names; the rotation of which one was written last comes last. */
export function oldestFirst(siblings: readonly Sibling[]): Sibling[] {
  const schemes = new Set(siblings.map(schemeOf))
  return [...schemes].toReversed().flatMap((scheme) => siblings.filter((one) => schemeOf(one) === scheme).toSorted(newerBy))
}

/** More than zero where `a` is newer. */
function newerBy(a: Sibling, b: Sibling): number {
  const [numbersA, numbersB] = [a, b].map(({ ending }) => ending.match(/\d+/g) ?? [])
  // One short number counts rotations, as logrotate does: the higher one is older. Dates and times grow.
  const sign = numbersA?.length === 1 && (numbersA[0]?.length ?? 0) <= 4 ? -1 : 1
  const differences = (numbersA ?? []).map((number, at) => Number(number) - Number(numbersB?.[at] ?? 0))
  return sign * (differences.find((difference) => difference !== 0) ?? 0)
}

/** What the names of one rotation have in common: all but their numbers. */
function schemeOf({ path, ending }: Sibling): string {
  return `${dirname(path)}\0${ending.replaceAll(/\d+/g, '#')}`
}
