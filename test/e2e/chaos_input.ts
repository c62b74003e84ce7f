/** Something that a daemon reads and a test writes, piece by piece, as random as its seed. */
export interface ChaosInput {
  /** Its source, as it stands in a configuration. */
  readonly source: Readonly<Record<string, unknown>> & { readonly type: string }
  /** Writes one more piece, or does to what is there what administrators do. */
  step(): Promise<void> | void
  /** Writes what is open to its end. */
  finish(): Promise<void> | void
  /** Exchanges that were written whole, each counted once. */
  exchanges(): number
}
