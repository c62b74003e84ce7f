import type { AlertMessage } from './message.ts'
import type { ChannelRules } from './rules.ts'

/** Somewhere that alerts go. */
export interface Channel {
  readonly rules: ChannelRules
  readonly type: string
  /** Whether it can answer and change what it has sent, by the reference it gave. */
  readonly canEdit: boolean
  /** Time between two messages at least. */
  readonly paceMs: number
  /** Tries once, and never rejects while `signal` has not aborted. */
  deliver(message: AlertMessage, signal: AbortSignal): Promise<Outcome>
}

/** What became of a try. Problems name neither addresses nor what was answered beyond a status or a word of a known form: both may hold secrets. */
export type Outcome =
  | { readonly kind: 'sent'; readonly reference: string | null }
  /** To be tried again: not before so long, where the receiver says so. */
  | { readonly kind: 'later'; readonly problem: string; readonly afterMs: number | null }
  /** To be tried again only when somebody has done something. */
  | { readonly kind: 'refused'; readonly problem: string }

/** A channel that is one request of HTTP a message. */
export interface HttpForm {
  readonly canEdit: boolean
  readonly paceMs: number
  render(message: AlertMessage): HttpRequest
  readAnswer(answer: HttpAnswer, message: AlertMessage): Outcome
}

export interface HttpRequest {
  readonly method: 'POST' | 'PUT' | 'GET'
  readonly url: string
  readonly headers: Readonly<Record<string, string>>
  readonly body: string
}

export interface HttpAnswer {
  readonly status: number
  /** Names in lower case. */
  readonly headers: Readonly<Record<string, string | readonly string[] | undefined>>
  /** At most as much as is read of an answer. */
  readonly body: string
}

/** Sends a request; rejects with `TapistryError` (OUTPUT) where there is no answer. */
export type Fetch = (request: HttpRequest, signal: AbortSignal) => Promise<HttpAnswer>
