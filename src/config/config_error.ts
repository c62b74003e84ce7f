import { TapistryError } from '../base/errors.ts'

/** A value of the configuration that cannot be used, and where it stands there. */
export class ConfigError extends TapistryError {
  /** Names from the top to the value, with dots between: `sources.0.format`. */
  readonly key: string

  constructor(key: string, reason: string, options?: { cause?: unknown }) {
    super('CONFIG', `${key}: ${reason}`, options)
    this.key = key
  }
}

/** What `work` gives, or what is wrong. */
export function orConfigError<T>(work: () => T): T | ConfigError {
  try {
    return work()
  } catch (thrown) {
    if (thrown instanceof ConfigError) return thrown
    throw thrown
  }
}
