import { isIPv6 } from 'node:net'

/** How often those who ask may: a bucket each, that is filled up again within a minute. */
export interface RateLimit {
  /** Takes one request out of the bucket of `key`. */
  take(key: string): Taken
  /** How many buckets were dropped since there were too many: whoever used it the longest time ago begins with a full one. */
  dropped(): number
}

export interface Taken {
  /** Whether there was one. */
  readonly isTaken: boolean
  /** What a full bucket holds, and this one still does. */
  readonly limit: number
  readonly remaining: number
  /** Until it is full, and until there is one again; whole seconds. */
  readonly resetSeconds: number
  readonly retrySeconds: number
}

/** `now` is a clock in milliseconds that never goes back. */
export function rateLimit(perMinute: number, now: () => number, bucketsMax: number = bucketsMaxDefault): RateLimit {
  // In the order of their use.
  const buckets = new Map<string, { readonly level: number; readonly atMs: number }>()
  const perMs = perMinute / 60_000
  let dropped = 0
  return {
    take(key) {
      const atMs = now()
      const before = buckets.get(key)
      const filled = before === undefined ? perMinute : Math.min(perMinute, before.level + (atMs - before.atMs) * perMs)
      const isTaken = filled >= 1
      const level = isTaken ? filled - 1 : filled
      buckets.delete(key)
      const [oldest] = buckets.keys()
      if (buckets.size >= bucketsMax && oldest !== undefined) {
        buckets.delete(oldest)
        dropped += 1
      }
      buckets.set(key, { level, atMs })
      const secondsTo = (wanted: number): number => Math.max(0, Math.ceil((wanted - level) / perMs / 1000))
      return { isTaken, limit: perMinute, remaining: Math.floor(level), resetSeconds: secondsTo(perMinute), retrySeconds: secondsTo(1) }
    },
    dropped: () => dropped,
  }
}

const bucketsMaxDefault = 10_000

/** What an address is counted by: of IPv6 the first half, since whoever has one address has all of these. */
export function addressKey(address: string): string {
  const [, mapped] = /^::ffff:(\d+\.\d+\.\d+\.\d+)$/i.exec(address) ?? []
  if (mapped !== undefined || !isIPv6(address)) return mapped ?? address
  const [head = '', tail] = (address.split('%', 1)[0] ?? '').split('::')
  const groups = head === '' ? [] : head.split(':')
  const after = tail === undefined || tail === '' ? [] : tail.split(':')
  const whole = tail === undefined ? groups : [...groups, ...Array.from({ length: Math.max(0, 8 - groups.length - after.length) }, () => '0'), ...after]
  return whole
    .slice(0, 4)
    .map((group) => Number.parseInt(group, 16).toString(16))
    .join(':')
}
