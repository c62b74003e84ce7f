/** Both from 1. */
export interface Place {
  readonly line: number
  readonly column: number
}

export const firstPlace: Place = { line: 1, column: 1 }
