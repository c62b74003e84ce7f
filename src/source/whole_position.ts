import type { InputPosition } from './source.ts'

/** What is kept of a file that is read whole under its name, so that it is not opened again while it stays as it is. */
export interface WholePosition {
  /** What was different when it was written to. */
  readonly whole: string
  /** How far it was read. */
  readonly input: InputPosition | null
  /** Why it was not read to its end; empty where it holds nothing. */
  readonly problem: string | null
  /** SHA-256 of its first 4 KiB, where it has so many. */
  readonly head?: string
  /** A file that it began as, where some of it may count twice. */
  readonly twice?: string
  /** When it was read: of positions whose files are gone the oldest are forgotten. */
  readonly usedMs: number
}

export function writeWhole(position: Omit<WholePosition, 'usedMs'>): string {
  // Its first word tells it from positions of other kinds.
  const { whole, ...more } = position
  return JSON.stringify({ whole, ...more, usedMs: Date.now() } satisfies WholePosition)
}

export function readWhole(text: string): WholePosition {
  return JSON.parse(text) as WholePosition
}

/** Whether a position is that of a file that is read whole. */
export function isWholePosition(position: string): boolean {
  return position.startsWith('{"whole":')
}

/** What is counted of the file at `path`. */
export function beginningsOfWhole(path: string, position: string): readonly InputPosition[] {
  const { input, head } = readWhole(position)
  return input === null || head === undefined ? [] : [{ ...input, original: { path, head } }]
}
