import type { Database, Statement } from 'better-sqlite3'

import type { NewNotice, Notice, Outbox, OutboxMessage, Settled, Told, WaitingNotice } from './outbox.ts'

/** The outbox of an open database, and how a commit adds to it within its transaction. */
export interface SqliteOutbox extends Outbox {
  add(notices: readonly NewNotice[]): void
}

export function sqliteOutbox(database: Database): SqliteOutbox {
  const ask = <Row, Parameters extends unknown[] = []>(text: string): Statement<Parameters, Row> => database.prepare<Parameters, Row>(text)
  const add = ask<never, [string, string, string, string, string, string, number, string]>(
    'INSERT INTO alert_notice (channel, fingerprint, what, mark, severity, bundle, at_ms, details) VALUES (?, ?, ?, ?, ?, ?, ?, ?)',
  )
  const channels = ask<{ channel: string }>('SELECT DISTINCT channel FROM alert_notice')
  const told = ask<Told>(
    `SELECT channel, fingerprint, what, mark, bundle, at_ms AS atMs FROM alert_notice
     WHERE id IN (SELECT max(id) FROM alert_notice WHERE what != 'happened' GROUP BY channel, fingerprint) ORDER BY id`,
  )
  const waiting = ask<WaitingNotice, [string]>(
    'SELECT id, channel, fingerprint, what, mark, severity, bundle, at_ms AS atMs FROM alert_notice WHERE channel = ? AND message IS NULL ORDER BY id',
  )
  const opening = ask<NoticeRow & { readonly message: number | null }, [string, string, number]>(
    `${selectNotice}, message FROM alert_notice WHERE channel = ? AND fingerprint = ? AND id < ? AND what = 'opened' ORDER BY id DESC LIMIT 1`,
  )
  const lastComposed = ask<{ atMs: number | null }, [string, string]>(
    'SELECT max(m.at_ms) AS atMs FROM alert_notice n JOIN alert_message m ON m.id = n.message WHERE n.channel = ? AND n.bundle = ?',
  )
  const composedSince = ask<{ count: number }, [string, number]>(
    "SELECT count(*) AS count FROM alert_message WHERE channel = ? AND at_ms >= ? AND form != 'edit'",
  )
  const addMessage = ask<never, [string, string, string, number | null, number]>(
    "INSERT INTO alert_message (key, channel, form, of_message, at_ms, state, tries, not_before_ms) VALUES (?, ?, ?, ?, ?, 'waiting', 0, 0)",
  )
  const claim = ask<never, [number | bigint, number]>('UPDATE alert_notice SET message = ? WHERE id = ?')
  const remove = ask<never, [number]>('DELETE FROM alert_notice WHERE id = ? AND message IS NULL')
  const next = ask<OutboxMessage, [string]>(`${selectMessage} WHERE state = 'waiting' AND channel = ? ORDER BY id LIMIT 1`)
  const noticesOf = ask<NoticeRow, [number]>(`${selectNotice} FROM alert_notice WHERE message = ? ORDER BY id`)
  const resolvedSince = ask<{ fingerprint: string }, [number]>(
    `SELECT fingerprint FROM alert_notice n WHERE message = ? AND EXISTS (SELECT 1 FROM alert_notice later
       WHERE later.channel = n.channel AND later.fingerprint = n.fingerprint AND later.id > n.id AND later.what = 'resolved') ORDER BY id`,
  )
  const settle = ask<never, [string, number | null, number, string | null, string | null, number]>(
    'UPDATE alert_message SET state = ?, tries = coalesce(?, tries), not_before_ms = ?, reference = ?, problem = ? WHERE id = ?',
  )
  const message = ask<OutboxMessage, [number]>(`${selectMessage} WHERE id = ?`)
  const list = ask<OutboxMessage, [number, string | null, string | null, string | null, string | null, number]>(
    `${selectMessage} WHERE id < ? AND (? IS NULL OR channel = ?) AND (? IS NULL OR state = ?) ORDER BY id DESC LIMIT ?`,
  )
  const dead = ask<OutboxMessage, [number, number]>(`${selectMessage} WHERE state = 'dead' AND id > ? ORDER BY id LIMIT ?`)
  const retry = ask<never, [number, number]>("UPDATE alert_message SET state = 'waiting', tries = 0, not_before_ms = ? WHERE id = ? AND state = 'dead'")
  const countWaiting = ask<{ count: number }, [string, string]>(
    `SELECT (SELECT count(*) FROM alert_notice WHERE channel = ? AND message IS NULL)
       + (SELECT count(*) FROM alert_notice n JOIN alert_message m ON m.id = n.message WHERE m.state = 'waiting' AND m.channel = ?) AS count`,
  )
  const countDead = ask<{ count: number }, [string]>("SELECT count(*) AS count FROM alert_message WHERE state = 'dead' AND channel = ?")
  const size = ask<{ count: number }>('SELECT count(*) AS count FROM alert_notice')
  const trims = [ask<never, [number]>(trimOver), ask<never, [number]>(trimDead)]
  const trimMessages = ask<never, [number]>(
    "DELETE FROM alert_message WHERE state != 'waiting' AND at_ms < ? AND NOT EXISTS (SELECT 1 FROM alert_notice WHERE message = alert_message.id)",
  )
  return {
    add(notices) {
      for (const { channel, fingerprint, what, mark, severity, bundle, atMs, details } of notices) {
        add.run(channel, fingerprint, what, mark, severity, bundle, Math.trunc(atMs), JSON.stringify(details))
      }
    },
    channels: () => channels.all().map(({ channel }) => channel),
    told: () => told.all(),
    waiting: (channel) => waiting.all(channel),
    opening(channel, fingerprint, beforeId) {
      const row = opening.get(channel, fingerprint, beforeId)
      if (row === undefined) return null
      const { message: of, ...notice } = row
      return { notice: noticeOf(notice), message: of === null ? null : (message.get(of) ?? null) }
    },
    lastComposedMs: (channel, bundle) => lastComposed.get(channel, bundle)?.atMs ?? null,
    composedSince: (channel, sinceMs) => composedSince.get(channel, sinceMs)?.count ?? 0,
    compose(messages, takenBack = []) {
      database
        .transaction(() => {
          for (const { key, channel, form, of, atMs, notices } of messages) {
            const { lastInsertRowid } = addMessage.run(key, channel, form, of, atMs)
            for (const notice of notices) claim.run(lastInsertRowid, notice)
          }
          for (const notice of takenBack) remove.run(notice)
        })
        .immediate()
    },
    next: (channel) => next.get(channel) ?? null,
    noticesOf: (id) => noticesOf.all(id).map(noticeOf),
    settle(id, result) {
      settle.run(...settledValues(result), id)
    },
    message: (id) => message.get(id) ?? null,
    messages: (of, beforeId, limit) => list.all(beforeId ?? Number.MAX_SAFE_INTEGER, of.channel, of.channel, of.state, of.state, limit),
    resolvedSince: (id) => resolvedSince.all(id).map(({ fingerprint }) => fingerprint),
    dead: (afterId, limit) => dead.all(afterId, limit),
    retry: (id, nowMs) => retry.run(nowMs, id).changes > 0,
    counts: (channel) => ({ waiting: countWaiting.get(channel, channel)?.count ?? 0, dead: countDead.get(channel)?.count ?? 0 }),
    size: () => size.get()?.count ?? 0,
    trim(max, beforeMs) {
      return database
        .transaction(() => {
          let gone = 0
          for (const trim of trims) {
            const over = (size.get()?.count ?? 0) - max
            if (over > 0) gone += trim.run(over).changes
          }
          if (gone > 0) trimMessages.run(beforeMs)
          return gone
        })
        .immediate()
    },
  }
}

type NoticeRow = Omit<Notice, 'details'> & { readonly details: string }

function noticeOf({ details, ...row }: NoticeRow): Notice {
  return { ...row, details: JSON.parse(details) as Notice['details'] }
}

const selectNotice = 'SELECT id, channel, fingerprint, what, mark, severity, bundle, at_ms AS atMs, details'
const selectMessage = `SELECT id, key, channel, form, of_message AS "of", at_ms AS atMs, state, tries, not_before_ms AS notBeforeMs, reference, problem FROM alert_message`

/** Single events, what ended with a message that was sent, and what was told of something since. */
const trimOver = `DELETE FROM alert_notice WHERE id IN (
  SELECT n.id FROM alert_notice n JOIN alert_message m ON m.id = n.message AND m.state = 'sent'
  WHERE n.what = 'happened' OR EXISTS (
    SELECT 1 FROM alert_notice later JOIN alert_message l ON l.id = later.message AND l.state = 'sent'
    WHERE later.channel = n.channel AND later.fingerprint = n.fingerprint AND later.id >= n.id
      AND (later.what = 'resolved' OR (later.id > n.id AND n.what IN ('changed', 'repeated'))))
  ORDER BY n.id LIMIT ?)`

const trimDead = `DELETE FROM alert_notice WHERE id IN (
  SELECT n.id FROM alert_notice n JOIN alert_message m ON m.id = n.message AND m.state = 'dead' ORDER BY n.id LIMIT ?)`

function settledValues(result: Settled): [string, number | null, number, string | null, string | null] {
  if (result.state === 'sent') return ['sent', null, 0, result.reference, null]
  if (result.state === 'dead') return ['dead', result.tries, 0, null, result.problem]
  return ['waiting', result.tries, Math.trunc(result.notBeforeMs), null, result.problem]
}
