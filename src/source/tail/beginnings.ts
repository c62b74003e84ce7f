import type { InputPosition } from '../source.ts'
import { beginningsIn } from './position.ts'

/** The beginnings of logs that are counted, by the positions of sources; a position that stays is read once. */
export function rememberBeginnings(): (source: string, parts: ReadonlyMap<string, string>) => readonly InputPosition[] {
  const read = new Map<string, { readonly position: string; readonly found: readonly InputPosition[] }>()
  return (source, parts) =>
    // Others write positions of their own kind.
    source.startsWith('log:')
      ? [...parts].flatMap(([part, position]) => {
          const known = read.get(`${source}\0${part}`)
          if (known?.position === position) return known.found
          const found = beginningsIn(position)
          read.set(`${source}\0${part}`, { position, found })
          return found
        })
      : []
}
