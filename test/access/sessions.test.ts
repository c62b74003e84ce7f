import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'

import { askedOnce } from '../../src/access/asked_once.ts'
import type { Principal } from '../../src/access/principal.ts'
import { newSessions } from '../../src/access/sessions.ts'
import { openAccessStore, type AccessStore } from '../../src/storage/access_store.ts'

let folder = ''
let records: AccessStore
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'tapistry-sessions-'))
  records = openAccessStore(folder, () => undefined)
})
afterEach(() => {
  records.close()
  rmSync(folder, { recursive: true, force: true })
})

const principal = (id: string): Principal => ({ kind: 'login', id, name: id, scopes: [], services: null })

test('a session is of who holds its secret, until it ends or its time is over', () => {
  let nowMs = 0
  const sessions = newSessions({ records, basis: 'a', lifetimeMs: 1000, now: () => nowMs })
  const [alice, bob] = [sessions.begin(principal('alice')), sessions.begin(principal('bob'))]
  expect(alice).toMatch(/^[\w-]{43}$/)
  expect([sessions.principal(alice)?.id, sessions.principal(bob)?.id, sessions.principal('')]).toEqual(['alice', 'bob', null])
  sessions.end(bob)
  nowMs = 999
  expect([sessions.principal(alice)?.id, sessions.principal(bob)]).toEqual(['alice', null])
  nowMs = 1000
  expect(sessions.principal(alice)).toBeNull()
})

test('there are at most so many: those that are over go first, then the one that began first', () => {
  let nowMs = 0
  const sessions = newSessions({ records, basis: 'a', lifetimeMs: 1000, now: () => nowMs, sessionsMax: 2 })
  const first = sessions.begin(principal('1'))
  nowMs = 500
  const second = sessions.begin(principal('2'))
  nowMs = 1000
  const third = sessions.begin(principal('3'))
  expect([first, second, third].map((secret) => sessions.principal(secret)?.id)).toEqual([undefined, '2', '3'])
  const fourth = sessions.begin(principal('4'))
  expect([second, third, fourth].map((secret) => sessions.principal(secret)?.id)).toEqual([undefined, '3', '4'])
})

test('a session outlasts a restart under the same issuer and roles, and its secret is not kept', () => {
  const options = { lifetimeMs: 1000, now: () => 0 }
  const who = { ...principal('alice'), scopes: ['read'], services: ['a.example.com'] } as const
  const secret = newSessions({ ...options, records, basis: 'a' }).begin(who)
  records.close()
  records = openAccessStore(folder, () => undefined)
  expect(newSessions({ ...options, records, basis: 'a' }).principal(secret)).toEqual(who)
  expect(newSessions({ ...options, records, basis: 'b' }).principal(secret)).toBeNull()
  for (const name of ['tapistry.db', 'tapistry.db-wal']) expect(readFileSync(join(folder, name)).includes(secret)).toBe(false)
})

test('what is asked once is held, and what failed is asked for again after a while', async () => {
  let nowMs = 7
  let asked = 0
  let isDown = true
  const ask = askedOnce(
    async () => {
      asked += 1
      if (isDown) throw new Error('down')
      return asked
    },
    () => nowMs,
  )
  for (const delayMs of [0, 29_999]) {
    nowMs += delayMs
    await expect(ask()).rejects.toThrow('down')
  }
  expect(asked).toBe(1)
  nowMs += 1
  isDown = false
  expect(await Promise.all([ask(), ask()])).toEqual([2, 2])
  nowMs += 1e9
  expect(await ask()).toBe(2)
})
