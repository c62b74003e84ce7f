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
  let read: ReadonlyMap<string, readonly InputPosition[]> = new Map()
  return () => {
    const now = new Map<string, readonly InputPosition[]>()
    for (const [source, parts] of positions) {
      for (const [part, position] of parts) {
        const key = `${source}\0${part}\0${position}`
        now.set(key, read.get(key) ?? beginningsAt({ source, part, position }))
      }
    }
    read = now
    return [...now.values()].flat()
  }
}
