/** Every measurement by name; a measurement is its file and a row here. */
export const benches: readonly BenchRow[] = [
  { name: 'startup', summary: 'wall time of the shortest commands, from the shell to the end of the process', load: () => import('./startup.ts') },
  { name: 'capture', summary: 'a capture of HTTP/1.1 with JSON bodies, file to inventory', load: () => import('./capture.ts') },
  { name: 'small', summary: 'a capture of small exchanges, file to inventory', load: () => import('./small.ts') },
  { name: 'h2', summary: 'a capture of HTTP/2 with the same bodies, file to inventory', load: () => import('./h2.ts') },
  { name: 'bulk', summary: 'a capture of bodies of a mebibyte, file to inventory', load: () => import('./bulk.ts') },
  { name: 'flows', summary: 'small packets of a thousand to a million connections at once', load: () => import('./flows.ts') },
  { name: 'workers', summary: 'the capture of HTTP/1.1 with one worker and with two', load: () => import('./workers.ts') },
  { name: 'logs', summary: 'combined and JSON access logs, file to inventory', load: () => import('./logs.ts') },
  { name: 'decode', summary: 'what TypeScript does with the batches of the engine: decode, fold, read out', load: () => import('./decode.ts') },
  { name: 'store', summary: 'commits of packed observations into the database', load: () => import('./store.ts') },
  { name: 'daemon', summary: 'access logs through the daemon into the database, end to end', load: () => import('./daemon.ts') },
  { name: 'soak', summary: 'memory and disk of the daemon over a day of traffic, as fast as it goes', load: () => import('./soak.ts') },
  { name: 'live', summary: 'the fastest capture without loss from a pair of virtual interfaces (root only), and an idle one', load: () => import('./live.ts') },
  { name: 'api', summary: 'answers of REST over an inventory of 100,000 endpoints, alone and while a log is read', load: () => import('./api.ts') },
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
  /** Bytes of each load that a measurement makes, at least. */
  readonly loadBytes: number
  /** How many the day of `soak` has. */
  readonly exchanges: number
  /** How long `api` asks the daemon. */
  readonly seconds: number
}

/** One line of results: what was measured, and figures whose names end in their unit. */
export interface BenchLine {
  readonly case: string
  readonly [figure: string]: number | string | boolean | null
}
