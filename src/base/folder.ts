import { existsSync, mkdirSync, statSync } from 'node:fs'
import { dirname } from 'node:path'

import { systemCode } from './errors.ts'

/**
 * Makes the folder at `path` with those above it; one that is there stays as it is. Node's own recursion never ends where a folder exists and lets nobody
 * make one in it with the reason ENOENT, as /proc does.
 */
export function makeFolder(path: string, mode: number = 0o777): void {
  try {
    mkdirSync(path, { mode })
  } catch (thrown) {
    const code = systemCode(thrown)
    if (code === 'ENOENT' && !existsSync(dirname(path))) {
      makeFolder(dirname(path), mode)
      makeFolder(path, mode)
    } else if (code !== 'EEXIST' || !statSync(path).isDirectory()) throw thrown
  }
}
