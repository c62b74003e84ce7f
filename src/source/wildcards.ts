import { dirname } from 'node:path'

/** Whether a path is a glob. */
export function hasWildcards(path: string): boolean {
  return /[*?[{]/.test(path)
}

/** The folder below which the files of a glob are, or the path itself where it is none. */
export function fixedPart(path: string): string {
  return hasWildcards(path) ? fixedPart(dirname(path)) : path
}
