import { zstdCompressSync, zstdDecompressSync } from 'node:zlib'

import { TapistryError } from '../base/errors.ts'

/** A value as JSON packed with zstd: inventories repeat themselves, and take a tenth so or less. */
export function packedJson(value: unknown): Uint8Array {
  return packedText(JSON.stringify(value))
}

/** The same of a value that is JSON already. */
export function packedText(json: string): Uint8Array {
  return zstdCompressSync(json)
}

/** Throws `TapistryError` (STORAGE) where the bytes are damaged. */
export function unpackedJson(packed: Uint8Array): unknown {
  try {
    return JSON.parse(zstdDecompressSync(packed).toString())
  } catch (thrown) {
    throw new TapistryError(
      'STORAGE',
      'an inventory that was kept is damaged; look with "tapistry db check", and restore a backup with "tapistry db restore"',
      { cause: thrown },
    )
  }
}
