import type { JsonSchema, Severity } from '../inventory/document.ts'

/**
 * What is to be told on channels, between its cause and its delivery. Notices come in with a commit; `compose` makes messages of them, which are delivered one by
 * one. All of it lasts: a message is marked as sent only after it was delivered.
 */
export interface Outbox {
  /** Channels that ever had a notice. */
  channels(): readonly string[]
  /** Of each channel and fingerprint the last notice; those of single events have no place here. */
  told(): Told[]
  /** Notices that are part of no message yet, oldest first. */
  waiting(channel: string): WaitingNotice[]
  /** What was told when the finding opened to which the notice `beforeId` belongs; null where there is nothing of it. */
  opening(channel: string, fingerprint: string, beforeId: number): Opening | null
  /** When something of a bundle was last made part of a message; null where nothing was. */
  lastComposedMs(channel: string, bundle: string): number | null
  /** How many messages, edits aside, were made since then. */
  composedSince(channel: string, sinceMs: number): number
  /** Makes messages of notices, in this order, and removes those that nobody is told of: all of it or nothing. */
  compose(messages: readonly NewMessage[], takenBack?: readonly number[]): void
  /** The first message of a channel that is to be delivered. */
  next(channel: string): OutboxMessage | null
  noticesOf(message: number): Notice[]
  /** What became of a try to deliver it. */
  settle(message: number, result: Settled): void
  message(id: number): OutboxMessage | null
  /** Newest first: at most `limit` before `beforeId`; null: from the newest. */
  messages(of: OutboxFilter, beforeId: number | null, limit: number): OutboxMessage[]
  /** Fingerprints of a message of which a later notice said that they are resolved. */
  resolvedSince(message: number): string[]
  /** Dead letters behind `afterId`, oldest first. */
  dead(afterId: number, limit: number): OutboxMessage[]
  /** A dead letter waits again, from now on; false where there is none with this id. */
  retry(id: number, nowMs: number): boolean
  counts(channel: string): OutboxCounts
  /** All notices of all channels. */
  size(): number
  /**
   * Removes notices until there are at most `max`: what is over and was told goes first, then what is dead; what waits, and what was told of that is still
   * open, stays. Messages made before `beforeMs` go with their last notice. Returns how many notices went.
   */
  trim(max: number, beforeMs: number): number
}

/** `opened`, `changed`, `repeated` and `resolved` follow a finding; `happened` is a single event. */
export type NoticeWhat = 'opened' | 'changed' | 'repeated' | 'resolved' | 'happened'

export interface NewNotice {
  readonly channel: string
  /** Over kind and place; the same for all that is told of one finding. */
  readonly fingerprint: string
  readonly what: NoticeWhat
  /** What makes it another one than before: its severity and classes, in words that are compared. */
  readonly mark: string
  readonly severity: Severity
  /** Notices of one bundle go into one message. */
  readonly bundle: string
  readonly atMs: number
  /** Only what the inventory shows. */
  readonly details: JsonSchema
}

export interface Notice extends NewNotice {
  readonly id: number
}

export type WaitingNotice = Omit<Notice, 'details'>

export interface Told extends Pick<Notice, 'channel' | 'fingerprint' | 'what' | 'mark' | 'bundle' | 'atMs'> {}

/** A message that is new, one that answers an earlier one, or that earlier one told anew. */
export type MessageForm = 'new' | 'update' | 'edit'

export interface NewMessage {
  /** Tells a message that is delivered twice; no other one has it. */
  readonly key: string
  readonly channel: string
  readonly form: MessageForm
  /** The earlier one. */
  readonly of: number | null
  readonly atMs: number
  readonly notices: readonly number[]
}

export interface OutboxMessage extends Omit<NewMessage, 'notices'> {
  readonly id: number
  readonly state: 'waiting' | 'sent' | 'dead'
  readonly tries: number
  readonly notBeforeMs: number
  /** What the channel calls it, once it was sent. */
  readonly reference: string | null
  /** Why it was not delivered at the last try. */
  readonly problem: string | null
}

/** Null for any. */
export interface OutboxFilter {
  readonly channel: string | null
  readonly state: OutboxMessage['state'] | null
}

/** A notice that opened, with the message that it is part of. */
interface Opening {
  readonly notice: Notice
  readonly message: OutboxMessage | null
}

export type Settled =
  | { readonly state: 'sent'; readonly reference: string | null }
  | { readonly state: 'waiting'; readonly tries: number; readonly notBeforeMs: number; readonly problem: string }
  | { readonly state: 'dead'; readonly tries: number; readonly problem: string }

interface OutboxCounts {
  /** Notices that no message was delivered of. */
  readonly waiting: number
  /** Dead letters. */
  readonly dead: number
}
