import type { Decision } from '../finding/decision.ts'
import type { JsonSchema } from '../inventory/document.ts'
import type { StateBatch } from '../inventory/state.ts'
import type { Folded } from '../inventory/state_reading.ts'
import type { NewNotice, Outbox } from './outbox.ts'
import type { Pruned, PruneRule } from './prune.ts'
import type { Settler } from './settler.ts'

/**
 * Where the state lives between runs: base observations, and for each input the tail of what was still open at its end. The
 * state to show is the base merged with all tails.
 */
export interface Repository {
  /** Everything that was committed. */
  load(): StoredState
  /**
   * Adds what was read to the base, drops and sets tails, and remembers the positions: all of it or nothing. Returns `known` and changes
   * nothing where the commit is `isKnown`. Throws `TapistryError` (STORAGE) where another writer committed since `change.basis`.
   */
  commit(change: Commit): 'committed' | 'known'
  /** What people have decided, in that order. */
  decisions(): Decision[]
  /** The events behind `afterId` (0: from the first), oldest first, at most `limit`. */
  eventsSince(afterId: number, limit: number): KeptEvent[]
  /** The id of the newest event that ever was, pruned or not; 0 where none was. */
  lastEventId(): number
  /** Those of one subject. */
  eventsOf(subject: string, afterId: number, limit: number): KeptEvent[]
  /** What events have told of the inventory, as the last commit with events packed it; null before the first one. */
  told(): Uint8Array | null
  /** The inventory that was kept last at the end of a day up to this one; null where none is left. */
  pastDay(upTo: number): PastDay | null
  /** The first day of which an inventory is kept, and the day of the last commit; null where there is none. */
  days(): { readonly oldest: number | null; readonly last: number | null }
  /** Which commit the state is of now: the basis of the next. */
  generation(): number
  /** Why what is kept from now on would be lost, in words: the file is not where it was. Null while it is; commits are refused otherwise. */
  misplaced(): string | null
  /** What the state takes of the disk, without the log beside it. */
  bytes(): number
  /**
   * Merges what commits have appended where much of it waits, in small transactions with a step after each: commits may come between them, but no `prune`. What is
   * loaded is the same at any time.
   */
  settling(): Generator<void, void, void>
  /** Has that done beside everything else, each time that something was committed; `onProblem` is told why it cannot be, and with null when it can again. */
  startSettler(onProblem: (problem: string | null) => void): Settler
  /**
   * Removes old observations, events and past days by a rule, in small transactions with a step after each: commits may come between them. Exchanges of what
   * goes are counted as folded, and the generation rises.
   */
  prune(rule: PruneRule): Generator<void, Pruned, void>
  /** Notices that commits brought, and what became of them. */
  readonly outbox: Outbox
  close(): void
}

export interface StoredState {
  /** A key may stand in it more than once: folded into a state, its observations merge. */
  readonly base: StateBatch
  readonly tails: readonly Tail[]
  /** Sorted by digest, then bytes. */
  readonly positions: readonly KnownInput[]
  /** Sorted by source, then part. */
  readonly sources: readonly SourcePosition[]
  /** Which commit this is; the basis of the next one. */
  readonly generation: number
  /** The day of the last commit, null before the first one. */
  readonly day: number | null
}

export interface Commit {
  /** The `generation` that the writer has loaded. */
  readonly basis: number
  /** What is added: counts add, observations merge. */
  readonly batch: StateBatch
  /** Batches as the engine packed them, added as they are: nothing of them is decoded before they are merged or read. */
  readonly packed: readonly Uint8Array[]
  /** How far each input of this run was read, and which of those before were read further. */
  readonly positions: readonly SeenInput[]
  /** Inputs that are forgotten: read again, they count again. */
  readonly dropPositions: readonly InputPosition[]
  /** How far parts of sources were read with this commit; null for a part that is over and forgotten. */
  readonly sources: ReadonlyArray<Omit<SourcePosition, 'position'> & { readonly position: string | null }>
  readonly tails: readonly Tail[]
  /** What changed in the inventory with it. */
  readonly events: readonly StoredEvent[]
  /** What is told of the inventory with these events, packed; null where nothing is. */
  readonly told: Uint8Array | null
  /** The day of the writer's clock. */
  readonly day: number
  /** The inventory before this commit, packed, where that is the first one of another day than the last: it is kept as that of the last one's day. */
  readonly dayBefore: Uint8Array | null
  /** What is to be told of it. */
  readonly notices: readonly NewNotice[]
  /** What people decided: one with an id that is known takes its place. */
  readonly decisions: readonly Decision[]
  /** Ids of decisions that go before. */
  readonly dropDecisions: readonly string[]
  /** Digests of inputs whose tails go, because they were read further. */
  readonly dropTails: readonly string[]
  /** Digests of inputs whose tails become part of the base, because they are not read further. */
  readonly settleTails: readonly string[]
  /** Add the batch though all inputs are known: they are counted anew, or what they brought is not all that is in it. */
  readonly again: boolean
}

/**
 * Whether all that a commit brings was kept before: it is one of inputs alone, and `has` all of their positions. One with positions of sources, with events or
 * with notices or decisions never is: what belongs to these would be lost with it.
 */
export function isKnown({ again, positions, sources, events, notices, decisions, dropDecisions }: Commit, has: (position: InputPosition) => boolean): boolean {
  const isOfInputs = sources.length + events.length + notices.length + decisions.length + dropDecisions.length === 0
  return !again && isOfInputs && positions.length > 0 && positions.every(has)
}

/** The hex SHA-256 of the first `bytes` decompressed bytes of an input: a grown input is known by its beginning. */
export interface InputPosition {
  readonly digest: string
  readonly bytes: number
}

/** An input that was read in this commit or seen again; `isSuperseded` where it was read further since. */
export interface SeenInput extends InputPosition {
  readonly isSuperseded?: boolean
}

export interface KnownInput extends InputPosition {
  /** The commit in which it was seen last; 0 where it was read further since. */
  readonly seen: number
}

/** How far a part of a source (a file, a partition) was read, as the source wrote it. */
export interface SourcePosition {
  readonly source: string
  readonly part: string
  readonly position: string
}

/** What was open at the end of the input that was read to the position with this digest. */
export interface Tail {
  readonly digest: string
  readonly batch: StateBatch
}

/** A change of the inventory. */
export interface StoredEvent {
  /** Epoch milliseconds, of the traffic or of the moment when it was found, as its writer decides. */
  readonly atMs: number
  readonly kind: 'endpoint' | 'service' | 'finding' | 'spec' | 'source'
  /** The id of what changed. */
  readonly subject: string
  /** `appeared`, `changed`, `resolved` ... */
  readonly what: string
  /** Never anything of traffic beyond what the inventory shows. */
  readonly details: JsonSchema
}

export interface KeptEvent extends StoredEvent {
  /** Rises from event to event; none comes again. */
  readonly id: number
}

/** The inventory at the end of a day. */
export interface PastDay {
  /** In UTC, counted from 1970-01-01. */
  readonly day: number
  readonly packed: Uint8Array
}

/** No observations, no counts. */
export const emptyBatch: StateBatch = { observations: [], visibility: [], counters: new Map<string, number>(), folded: new Map<string, Folded>() }

/** Brings nothing, but for its place and its day. */
export const emptyCommit: Omit<Commit, 'basis' | 'day' | 'dayBefore'> = {
  batch: emptyBatch,
  packed: [],
  positions: [],
  dropPositions: [],
  sources: [],
  tails: [],
  events: [],
  told: null,
  notices: [],
  decisions: [],
  dropDecisions: [],
  dropTails: [],
  settleTails: [],
  again: false,
}
