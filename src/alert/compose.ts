import { stableId } from '../base/ids.ts'
import type { NewMessage, OutboxMessage, WaitingNotice } from '../storage/outbox.ts'
import { isHeldBack, quietAt } from './quiet.ts'
import type { ChannelRules } from './rules.ts'
import { takenBack } from './taken_back.ts'

export interface ComposeBasis {
  /** Of the channel, by id. */
  readonly waiting: readonly WaitingNotice[]
  /** Whether the channel can answer and change what it has sent. */
  readonly canEdit: boolean
  /** The message that told of the opening of what a notice is about. */
  originOf(notice: WaitingNotice): OutboxMessage | null
  lastComposedMs(bundle: string): number | null
  /** How many messages, edits aside, were made since then. */
  composedSince(sinceMs: number): number
  readonly nowMs: number
}

export interface Composition {
  readonly messages: readonly NewMessage[]
  /** Notices that are part of no message, now or later. */
  readonly takenBack: readonly number[]
  /** When something that waits is due; null where nothing waits. */
  readonly nextAtMs: number | null
  /** Whether a limit of messages held something back. */
  readonly isCapped: boolean
}

/**
 * Which notices go out now, in which messages. What nobody has heard of and is over is not told, however long it waited. A bundle is one message; many bundles at once, or more than there is room for, are one digest. What an
 * earlier message told of is changed or answered there, where the channel can do so.
 */
export function compose(rules: ChannelRules, basis: ComposeBasis): Composition {
  const { nowMs, composedSince } = basis
  const gone = takenBack(rules, basis.waiting)
  const waiting = basis.waiting.filter((notice) => !gone.has(notice))
  const quiet = quietAt(rules.quietHours, nowMs)
  const awake = waiting.filter(({ severity }) => !isHeldBack(severity, quiet))
  const bundles = [...Map.groupBy(awake, ({ bundle }) => bundle)].map(([bundle, notices]) => ({ notices, dueMs: dueMsOf(rules, bundle, notices, basis) }))
  const due = bundles.filter(({ dueMs }) => dueMs <= nowMs).flatMap(({ notices }) => notices)
  const drafts = draftsOf(due, basis)
  const edits = drafts.filter(({ form }) => form === 'edit')
  const loud = drafts.filter(({ form }) => form !== 'edit')
  const inBurst = burstMax - composedSince(nowMs - rules.groupIntervalMs + 1)
  const slots = Math.max(0, Math.min(rules.maxPerHour - composedSince(nowMs - hourMs), inBurst))
  const sent = loud.length === 0 || slots === 0 ? [] : loud.length > slots ? [digestOf(loud)] : loud
  const isCapped = loud.length > 0 && slots === 0
  const later = bundles.map(({ dueMs }) => dueMs).filter((dueMs) => dueMs > nowMs)
  const isHeld = isCapped || awake.length < waiting.length
  const times = isHeld ? [...later, nowMs + lookAgainMs] : later
  return {
    messages: [...edits, ...sent]
      .toSorted((one, other) => (one.notices[0]?.id ?? 0) - (other.notices[0]?.id ?? 0))
      .map((draft) => messageOf(rules.name, draft, nowMs)),
    takenBack: [...gone].map(({ id }) => id),
    nextAtMs: times.length === 0 ? null : Math.min(...times),
    isCapped,
  }
}

/** Messages within a groupInterval: what is beyond comes as a digest, so that many new services, one after another, are no flood. */
const burstMax = 5
const hourMs = 3_600_000
/** How soon the end of quiet hours, or of a full hour, is seen. */
const lookAgainMs = 15_000

function dueMsOf(rules: ChannelRules, bundle: string, [first]: readonly WaitingNotice[], { lastComposedMs }: ComposeBasis): number {
  const last = lastComposedMs(bundle)
  return Math.max((first?.atMs ?? 0) + rules.groupWaitMs, last === null ? 0 : last + rules.groupIntervalMs)
}

interface Draft {
  readonly form: NewMessage['form']
  readonly of: number | null
  readonly notices: readonly WaitingNotice[]
}

function draftsOf(due: readonly WaitingNotice[], { canEdit, originOf }: ComposeBasis): Draft[] {
  const placed = due.map((notice) => {
    const origin = canEdit && notice.what !== 'opened' && notice.what !== 'happened' ? originOf(notice) : null
    const of = origin?.state === 'sent' && origin.reference !== null ? origin.id : null
    const form: Draft['form'] = of === null ? 'new' : notice.what === 'resolved' ? 'edit' : 'update'
    return { form, of, notice }
  })
  return [...Map.groupBy(placed, ({ form, of, notice }) => `${form} ${of ?? notice.bundle}`).values()].map(([first, ...others]): Draft => ({
    form: first?.form ?? 'new',
    of: first?.of ?? null,
    notices: [first, ...others].flatMap((one) => one?.notice ?? []),
  }))
}

function digestOf(drafts: readonly Draft[]): Draft {
  return { form: 'new', of: null, notices: drafts.flatMap(({ notices }) => notices).toSorted((one, other) => one.id - other.id) }
}

/** The key is over what the message tells: a notice is part of one message only. */
function messageOf(channel: string, { form, of, notices }: Draft, nowMs: number): NewMessage {
  const key = stableId('alert_', channel, form, ...notices.map(({ id, fingerprint, atMs }) => `${id} ${fingerprint} ${atMs}`))
  return { key, channel, form, of, atMs: nowMs, notices: notices.map(({ id }) => id) }
}
