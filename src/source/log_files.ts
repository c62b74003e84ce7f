import { globSync, readdirSync, statSync } from 'node:fs'
import { basename, dirname, join } from 'node:path'

import { lookAt } from './look_at.ts'
import { fileId } from './tail/file_id.ts'
import { siblingFinder } from './tail/siblings.ts'
import { hasWildcards } from './wildcards.ts'

/** What lies at the path of a source of logs, by how it is read. */
export interface LogFiles {
  /** Those that grow. */
  readonly followed: readonly string[]
  /** Those that are written once, as compressed ones: neither was made of a log that is followed. */
  readonly whole: readonly string[]
  /** Other names of those that grow, by links, and the names under which they are followed. */
  readonly otherNames: ReadonlyMap<string, string>
}

export function isSeveral(path: string): boolean {
  return hasWildcards(path) || statSync(path, { throwIfNoEntry: false })?.isDirectory() === true
}

/**
 * The logs at `path`; `known` are those that were followed before, also where rotation has just taken them away. `isAllWhole` says that none grows. `unread`
 * is told which cannot be looked at.
 */
export function logFilesAt(path: string, known: readonly string[], isAllWhole: boolean, unread: Map<string, string>): LogFiles {
  const otherNames = new Map<string, string>()
  if (!isSeveral(path)) return isAllWhole || isWhole(path) ? { followed: [], whole: [path], otherNames } : { followed: [path], whole: [], otherNames }
  const isFolder = statSync(path, { throwIfNoEntry: false })?.isDirectory() === true
  const names = isFolder ? readdirSync(path).map((name) => join(path, name)) : globSync(path)
  const ids = new Map<string, string>()
  const files = names
    .filter((file) => {
      const facts = lookAt(file)
      if (typeof facts === 'string') unread.set(file, facts)
      if (typeof facts !== 'object' || facts?.isFile() !== true) return false
      ids.set(file, fileId(facts))
      return true
    })
    .toSorted()
  if (isAllWhole) return { followed: [], whole: files, otherNames }
  const there = new Set(files)
  const isPlainThere = (file: string): boolean => compressedEnding.test(file) && there.has(file.replace(compressedEnding, ''))
  const logs = new Set([...files, ...known])
  const isSibling = siblingFinder([...logs].filter((file) => !isWhole(file)))
  const followed = files.filter((file) => !isWhole(file) && !isOfAnother(file, logs))
  // A file that lies there under two names, by a link, is one log: under the name by which it was followed before, else under the first.
  const wasFollowed = new Set(known)
  const nameOf = new Map<string, string>()
  for (const file of [...followed.filter((name) => wasFollowed.has(name)), ...followed]) {
    const id = ids.get(file) ?? file
    if (!nameOf.has(id)) nameOf.set(id, file)
  }
  for (const file of followed) {
    const name = nameOf.get(ids.get(file) ?? file) ?? file
    if (name !== file) otherNames.set(file, name)
  }
  return {
    followed: followed.filter((file) => !otherNames.has(file)),
    // Of one that lies there plain and compressed the plain one counts, as while it is being compressed.
    whole: files.filter((file) => isWhole(file) && !isPlainThere(file) && !isSibling(file)),
    otherNames,
  }
}

/** By its name: nobody appends lines to such a file. */
function isWhole(file: string): boolean {
  return compressedEnding.test(file) || /\.har$/i.test(file)
}

/** Some of them cannot be read, which is said of them then. */
const compressedEnding = /\.(?:gz|zst|bz2|xz)$/i

/** What rotation made of a log is read through the log that it was. */
function isOfAnother(file: string, logs: ReadonlySet<string>): boolean {
  const name = basename(file)
  if (/\.(?:old|bak|\d{1,7})$/.test(name)) return true
  // `access.log` of `access-20260131.log` or `access.log.1795834800`, which stands alone where the server dates its logs itself. There are few such names, and
  // a folder may have many files.
  const dated = /^(.+?)[.-]\d{4}[-_]?\d{2}[^.]*(\..*)?$/.exec(name)
  return dated !== null && logs.has(join(dirname(file), `${dated[1]}${dated[2] ?? ''}`))
}
