import type { Database, Statement } from 'better-sqlite3'

import type { Decision } from '../finding/decision.ts'
import type { SourceKind } from '../observation/observation.ts'
import type { KeptEvent, KnownInput, SourcePosition } from './repository.ts'

/** What the repository asks of an open database: statements with the rows they give and the parameters they take. */
export interface Statements {
  readonly generation: Read<{ number: number; day: number | null }>
  readonly nextGeneration: Write
  readonly putDay: Write<[day: number]>
  readonly told: Read<{ inventory: Buffer }>
  readonly putTold: Write<[inventory: Uint8Array]>
  readonly pastDays: Read<{ day: number; bytes: number }>
  readonly pastDay: Read<{ day: number; packed: Buffer }, [upTo: number]>
  readonly putPastDay: Write<[day: number, inventory: Uint8Array]>
  readonly dropPastDay: Write<[day: number]>
  readonly observations: Read<{ id: number; key: string; batch: Buffer }>
  /** Of rows that batches were merged into. */
  readonly settled: Read<{ key: string; settled: number }>
  readonly observationsBehind: Read<{ id: number; batch: Buffer }, [id: number, limit: number]>
  readonly observationAt: Read<{ batch: Buffer }, [id: number]>
  readonly observation: Read<{ id: number; batch: Buffer; settled: number }, [service: string, key: string]>
  readonly observationCount: Read<{ count: number }>
  readonly addObservation: Write<[service: string, key: string, batch: Buffer, settled: number]>
  readonly putObservation: Write<[batch: Buffer, settled: number, id: number]>
  readonly dropObservation: Write<[id: number]>
  readonly clearObservations: Write
  readonly pending: Read<PendingRow>
  readonly pendingAt: Read<{ batch: Buffer }, [id: number]>
  readonly pendingSizes: Read<{ id: number; bytes: number }>
  readonly addPending: Write<[batch: Uint8Array]>
  readonly countPending: Write
  readonly dropPending: Write<[id: number]>
  readonly visibility: Read<{ service: string; name: string; count: number }>
  readonly addVisibility: Write<[service: string, name: string, count: number]>
  readonly clearVisibility: Write
  readonly counters: Read<{ name: string; count: number }>
  readonly addCounter: Write<[name: string, count: number]>
  readonly folded: Read<{ service: string; source: SourceKind; exchanges: number; unread: number }>
  readonly addFolded: Write<[service: string, source: SourceKind, exchanges: number, unread: number]>
  readonly clearFolded: Write
  readonly tails: Read<{ digest: string; batch: Buffer }>
  readonly settleTail: Write<[digest: string]>
  readonly putTail: Write<[digest: string, batch: Buffer]>
  readonly dropTail: Write<[digest: string]>
  readonly positions: Read<KnownInput>
  readonly position: Read<{ digest: string }, [digest: string, bytes: number]>
  readonly putPosition: Write<[digest: string, bytes: number, seen: number]>
  readonly dropPosition: Write<[digest: string, bytes: number]>
  readonly sources: Read<SourcePosition>
  readonly putSource: Write<[source: string, part: string, position: string]>
  readonly dropSource: Write<[source: string, part: string]>
  readonly decisions: Read<DecisionRow>
  readonly addDecision: Write<[id: string, atMs: number, by: string, body: string]>
  readonly dropDecision: Write<[id: string]>
  readonly events: Read<EventRow>
  readonly eventsSince: Read<EventRow, [afterId: number, limit: number]>
  readonly eventSizes: Read<{ id: number; atMs: number; bytes: number }>
  readonly lastEventId: Read<{ id: number }>
  readonly eventsOf: Read<EventRow, [subject: string, afterId: number, limit: number]>
  readonly addEvent: Write<[atMs: number, kind: string, subject: string, what: string, details: string]>
  readonly dropEvent: Write<[id: number]>
}

/** A batch as a commit appended it; of two the later one has the higher number, and none comes again. */
interface PendingRow {
  readonly id: number
  readonly batch: Buffer
}

/** A decision with its body as JSON. */
export type DecisionRow = Omit<Decision, 'body'> & { readonly body: string }

/** An event with its details as JSON. */
export type EventRow = Omit<KeptEvent, 'details'> & { readonly details: string }

type Read<Row, Parameters extends unknown[] = []> = Statement<Parameters, Row>
type Write<Parameters extends unknown[] = []> = Statement<Parameters>

export function prepare(database: Database): Statements {
  return Object.fromEntries(Object.entries(texts).map(([name, text]) => [name, database.prepare(text)])) as unknown as Statements
}

const texts: Readonly<Record<keyof Statements, string>> = {
  generation: 'SELECT number, day FROM generation',
  nextGeneration: 'UPDATE generation SET number = number + 1',
  putDay: 'UPDATE generation SET day = ?',
  told: 'SELECT inventory FROM told',
  putTold: 'INSERT INTO told (id, inventory) VALUES (1, ?) ON CONFLICT DO UPDATE SET inventory = excluded.inventory',
  pastDays: 'SELECT day, length(inventory) AS bytes FROM past_day ORDER BY day',
  pastDay: 'SELECT day, inventory AS packed FROM past_day WHERE day <= ? ORDER BY day DESC LIMIT 1',
  putPastDay: 'INSERT INTO past_day (day, inventory) VALUES (?, ?) ON CONFLICT DO UPDATE SET inventory = excluded.inventory',
  dropPastDay: 'DELETE FROM past_day WHERE day = ?',
  observations: 'SELECT id, key, batch FROM observation ORDER BY service, key',
  settled: 'SELECT key, settled FROM observation WHERE settled > 0',
  observationsBehind: 'SELECT id, batch FROM observation WHERE id > ? ORDER BY id LIMIT ?',
  observationAt: 'SELECT batch FROM observation WHERE id = ?',
  observation: 'SELECT id, batch, settled FROM observation WHERE service = ? AND key = ?',
  observationCount: 'SELECT count(*) AS count FROM observation',
  addObservation: 'INSERT INTO observation (service, key, batch, settled) VALUES (?, ?, ?, ?)',
  putObservation: 'UPDATE observation SET batch = ?, settled = ? WHERE id = ?',
  dropObservation: 'DELETE FROM observation WHERE id = ?',
  clearObservations: 'DELETE FROM observation',
  pending: 'SELECT id, batch FROM pending ORDER BY id',
  pendingAt: 'SELECT batch FROM pending WHERE id = ?',
  pendingSizes: 'SELECT id, length(batch) AS bytes FROM pending ORDER BY id',
  addPending: 'INSERT INTO pending (id, batch) SELECT pending, ? FROM generation',
  countPending: 'UPDATE generation SET pending = pending + 1',
  dropPending: 'DELETE FROM pending WHERE id = ?',
  visibility: 'SELECT service, name, count FROM visibility ORDER BY service, name',
  addVisibility: 'INSERT INTO visibility (service, name, count) VALUES (?, ?, ?) ON CONFLICT DO UPDATE SET count = count + excluded.count',
  clearVisibility: 'DELETE FROM visibility',
  counters: 'SELECT name, count FROM counter ORDER BY name',
  addCounter: 'INSERT INTO counter (name, count) VALUES (?, ?) ON CONFLICT DO UPDATE SET count = count + excluded.count',
  folded: 'SELECT service, source, exchanges, unread FROM folded ORDER BY service, source',
  addFolded:
    'INSERT INTO folded (service, source, exchanges, unread) VALUES (?, ?, ?, ?) ON CONFLICT DO UPDATE SET exchanges = exchanges + excluded.exchanges, unread = unread + excluded.unread',
  clearFolded: 'DELETE FROM folded',
  tails: 'SELECT digest, batch FROM tail ORDER BY digest',
  settleTail: 'INSERT INTO pending (id, batch) SELECT generation.pending, tail.batch FROM generation, tail WHERE tail.digest = ?',
  putTail: 'INSERT INTO tail (digest, batch) VALUES (?, ?) ON CONFLICT DO UPDATE SET batch = excluded.batch',
  dropTail: 'DELETE FROM tail WHERE digest = ?',
  positions: 'SELECT digest, bytes, seen FROM input ORDER BY digest, bytes',
  position: 'SELECT digest FROM input WHERE digest = ? AND bytes = ?',
  putPosition: 'INSERT INTO input (digest, bytes, seen) VALUES (?, ?, ?) ON CONFLICT DO UPDATE SET seen = excluded.seen',
  dropPosition: 'DELETE FROM input WHERE digest = ? AND bytes = ?',
  sources: 'SELECT source, part, position FROM source_position ORDER BY source, part',
  putSource: 'INSERT INTO source_position (source, part, position) VALUES (?, ?, ?) ON CONFLICT DO UPDATE SET position = excluded.position',
  decisions: 'SELECT id, at_ms AS atMs, decided_by AS "by", body FROM decision ORDER BY number',
  addDecision: 'INSERT INTO decision (id, at_ms, decided_by, body) VALUES (?, ?, ?, ?)',
  dropDecision: 'DELETE FROM decision WHERE id = ?',
  events: 'SELECT id, at_ms AS atMs, kind, subject, what, details FROM event ORDER BY id',
  eventsSince: 'SELECT id, at_ms AS atMs, kind, subject, what, details FROM event WHERE id > ? ORDER BY id LIMIT ?',
  eventSizes: 'SELECT id, at_ms AS atMs, length(details) AS bytes FROM event ORDER BY id',
  lastEventId: "SELECT seq AS id FROM sqlite_sequence WHERE name = 'event'",
  eventsOf: 'SELECT id, at_ms AS atMs, kind, subject, what, details FROM event WHERE subject = ? AND id > ? ORDER BY id LIMIT ?',
  addEvent: 'INSERT INTO event (at_ms, kind, subject, what, details) VALUES (?, ?, ?, ?, ?)',
  dropEvent: 'DELETE FROM event WHERE id = ?',
  dropSource: 'DELETE FROM source_position WHERE source = ? AND part = ?',
}
