import type { OfferedRead } from '../source/source.ts'
import type { SourcePosition } from '../storage/repository.ts'

/** What is kept with the next commit or not at all: whoever sent it hears which, and may send it again where it was not. */
export interface Offers {
  /** Its positions hold from now on. Resolves when it is kept; rejects where it cannot be, and then its positions are as they were. */
  add(source: string, read: OfferedRead): Promise<void>
  /** What the next commit takes of them. */
  all(): { readonly batches: readonly Uint8Array[]; readonly moved: readonly Moved[]; readonly from: readonly string[] }
  isEmpty(): boolean
  bytes(): number
  /** All of them are kept. */
  accept(): void
  /** None of them is. */
  refuse(reason: unknown): void
}

type Moved = Omit<SourcePosition, 'position'> & { readonly position: string | null }

interface Offer {
  readonly source: string
  readonly batches: readonly Uint8Array[]
  readonly moved: readonly Moved[]
  /** The positions that were moved, as they were. */
  readonly before: readonly Moved[]
  readonly resolve: () => void
  readonly reject: (reason: unknown) => void
}

/** `partsOf` gives the positions of a source, which offers move. */
export function newOffers(partsOf: (source: string) => Map<string, string>): Offers {
  let offers: readonly Offer[] = []

  function move(moved: readonly Moved[]): void {
    for (const { source, part, position } of moved) {
      if (position === null) partsOf(source).delete(part)
      else partsOf(source).set(part, position)
    }
  }

  function taken(): readonly Offer[] {
    const all = offers
    offers = []
    return all
  }

  return {
    add(source, { batches, positions = new Map() }) {
      const moved = [...positions].map(([part, position]): Moved => ({ source, part, position }))
      const before = moved.map(({ part }): Moved => ({ source, part, position: partsOf(source).get(part) ?? null }))
      move(moved)
      return new Promise((resolve, reject) => {
        offers = [...offers, { source, batches, moved, before, resolve, reject }]
      })
    },
    all: () => ({ batches: offers.flatMap(({ batches }) => batches), moved: offers.flatMap(({ moved }) => moved), from: offers.map(({ source }) => source) }),
    isEmpty: () => offers.length === 0,
    bytes: () => offers.reduce((sum, { batches }) => batches.reduce((bytes, { byteLength }) => bytes + byteLength, sum), 0),
    accept() {
      for (const { resolve } of taken()) resolve()
    },
    refuse(reason) {
      // What was moved last goes back first: two of them may have moved one part.
      for (const { before, reject } of taken().toReversed()) {
        move(before)
        reject(reason)
      }
    },
  }
}
