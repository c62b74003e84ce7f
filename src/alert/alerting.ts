import { TapistryError } from '../base/errors.ts'
import type { Change } from '../finding/changes.ts'
import type { InventoryDocument } from '../inventory/document.ts'
import type { NewNotice, Outbox } from '../storage/outbox.ts'
import type { Channel } from './channel.ts'
import { startDelivery, type Delivery, type DeliveryOptions } from './delivery.ts'
import { noticesFor, type NoticeBasis, type ToldState } from './notices.ts'
import { eventSubjects, findingSubjects, type ServiceTags } from './subject.ts'

/** From an inventory that changed to messages that were delivered. */
export interface Alerting {
  /** What is to be told of it, to be kept together with the changes. They count as told from now on. */
  noticesOf(inventory: InventoryDocument, changes: readonly Change[]): NewNotice[]
  setTags(tags: ServiceTags): void
  /** Notices were kept. */
  wake(): void
  status(): readonly ChannelStatus[]
  /** Messages begin to go out. */
  start(): void
  stop(): Promise<void>
}

export interface ChannelStatus {
  readonly channel: string
  readonly type: string
  /** Messages that were delivered, and tries that failed, since the start. */
  readonly sent: number
  readonly failed: number
  /** Times when a limit of messages held something back. */
  readonly capped: number
  /** Single events that found no room. */
  readonly shed: number
  /** Findings and events that no message was delivered of yet. */
  readonly waiting: number
  /** Dead letters. */
  readonly dead: number
}

/** Notices that are kept; beyond it findings wait in the inventory until there is room, and single events are counted as shed. */
const noticesMax = 50_000
/** What is over is removed until so many are left. */
const noticesTrimmed = 40_000
/** To look for what is over takes long where there is nothing. */
const trimEveryMs = 60_000
/** How long messages without notices stay: longer than any limit looks back. */
const messagesKeptMs = 7 * 86_400_000

export function openAlerting(channels: readonly Channel[], tags: ServiceTags, options: DeliveryOptions): Alerting {
  const { outbox, now } = options
  const tellers = channels.map((channel) => openTeller(channel, outbox))
  let deliveries: readonly Delivery[] = []
  let known = tags
  let trimmedAtMs = -Infinity
  return {
    noticesOf(inventory, changes) {
      if (tellers.length === 0) return []
      const [findings, events] = [findingSubjects(inventory, known), eventSubjects(changes, inventory, known)]
      const nowMs = now()
      if (outbox.size() > noticesTrimmed && nowMs - trimmedAtMs > trimEveryMs) {
        trimmedAtMs = nowMs
        try {
          outbox.trim(noticesTrimmed, nowMs - messagesKeptMs)
        } catch (thrown) {
          // While nothing can be kept, nothing can be removed either: the pipeline says so, and it is tried again.
          if (!(thrown instanceof TapistryError)) throw thrown
        }
      }
      let room = noticesMax - outbox.size()
      return tellers.flatMap((teller) => {
        const notices = teller.noticesOf({ findings, events, room, nowMs })
        room -= notices.length
        return notices
      })
    },
    setTags(next) {
      known = next
    },
    wake: () => deliveries.forEach((delivery) => delivery.wake()),
    status: () =>
      tellers.map(({ channel, shed }, index) => {
        const { name } = channel.rules
        const counts = deliveries[index]?.counts() ?? { sent: 0, failed: 0, capped: 0 }
        return Object.assign({ channel: name, type: channel.type, shed: shed() }, counts, outbox.counts(name))
      }),
    start() {
      deliveries = channels.map((channel) => startDelivery(channel, options))
    },
    async stop() {
      await Promise.all(deliveries.map((delivery) => delivery.stop()))
    },
  }
}

/** What one channel was told, in memory as in the outbox. */
interface Teller {
  readonly channel: Channel
  noticesOf(basis: Pick<NoticeBasis, 'findings' | 'events' | 'room' | 'nowMs'>): readonly NewNotice[]
  shed(): number
}

function openTeller(channel: Channel, outbox: Outbox): Teller {
  const { rules } = channel
  const told = new Map<string, ToldState>()
  for (const { channel: name, fingerprint, what, ...state } of outbox.told())
    if (name === rules.name) told.set(fingerprint, { ...state, isOpen: what !== 'resolved' })
  const begun = outbox.waiting(rules.name).find(({ bundle }) => bundle === beginning)
  // Until then all that is new belongs to the digest with which a channel begins; null until its first notice.
  let beginsUntilMs = begun === undefined ? (outbox.channels().includes(rules.name) ? -Infinity : null) : begun.atMs + rules.groupWaitMs
  let shed = 0
  return {
    channel,
    shed: () => shed,
    noticesOf(basis) {
      const { nowMs } = basis
      const bundle = beginsUntilMs === null || nowMs <= beginsUntilMs ? beginning : null
      const { notices, shed: without } = noticesFor(rules, { ...basis, told, bundle })
      if (notices.length > 0) beginsUntilMs ??= nowMs + rules.groupWaitMs
      shed += without
      for (const { fingerprint, what, mark, bundle: own, atMs } of notices) {
        if (what === 'resolved') told.delete(fingerprint)
        else if (what !== 'happened') told.set(fingerprint, { isOpen: true, mark, bundle: own, atMs })
      }
      return notices
    },
  }
}

/** The bundle with which a channel begins. */
const beginning = 'beginning'
