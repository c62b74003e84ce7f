import type { ObservationKey } from '../observation/observation.ts'

/**
 * A number in [0, 2^53) from a secret and a text (two rounds of a 32-bit multiply and xor hash, seeded by the secret). It decides
 * what stays where not everything fits: whoever does not know the secret cannot choose paths that push others out.
 */
export function keyedHash(secret: string, text: string): number {
  let low = 0xdeadbeef
  let high = 0x41c6ce57
  for (const part of [secret, '\0', text]) {
    for (let i = 0; i < part.length; i += 1) {
      const unit = part.charCodeAt(i)
      low = Math.imul(low ^ unit, 0x9e3779b1)
      high = Math.imul(high ^ unit, 0x5f356495)
    }
  }
  low = Math.imul(low ^ (low >>> 16), 0x85ebca6b) ^ Math.imul(high ^ (high >>> 13), 0xc2b2ae35)
  high = Math.imul(high ^ (high >>> 16), 0x85ebca6b) ^ Math.imul(low ^ (low >>> 13), 0xc2b2ae35)
  return 0x100000000 * (high & 0x1fffff) + (low >>> 0)
}

/** The identity of an observation as text: equal keys have equal texts. */
export function keyText(key: ObservationKey): string {
  return [
    key.source,
    key.service,
    key.kind,
    key.method,
    key.path,
    String(key.status),
    key.requestMediaType,
    key.responseMediaType,
    String(key.hasCredentials),
  ].join('\0')
}

/**
 * How soon exchanges with this status are given up, 0 last: what was accepted stays longest, what scanners cause goes first.
 * A function of the key alone, so that folding never depends on arrival.
 */
export function tierOf(status: number): number {
  if (status > 0 && status < 400) return 0
  if (status === 0 || status >= 500 || status === 401 || status === 403 || status === 405) return 1
  return 2
}
