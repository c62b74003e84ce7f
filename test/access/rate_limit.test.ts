import fc from 'fast-check'
import { expect, test } from 'vitest'

import { addressKey, rateLimit } from '../../src/access/rate_limit.ts'

test('a bucket is emptied at once and filled bit by bit', () => {
  let nowMs = 5
  const { take } = rateLimit(60, () => nowMs)
  for (let left = 59; left >= 0; left -= 1)
    expect(take('a')).toEqual({ isTaken: true, limit: 60, remaining: left, resetSeconds: 60 - left, retrySeconds: left > 0 ? 0 : 1 })
  expect(take('a')).toMatchObject({ isTaken: false, remaining: 0, resetSeconds: 60, retrySeconds: 1 })
  nowMs += 999
  expect(take('a').isTaken).toBe(false)
  nowMs += 1
  expect([take('a').isTaken, take('a').isTaken, take('b').isTaken]).toEqual([true, false, true])
  nowMs += 1e9
  expect(take('a').remaining).toBe(59)
})

test('whenever it is asked, no key gets more than a full bucket and what flows in', () => {
  const asked = fc.array(fc.record({ key: fc.constantFrom('a', 'b'), waitMs: fc.nat(5000) }), { maxLength: 200 })
  fc.assert(
    fc.property(fc.integer({ min: 1, max: 100 }), asked, (perMinute, requests) => {
      let nowMs = 0
      const { take } = rateLimit(perMinute, () => nowMs)
      const taken = new Map<string, number>()
      for (const { key, waitMs } of requests) {
        nowMs += waitMs
        const { isTaken, retrySeconds } = take(key)
        if (isTaken) taken.set(key, (taken.get(key) ?? 0) + 1)
        expect(isTaken || retrySeconds > 0).toBe(true)
        expect(taken.get(key) ?? 0).toBeLessThanOrEqual(perMinute + (nowMs * perMinute) / 60_000 + 1e-6)
      }
    }),
  )
})

test('there are at most so many: the one that was used the longest time ago goes, and is counted', () => {
  const limit = rateLimit(2, () => 0, 2)
  for (const key of ['a', 'a', 'b', 'a', 'c']) limit.take(key)
  expect(limit.dropped()).toBe(1)
  expect([limit.take('a').isTaken, limit.dropped()]).toEqual([false, 1])
  expect([limit.take('b').remaining, limit.dropped()]).toEqual([1, 2])
})

test.each([
  ['192.0.2.1', '192.0.2.1'],
  ['::ffff:192.0.2.1', '192.0.2.1'],
  ['::1', '0:0:0:0'],
  ['::', '0:0:0:0'],
  ['2001:db8::1', '2001:db8:0:0'],
  ['2001:0DB8:0:1:2:3:4:5', '2001:db8:0:1'],
  ['2001:db8:1:2:ffff::', '2001:db8:1:2'],
  ['1::2:3:4:5:6', '1:0:0:2'],
  ['fe80::1%eth0', 'fe80:0:0:0'],
])('%s is counted as %s', (address, key) => expect(addressKey(address)).toBe(key))
