import { systemReason, TapistryError } from '../base/errors.ts'
import { binding } from './load_binding.ts'

/** The bytes of a text file, decompressed where it is compressed. */
export interface TextFile {
  /** The next bytes, null at the end. Rejects with `TapistryError` (INPUT) where the file cannot be read. */
  next(): Promise<Uint8Array | null>
}

/** Opens the file when its first bytes are asked for. */
export function openText(path: string): TextFile {
  const file = new (binding().NativeText)(path)
  return {
    next: () =>
      file.next().catch((thrown: unknown) => {
        throw new TapistryError('INPUT', `${path}: ${systemReason(thrown)}`, { cause: thrown })
      }),
  }
}
