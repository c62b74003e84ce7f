import { statSync } from 'node:fs'

import { systemCode } from '../../base/errors.ts'
import { readPosition } from './position.ts'

/** Positions that are remembered of files that are gone: what they were rotated to may still be there, and they may come again. */
const goneMax = 1_000

/** The files whose positions may be forgotten, those that were read longest ago; never one that is there, or among `inUse`. */
export function goneLongest(positions: ReadonlyMap<string, string>, inUse: ReadonlySet<string>): readonly string[] {
  if (positions.size <= goneMax) return []
  const gone = [...positions]
    .filter(([file]) => !inUse.has(file) && isGone(file))
    .map(([file, position]) => ({ file, usedMs: readPosition(position).usedMs ?? 0 }))
  return gone
    .toSorted((a, b) => a.usedMs - b.usedMs)
    .slice(0, Math.max(0, gone.length - goneMax))
    .map(({ file }) => file)
}

/** What cannot be looked at, as on a disk that is away for a while, is not gone. */
function isGone(file: string): boolean {
  try {
    statSync(file)
    return false
  } catch (thrown) {
    return systemCode(thrown) === 'ENOENT'
  }
}
