import { promisify } from 'node:util'
import { zstdCompress, zstdCompressSync, zstdDecompressSync } from 'node:zlib'

import { TapistryError } from '../base/errors.ts'

/** A value as JSON packed with zstd: inventories repeat themselves, and take a tenth so or less. */
export function packedJson(value: unknown): Uint8Array {
  return packedText(JSON.stringify(value))
}

/** The same of a value that is JSON already. */
export function packedText(json: string): Uint8Array {
  return zstdCompressSync(json)
}

/** The same beside everything else: of a large inventory it takes a tenth of a second. */
export async function packedTextSoon(json: string): Promise<Uint8Array> {
  return compressed(json)
}

const compressed = promisify(zstdCompress)

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
