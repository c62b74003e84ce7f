import { systemReason, TapistryError } from '../base/errors.ts'
import { binding } from './load_binding.ts'
import type { InputPosition } from './source.ts'

/** A beginning of a file, and the state of its hash, to go on from. */
export interface Beginning extends InputPosition {
  readonly state: string
}

/**
 * The longest of the known beginnings that a file has, decompressed where it is compressed; null where it has none. The file is read up to the longest of
 * them. Rejects with `TapistryError` (INPUT) where it cannot be read.
 */
export function knownBeginning(path: string, known: readonly InputPosition[]): Promise<Beginning | null> {
  return binding()
    .knownBeginning(path, [...known])
    .catch((thrown: unknown) => {
      throw new TapistryError('INPUT', `${path}: ${systemReason(thrown)}`, { cause: thrown })
    })
}
