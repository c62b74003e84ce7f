import { statSync } from 'node:fs'
import { resolve } from 'node:path'

import { specFilePaths } from '../config/spec_files.ts'

/** What is looked at. */
interface Watched {
  /** Null for none. */
  readonly config: string | null
  /** Files, folders and globs. */
  readonly specs: () => readonly string[]
  readonly cwd: string
}

/** How often they are looked at: editors and tools that roll out files replace them, which no notice of the system follows. */
const lookMs = 2_000

/** Calls `written` when one of them was written, came or went since it was last seen, once nothing has changed for one look: it may be written in pieces. */
export function watchFiles({ config, specs, cwd }: Watched, written: () => void): { seen(): void; close(): void } {
  const stateNow = (): string =>
    [...(config === null ? [] : [config]), ...specFilePaths(specs(), cwd)]
      .map((file) => {
        const facts = statSync(resolve(cwd, file), { throwIfNoEntry: false })
        return `${file} ${facts?.ino} ${facts?.size} ${facts?.mtimeMs}`
      })
      .join('\n')
  let seen = stateNow()
  let last = seen
  const timer = setInterval(() => {
    const now = stateNow()
    const isAtRest = now === last
    last = now
    if (now === seen || !isAtRest) return
    seen = now
    written()
  }, lookMs)
  timer.unref()
  return {
    seen: () => void (seen = last = stateNow()),
    close: () => clearInterval(timer),
  }
}
