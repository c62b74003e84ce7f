import type { Severity } from '../inventory/document.ts'
import type { NoticeWhat, Outbox, OutboxFilter, OutboxMessage } from '../storage/outbox.ts'
import type { ChannelStatus } from '../telemetry/channel_status.ts'
import type { Alerting } from './alerting.ts'
import { messageOf, worstOf, type AlertItem } from './message.ts'
import { headline } from './words.ts'

/** Where people see what became of alerts. */
export interface AlertDesk {
  /** How the channels are doing, in the order of the configuration. */
  status(): readonly ChannelStatus[]
  /** Messages, newest first: at most `limit` before `beforeId`; null: from the newest. */
  messages(of: OutboxFilter, beforeId: number | null, limit: number): readonly ListedAlert[]
  /** Lets a dead letter wait again; null where there is no message with this id, and unchanged where it is no dead letter. Throws `TapistryError` where it cannot be kept. */
  retry(id: number): { readonly alert: ListedAlert; readonly isRetried: boolean } | null
}

/** A message: what it is about, as the inventory shows it, never where it goes nor what was answered. */
export interface ListedAlert extends Pick<OutboxMessage, 'id' | 'key' | 'channel' | 'form' | 'state' | 'atMs' | 'tries' | 'notBeforeMs' | 'problem'> {
  readonly title: string
  readonly severity: Severity
  /** The first `itemsMax`; all of them are counted. */
  readonly items: ReadonlyArray<{
    readonly what: NoticeWhat
    readonly kind: string
    readonly severity: Severity
    readonly title: string
    readonly service: string
    readonly endpoint: string | null
    readonly method: string | null
    readonly template: string | null
    readonly operation: string | null
  }>
  readonly itemCount: number
}

export const itemsMax = 20

export function alertDesk(alerting: Pick<Alerting, 'status' | 'wake'>, outbox: Outbox, now: () => number): AlertDesk {
  return {
    status: () => alerting.status(),
    messages: (of, beforeId, limit) => outbox.messages(of, beforeId, limit).map((message) => listed(outbox, message)),
    retry(id) {
      const isRetried = outbox.retry(id, now())
      if (isRetried) alerting.wake()
      const message = outbox.message(id)
      return message === null ? null : { alert: listed(outbox, message), isRetried }
    },
  }
}

function listed(outbox: Outbox, message: OutboxMessage): ListedAlert {
  const { id, key, channel, form, state, atMs, tries, notBeforeMs, problem } = message
  const whole = messageOf(outbox, message)
  const { items } = whole
  return {
    id,
    key,
    channel,
    form,
    state,
    atMs,
    tries,
    notBeforeMs,
    problem,
    title: headline(whole),
    severity: worstOf(whole),
    items: items.slice(0, itemsMax).map(itemOf),
    itemCount: items.length,
  }
}

function itemOf({ what, kind, severity, title, service, endpoint }: AlertItem): ListedAlert['items'][number] {
  const { id = null, method = null, template = null, operation = null } = endpoint ?? {}
  return { what, kind, severity, title, service, endpoint: id, method, template, operation }
}
