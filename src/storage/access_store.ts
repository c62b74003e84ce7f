import { join } from 'node:path'
import Sqlite, { type Database } from 'better-sqlite3'

import { auditRowsMax, type AuditRecords, type AuditRow, type KeptAuditRow } from '../access/audit.ts'
import type { Session, SessionRecords } from '../access/sessions.ts'
import type { Token, TokenRecords } from '../access/token.ts'
import { TapistryError } from '../base/errors.ts'
import { databaseName } from './data_folder.ts'
import { openStore } from './open_store.ts'
import { sqliteCode, storageProblem } from './problems.ts'

/** Tokens, logins and audit rows of a data folder. */
export interface AccessStore extends TokenRecords, AuditRecords, SessionRecords {
  close(): void
}

/**
 * Opens what the data folder at `path` holds of tokens, and makes the folder where there is none. It takes no lock of the folder: that one is for the state, of
 * which a writer holds a copy in memory; of these rows nobody does, and SQLite lets writers of several processes take turns. So a command changes tokens
 * under a running daemon, which sees it with the next request. Throws `TapistryError` (STORAGE).
 */
export function openAccessStore(path: string, note: (line: string) => void): AccessStore {
  openStore(path, { writer: null, note }).close()
  const file = join(path, databaseName)
  const named = <T>(work: () => T): T => {
    try {
      return work()
    } catch (thrown) {
      throw storageProblem(file, thrown)
    }
  }
  const database = named(() => new Sqlite(file, { timeout: busyTimeoutMs, fileMustExist: true }))
  const statements = named(() => prepare(database))
  return {
    addToken: ({ id, name, scopes, services, createdMs, expiresMs }, sha256) =>
      named(() => {
        try {
          statements.addToken.run(id, sha256, name, JSON.stringify(scopes), services === null ? null : JSON.stringify(services), createdMs, expiresMs)
        } catch (thrown) {
          if (sqliteCode(thrown) !== 'SQLITE_CONSTRAINT_UNIQUE') throw thrown
          throw new TapistryError('USAGE', `a token is called ${name} already: choose another --name, or revoke it first`, { cause: thrown })
        }
      }),
    tokens: () => named(() => statements.tokens.all().map(tokenOf)),
    token: (id) =>
      named(() => {
        const row = statements.token.get(id)
        return row === undefined ? null : { token: tokenOf(row), sha256: row.sha256 }
      }),
    hasTokens: () => named(() => statements.hasTokens.get() !== undefined),
    revokeToken: (id, atMs) => named(() => void statements.revokeToken.run(atMs, id)),
    noteUses: (uses) => named(() => database.transaction(() => uses.forEach((atMs, id) => statements.noteUse.run(atMs, id))).immediate()),
    addAudit: (row) => named(() => addAudit(statements, row)),
    audits: (beforeId, limit) => named(() => statements.audits.all(beforeId ?? Number.MAX_SAFE_INTEGER, limit).map(auditOf)),
    addSession: (sha256, { principal, basis, endMs }, nowMs, sessionsMax) =>
      named(() =>
        database
          .transaction(() => {
            statements.dropSessions.run(nowMs)
            statements.addSession.run(sha256, basis, JSON.stringify(principal), Math.trunc(endMs))
            statements.dropFirstSessions.run(sessionsMax)
          })
          .immediate(),
      ),
    session: (sha256) =>
      named(() => {
        const row = statements.session.get(sha256)
        return row === undefined ? null : { principal: JSON.parse(row.principal) as Session['principal'], basis: row.basis, endMs: row.endMs }
      }),
    endSession: (sha256) => named(() => void statements.endSession.run(sha256)),
    close: () => named(() => void database.close()),
  }
}

/** Whether the database at `path` holds a token that is good now. It is looked at only: one of an older version has none. Throws `TapistryError` (STORAGE). */
export function holdsToken(path: string, nowMs: number): boolean {
  try {
    const database = new Sqlite(path, { readonly: true, fileMustExist: true, timeout: busyTimeoutMs })
    try {
      if (database.prepare("SELECT 1 FROM sqlite_schema WHERE type = 'table' AND name = 'token'").get() === undefined) return false
      return database.prepare('SELECT 1 FROM token WHERE revoked_ms IS NULL AND coalesce(expires_ms > ?, 1) LIMIT 1').get(nowMs) !== undefined
    } finally {
      database.close()
    }
  } catch (thrown) {
    throw storageProblem(path, thrown)
  }
}

/** The daemon may be merging what it has read. */
const busyTimeoutMs = 10_000

interface TokenRow extends Omit<Token, 'scopes' | 'services'> {
  readonly sha256: Buffer
  readonly scopes: string
  readonly services: string | null
}

interface AuditTableRow extends Omit<KeptAuditRow, 'actor'> {
  readonly actorKind: KeptAuditRow['actor']['kind']
  readonly actorId: string
  readonly actorName: string
}

function prepare(database: Database) {
  const token = `SELECT id, sha256, name, scopes, services, created_ms AS createdMs, expires_ms AS expiresMs, last_used_ms AS lastUsedMs,
    revoked_ms AS revokedMs FROM token`
  return {
    addToken: database.prepare('INSERT INTO token (id, sha256, name, scopes, services, created_ms, expires_ms) VALUES (?, ?, ?, ?, ?, ?, ?)'),
    tokens: database.prepare<[], TokenRow>(`${token} ORDER BY name, created_ms, id`),
    token: database.prepare<[string], TokenRow>(`${token} WHERE id = ?`),
    hasTokens: database.prepare('SELECT 1 FROM token LIMIT 1'),
    revokeToken: database.prepare('UPDATE token SET revoked_ms = ? WHERE id = ? AND revoked_ms IS NULL'),
    noteUse: database.prepare('UPDATE token SET last_used_ms = max(coalesce(last_used_ms, 0), ?) WHERE id = ?'),
    addAudit: database.prepare('INSERT INTO audit (at_ms, actor_kind, actor_id, actor_name, action, target, outcome, status) VALUES (?, ?, ?, ?, ?, ?, ?, ?)'),
    addSession: database.prepare<[Buffer, string, string, number]>('INSERT INTO session (sha256, basis, principal, end_ms) VALUES (?, ?, ?, ?)'),
    session: database.prepare<[Buffer], { principal: string; basis: string; endMs: number }>(
      'SELECT principal, basis, end_ms AS endMs FROM session WHERE sha256 = ?',
    ),
    endSession: database.prepare<[Buffer]>('DELETE FROM session WHERE sha256 = ?'),
    dropSessions: database.prepare<[number]>('DELETE FROM session WHERE end_ms <= ?'),
    // All last as long, so the first to end is the one that began first.
    dropFirstSessions: database.prepare<[number]>('DELETE FROM session WHERE sha256 IN (SELECT sha256 FROM session ORDER BY end_ms DESC LIMIT -1 OFFSET ?)'),
    dropAudits: database.prepare('DELETE FROM audit WHERE id <= ?'),
    audits: database.prepare<[number, number], AuditTableRow>(
      `SELECT id, at_ms AS atMs, actor_kind AS actorKind, actor_id AS actorId, actor_name AS actorName, action, target, outcome, status FROM audit
      WHERE id < ? ORDER BY id DESC LIMIT ?`,
    ),
  }
}

function addAudit(statements: ReturnType<typeof prepare>, { atMs, actor, action, target, outcome, status }: AuditRow): void {
  const { lastInsertRowid } = statements.addAudit.run(atMs, actor.kind, actor.id, actor.name, action, target, outcome, status)
  statements.dropAudits.run(Number(lastInsertRowid) - auditRowsMax)
}

function tokenOf({ id, name, scopes, services, createdMs, expiresMs, lastUsedMs, revokedMs }: TokenRow): Token {
  const limit = services === null ? null : (JSON.parse(services) as readonly string[])
  return { id, name, scopes: JSON.parse(scopes) as Token['scopes'], services: limit, createdMs, expiresMs, lastUsedMs, revokedMs }
}

function auditOf({ actorKind, actorId, actorName, ...row }: AuditTableRow): KeptAuditRow {
  return { ...row, actor: { kind: actorKind, id: actorId, name: actorName } }
}
