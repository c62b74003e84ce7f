import { createHash } from 'node:crypto'

/**
 * The id of something by its canonical identity: `prefix` and the first 16 hex digits of SHA-256 over the parts.
 * Each part is preceded by its length in bytes, so that `('ab', 'c')` and `('a', 'bc')` differ. No key, no clock: the same
 * thing has the same id in every run and on every machine.
 */
export function stableId(prefix: string, ...parts: string[]): string {
  const hash = createHash('sha256')
  for (const part of parts) {
    hash.update(`${Buffer.byteLength(part)}:`)
    hash.update(part)
  }
  return prefix + hash.digest('hex').slice(0, 16)
}
