/** Whole numbers from `low` to `high`, both included; the same sequence on every machine for a seed (mulberry32). */
export type Between = (low: number, high: number) => number

export function seeded(seed: number): Between {
  let state = seed >>> 0
  return (low, high) => {
    state = (state + 0x6d2b79f5) >>> 0
    let mixed = Math.imul(state ^ (state >>> 15), state | 1)
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61)) ^ mixed
    return low + (((mixed ^ (mixed >>> 14)) >>> 0) % (high - low + 1))
  }
}
