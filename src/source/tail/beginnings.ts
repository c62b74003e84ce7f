import type { InputPosition } from '../source.ts'
import { beginningsIn } from './position.ts'

/** The beginnings of logs that are counted, by the positions of all sources as they are then; a position that stays is read once. */
export function rememberBeginnings(positions: ReadonlyMap<string, ReadonlyMap<string, string>>): () => readonly InputPosition[] {
  let read: ReadonlyMap<string, readonly InputPosition[]> = new Map()
  return () => {
    const now = new Map<string, readonly InputPosition[]>()
    for (const [source, parts] of positions) {
      // Others write positions of their own kind.
      if (!source.startsWith('log:')) continue
      for (const position of parts.values()) now.set(position, read.get(position) ?? beginningsIn(position))
    }
    read = now
    return [...now.values()].flat()
  }
}
