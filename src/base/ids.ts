import { hash } from 'node:crypto'

/**
 * The id of something by its canonical identity: `prefix` and the first 16 hex digits of SHA-256 over the parts.
 * Each part is preceded by its length in bytes, so that `('ab', 'c')` and `('a', 'bc')` differ. No key, no clock: the same
 * thing has the same id in every run and on every machine.
 */
export function stableId(prefix: string, ...parts: string[]): string {
  return prefix + hash('sha256', parts.map((part) => `${Buffer.byteLength(part)}:${part}`).join('')).slice(0, 16)
}
