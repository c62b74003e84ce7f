import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import Sqlite from 'better-sqlite3'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'

import { auditRowsMax, type AuditRow } from '../../src/access/audit.ts'
import type { Token } from '../../src/access/token.ts'
import { openAccessStore, type AccessStore } from '../../src/storage/access_store.ts'
import { openStore } from '../../src/storage/open_store.ts'
import { change, sampleBatch, sampleObservation } from './sample.ts'

let folder = ''
let store: AccessStore
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'tapistry-access-'))
  store = openAccessStore(folder, () => undefined)
})
afterEach(() => {
  store.close()
  rmSync(folder, { recursive: true, force: true })
})

const token: Token = {
  id: 'tok_1',
  name: 'ci',
  scopes: ['read', 'ingest'],
  services: ['a.example.com'],
  createdMs: 1000,
  expiresMs: 2000,
  lastUsedMs: null,
  revokedMs: null,
}
const sha256 = Buffer.alloc(32, 7)

describe('tokens', () => {
  test('come back as they were added', () => {
    store.addToken(token, sha256)
    store.addToken({ ...token, id: 'tok_2', name: 'admin', scopes: ['admin'], services: null, expiresMs: null }, sha256)
    expect(store.token('tok_1')).toEqual({ token, sha256 })
    expect(store.token('tok_3')).toBeNull()
    expect(store.tokens().map(({ name }) => name)).toEqual(['admin', 'ci'])
  })

  test('share no name, but with those that are revoked', () => {
    store.addToken(token, sha256)
    expect(() => store.addToken({ ...token, id: 'tok_2' }, sha256)).toThrow(/a token is called ci already/)
    store.revokeToken('tok_1', 1500)
    store.addToken({ ...token, id: 'tok_2' }, sha256)
    expect(store.tokens().map(({ id, revokedMs }) => [id, revokedMs])).toEqual([
      ['tok_1', 1500],
      ['tok_2', null],
    ])
  })

  test('are revoked once, and used last at the latest of all times', () => {
    store.addToken(token, sha256)
    for (const atMs of [1500, 1600]) store.revokeToken('tok_1', atMs)
    for (const atMs of [1700, 1400]) store.noteUses(new Map([['tok_1', atMs]]))
    expect(store.token('tok_1')?.token).toMatchObject({ revokedMs: 1500, lastUsedMs: 1700 })
  })

  test('change under a daemon that writes, which sees it at once and goes on writing', () => {
    const daemon = openStore(folder, { writer: 'tapistry run', note: () => undefined })
    const command = openAccessStore(folder, () => undefined)
    command.addToken(token, sha256)
    expect(store.token('tok_1')).not.toBeNull()
    command.revokeToken('tok_1', 1500)
    expect(store.token('tok_1')?.token.revokedMs).toBe(1500)
    command.close()
    expect(daemon.repository.commit(change({ batch: sampleBatch(sampleObservation('/users', 1)) }))).toBe('committed')
    daemon.close()
  })
})

describe('audit rows', () => {
  const row: AuditRow = {
    atMs: 5,
    actor: { kind: 'token', id: 'tok_1', name: 'ci' },
    action: 'renameEndpoint',
    target: '/api/v1/endpoints/ep_1/rename',
    outcome: 'refused',
    status: 403,
  }

  test('come newest first, a page at a time', () => {
    for (let atMs = 1; atMs <= 5; atMs += 1) store.addAudit({ ...row, atMs })
    expect(store.audits(null, 2).map(({ id, atMs }) => [id, atMs])).toEqual([
      [5, 5],
      [4, 4],
    ])
    expect(store.audits(2, 9)).toEqual([{ ...row, id: 1, atMs: 1 }])
  })

  test('are bounded: the oldest go', () => {
    store.addAudit(row)
    const database = new Sqlite(join(folder, 'tapistry.db'))
    database.prepare("UPDATE sqlite_sequence SET seq = ? WHERE name = 'audit'").run(auditRowsMax)
    database.close()
    store.addAudit(row)
    expect(store.audits(null, 9).map(({ id }) => id)).toEqual([auditRowsMax + 1])
  })
})
