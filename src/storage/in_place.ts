import { statSync } from 'node:fs'

/**
 * Why what is written to the database that was opened at `path` would not be found there again, in words; null while the file at the path is the one that is open.
 * Who has a file open may write to it long after it was deleted.
 */
export function misplacement(path: string, opened: FileIdentity): string | null {
  const now = statSync(path, { throwIfNoEntry: false })
  if (now !== undefined && now.ino === opened.ino && now.dev === opened.dev) return null
  const what = now === undefined ? 'was deleted or moved away' : 'was replaced by another file'
  return `${path}: ${what} while it was open; put it back, or stop this process and restore a backup with "tapistry db restore"`
}

/** What stays the same of a file while it has other names. */
export interface FileIdentity {
  readonly ino: number
  readonly dev: number
}
