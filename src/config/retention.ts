import type { Config } from './options.ts'
import { ageDefault, sizeDefault } from './retention_options.ts'
import { ageMs, sizeBytes } from './units.ts'

/** How long and how much is kept. */
export interface Retention {
  readonly ageMs: number
  readonly bytesMax: number
}

/** As a checked configuration says. */
export function retentionOf({ storage }: Pick<Config, 'storage'>): Retention {
  const { age = ageDefault, size = sizeDefault } = (storage.type === 'sqlite' ? storage.retention : undefined) ?? {}
  return { ageMs: ageMs(age) ?? Infinity, bytesMax: sizeBytes(size) ?? Infinity }
}

/** What waits to be merged and the open ends of inputs cannot go: below it nothing else could stay. */
export const retentionBytesLeast: number = 64 * 2 ** 20
