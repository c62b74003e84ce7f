import type { InputPosition } from '../source.ts'
import { unread, type Fingerprint } from './fingerprint.ts'

/** One of the files that a log was over time, by its bytes: where reading stands in it. */
export interface Generation extends Fingerprint {
  /** Its device and number in the file system, which tell files apart whose bytes are alike. */
  readonly file?: string
  /** Read to its end, a last line without a line feed too. */
  readonly isOver?: boolean
  /** Bytes that it had when it was given up in the middle of its last line, which is read whole where more has come. */
  readonly cutAt?: number
  /** What it began with when it was come upon, where no line of it was read yet. */
  readonly seen?: Fingerprint
  /** What was made of the log before the first line of it was read was not looked for yet. */
  readonly isJustSeen?: boolean
  /** Known by its beginning only: nothing of it is read. */
  readonly isLeft?: boolean
  /** SHA-256 of all that was read, where that is the beginning of the file: whoever finds it in another one has its content counted already. */
  readonly digest?: string
  /** The state of that hash, to go on from. */
  readonly state?: string
}

/** Where reading stands: in the newest file of which a line was read, and in those before it, oldest first. */
export interface TailPosition extends Generation {
  readonly before?: readonly Generation[]
  /** When it was written: of positions whose files are gone the oldest are forgotten. */
  readonly usedMs?: number
}

export function readPosition(text: string): TailPosition {
  return JSON.parse(text) as TailPosition
}

/** What is counted of the files that the log at `path` was: their beginnings, as far as they were read. */
export function beginningsIn(path: string, position: string): ReadonlyArray<InputPosition & Pick<Generation, 'file'>> {
  const { before = [], ...newest } = readPosition(position)
  return [...before, newest].flatMap(({ digest, offset, head, file }) =>
    digest === undefined || offset === 0 ? [] : [{ digest, bytes: offset, original: { path, head }, ...(file === undefined ? {} : { file }) }],
  )
}

/** By which bytes a file is known again; null where it held none. */
export function bytesOf(one: Generation): Generation | null {
  return one.offset > 0 ? one : (one.seen ?? null)
}

/** As it is kept; `generations` are oldest first. */
export function writePosition(generations: readonly Generation[]): string {
  const before = generations.slice(0, -1)
  return JSON.stringify({ ...(generations.at(-1) ?? unread), ...(before.length === 0 ? {} : { before }), usedMs: Date.now() } satisfies TailPosition)
}
