import { TapistryError } from '../base/errors.ts'
import type { Change } from '../finding/changes.ts'
import type { InventoryDocument } from '../inventory/document.ts'
import type { NewNotice, Outbox } from '../storage/outbox.ts'
import type { ChannelStatus } from '../telemetry/channel_status.ts'
import type { Channel } from './channel.ts'
import { startDelivery, type Delivery, type DeliveryCounts, type DeliveryOptions } from './delivery.ts'
import { noticesFor, type NoticeBasis, type ToldState } from './notices.ts'
import { eventSubjects, findingSubjects, type ServiceTags } from './subject.ts'

/** From an inventory that changed to messages that were delivered. */
export interface Alerting {
  /** What is to be told of it, to be kept together with the changes. They count as told from now on. */
  noticesOf(inventory: InventoryDocument, changes: readonly Change[]): NewNotice[]
  setTags(tags: ServiceTags): void
  /** Other channels from now on. One with a name that there was goes on where that one is: it knows what was told, and what waits goes to it. */
  setChannels(channels: readonly Channel[]): void
  /** Notices were kept. */
  wake(): void
  status(): readonly ChannelStatus[]
  /** Messages begin to go out. */
  start(): void
  stop(): Promise<void>
}

/** Notices that are kept; beyond it findings wait in the inventory until there is room, and single events are counted as shed. */
const noticesMax = 50_000
/** What is over is removed until so many are left. */
const noticesTrimmed = 40_000
/** To look for what is over takes long where there is nothing. */
const trimEveryMs = 60_000
/** How long messages without notices stay: longer than any limit looks back. */
const messagesKeptMs = 7 * 86_400_000

export function openAlerting(first: readonly Channel[], tags: ServiceTags, options: DeliveryOptions): Alerting {
  const { outbox, now } = options
  /** Also of channels that are there no longer: they may come back. */
  const histories = new Map<string, History>()
  const open = (channels: readonly Channel[]): readonly Teller[] => channels.map((channel) => openTeller(channel, historyOf(channel, histories, outbox)))
  let tellers = open(first)
  let deliveries: ReadonlyMap<string, Delivery> = new Map()
  /** Of deliveries that have ended. */
  const counted = new Map<string, DeliveryCounts>()
  let known = tags
  let trimmedAtMs = -Infinity
  let isRunning = false
  let changing = Promise.resolve()

  /** Channels of one name never deliver at a time: messages keep their order. */
  async function restart(): Promise<void> {
    const before = deliveries
    await Promise.all([...before.values()].map((delivery) => delivery.stop()))
    for (const [name, delivery] of before) counted.set(name, countsOf(name, delivery))
    deliveries = isRunning ? new Map(tellers.map(({ channel }) => [channel.rules.name, startDelivery(channel, options)])) : new Map()
  }

  function countsOf(name: string, delivery: Delivery | undefined): DeliveryCounts {
    const [before, own] = [counted.get(name) ?? noCounts, delivery?.counts() ?? noCounts]
    return { sent: before.sent + own.sent, failed: before.failed + own.failed, capped: before.capped + own.capped }
  }

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
    setChannels(channels) {
      tellers = open(channels)
      changing = changing.then(restart)
    },
    wake: () => deliveries.forEach((delivery) => delivery.wake()),
    status: () =>
      tellers.map(({ channel, shed }) => {
        const { name } = channel.rules
        const { sent, failed, capped } = countsOf(name, deliveries.get(name))
        const { waiting, dead } = outbox.counts(name)
        return { channel: name, type: channel.type, sent, failed, capped, shed: shed(), waiting, dead }
      }),
    start() {
      isRunning = true
      changing = changing.then(restart)
    },
    async stop() {
      isRunning = false
      await (changing = changing.then(restart))
    },
  }
}

const noCounts: DeliveryCounts = { sent: 0, failed: 0, capped: 0 }

/** What one channel was told, in memory as in the outbox. */
interface Teller {
  readonly channel: Channel
  noticesOf(basis: Pick<NoticeBasis, 'findings' | 'events' | 'room' | 'nowMs'>): readonly NewNotice[]
  shed(): number
}

/** What is known of the channel of a name, whatever it is now: what it was told may not be kept yet. */
interface History {
  readonly told: Map<string, ToldState>
  /** Until then all that is new belongs to the digest with which a channel begins; null until its first notice. */
  beginsUntilMs: number | null
  shed: number
}

function historyOf({ rules }: Channel, histories: Map<string, History>, outbox: Outbox): History {
  let history = histories.get(rules.name)
  if (history === undefined) {
    const told = new Map<string, ToldState>()
    for (const { channel: name, fingerprint, what, ...state } of outbox.told())
      if (name === rules.name) told.set(fingerprint, { ...state, isOpen: what !== 'resolved' })
    const begun = outbox.waiting(rules.name).find(({ bundle }) => bundle === beginning)
    const beginsUntilMs = begun === undefined ? (outbox.channels().includes(rules.name) ? -Infinity : null) : begun.atMs + rules.groupWaitMs
    histories.set(rules.name, (history = { told, beginsUntilMs, shed: 0 }))
  }
  return history
}

function openTeller(channel: Channel, history: History): Teller {
  const { rules } = channel
  const { told } = history
  return {
    channel,
    shed: () => history.shed,
    noticesOf(basis) {
      const { nowMs } = basis
      const bundle = history.beginsUntilMs === null || nowMs <= history.beginsUntilMs ? beginning : null
      const { notices, shed: without } = noticesFor(rules, { ...basis, told, bundle })
      if (notices.length > 0) history.beginsUntilMs ??= nowMs + rules.groupWaitMs
      history.shed += without
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
