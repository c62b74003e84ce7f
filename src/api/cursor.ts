import type { Key } from './keyset.ts'
import { wrongParameter } from './problem.ts'

/** A key as clients carry it to the next page, with the order it belongs to. Opaque: they send back what they were given. */
export function cursorOf(order: string, key: Key): string {
  return Buffer.from(JSON.stringify([order, ...key])).toString('base64url')
}

/** The key in a cursor of this order, whose values have the types of `kinds`. Throws `ProblemError` (400) for any other text. */
export function keyIn(cursor: string, order: string, kinds: readonly KeyKind[]): Key {
  const [written, ...key] = parsed(cursor)
  if (key.length !== kinds.length || key.some((value, at) => typeof value !== kinds[at])) {
    throw wrongParameter('/query/cursor', 'is none of ours: send a nextCursor as it was given, or none for the first page')
  }
  if (written !== order) throw wrongParameter('/query/cursor', 'is of a list in another order: send the sort that it was given for')
  return key as Key
}

export type KeyKind = 'string' | 'number'

function parsed(cursor: string): readonly unknown[] {
  try {
    const value: unknown = JSON.parse(Buffer.from(cursor, 'base64url').toString())
    return Array.isArray(value) ? value : []
  } catch {
    return []
  }
}
