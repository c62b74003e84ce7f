import { Buffer } from 'node:buffer'

/**
 * What stays when an object has more children than fit: the smallest first. A pure function of the name, the same as in
 * the native engine (0 for `{class}` names, of which there are few; else FNV-1a 32 over the UTF-8 bytes, then murmur3's finaliser), so that folding never depends on order.
 */
export function fieldPriority(name: string): number {
  if (name.startsWith('{')) return 0
  let hash = 0x811c9dc5
  for (const byte of Buffer.from(name, 'utf8')) hash = Math.imul(hash ^ byte, 0x01000193)
  hash = Math.imul(hash ^ (hash >>> 16), 0x85ebca6b)
  hash = Math.imul(hash ^ (hash >>> 13), 0xc2b2ae35)
  return (hash ^ (hash >>> 16)) >>> 0
}
