import type { Spec } from '../../registry/spec.ts'

/** Schemas looked at for one endpoint: enough for the largest real ones, and an end to those that were built to have none. */
const schemasMax = 50_000

/** The spec and what is left to spend on its schemas. */
export class Budget {
  readonly spec: Spec
  #left: number = schemasMax

  constructor(spec: Spec) {
    this.spec = spec
  }

  /** Takes one; false where nothing is left. */
  take(): boolean {
    this.#left -= 1
    return this.#left >= 0
  }

  isSpent(): boolean {
    return this.#left < 0
  }
}
