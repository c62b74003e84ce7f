import type { Fingerprint } from './fingerprint.ts'

/** Where reading stands: in a file that is known by its bytes, which is over or grows. */
export interface TailPosition extends Fingerprint {
  readonly isOver?: boolean
  /** When it was written: of positions whose files are gone the oldest are forgotten. */
  readonly usedMs?: number
}

export function readPosition(text: string): TailPosition {
  return JSON.parse(text) as TailPosition
}

/** As it is kept. */
export function writePosition(position: TailPosition): string {
  return JSON.stringify({ ...position, usedMs: Date.now() })
}
