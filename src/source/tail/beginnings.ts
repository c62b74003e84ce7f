import type { InputPosition } from '../source.ts'
import { beginningsOfWhole, isWholePosition } from '../whole_position.ts'
import { beginningsIn } from './position.ts'

/** Under which scans keep what they have read of which file, as if they had followed it. */
export const scanSource = 'scan'

/** What a position says to be counted of which file. */
export function beginningsAt({
  source,
  part,
  position,
}: {
  readonly source: string
  readonly part: string
  readonly position: string
}): readonly InputPosition[] {
  // Others write positions of their own kind.
  if (source !== scanSource && !source.startsWith('log:')) return []
  return isWholePosition(position) ? beginningsOfWhole(part, position) : beginningsIn(part, position)
}

/** The beginnings of logs that are counted, by the positions of all sources as they are then; a position that stays is read once. */
export function rememberBeginnings(positions: ReadonlyMap<string, ReadonlyMap<string, string>>): () => readonly InputPosition[] {
  let read: ReadonlyMap<string, Read> = new Map()
  return () => {
    const all: InputPosition[] = []
    const now = new Map<string, Read>()
    for (const [source, parts] of positions) {
      for (const [part, position] of parts) {
        const before = read.get(position)
        const one = before?.part === part ? before : { part, beginnings: beginningsAt({ source, part, position }) }
        now.set(position, one)
        for (const beginning of one.beginnings) all.push(beginning)
      }
    }
    read = now
    return all
  }
}

interface Read {
  readonly part: string
  readonly beginnings: readonly InputPosition[]
}
