/** Every measurement by name; a measurement is its file and a row here. */
export const benches: readonly BenchRow[] = [
  { name: 'startup', summary: 'wall time of the shortest commands, from the shell to the end of the process', load: () => import('./startup.ts') },
]

/** A measurement as `bench --list` shows it. */
export interface BenchRow {
  readonly name: string
  readonly summary: string
  load(): Promise<Bench>
}

interface Bench {
  /** Measures and yields one line for each figure or group of figures. */
  run(options: BenchOptions): AsyncIterable<BenchLine>
}

export interface BenchOptions {
  /** The smallest size that still goes the whole way. */
  readonly smoke: boolean
}

/** One line of results: what was measured, and figures whose names end in their unit. */
export interface BenchLine {
  readonly case: string
  readonly [figure: string]: number | string | boolean | null
}
