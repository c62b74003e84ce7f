import { systemReason, TapistryError } from '../base/errors.ts'
import type { Outbox, OutboxMessage } from '../storage/outbox.ts'
import type { Channel, Outcome } from './channel.ts'
import { compose } from './compose.ts'
import { messageOf } from './message.ts'

/** What delivers the messages of one channel, one after another. */
export interface Delivery {
  /** There may be something to do. */
  wake(): void
  counts(): DeliveryCounts
  /** Resolves when it has stopped; what is under way is given up, and told again by the next run. */
  stop(): Promise<void>
}

export interface DeliveryCounts {
  readonly sent: number
  /** Tries that failed. */
  readonly failed: number
  /** Times when a limit of messages held something back. */
  readonly capped: number
}

export interface DeliveryOptions {
  readonly outbox: Outbox
  readonly now: () => number
  /** From 0 to 1. */
  readonly random: () => number
  readonly say: SayOfChannel
}

/** Told when messages of a channel begin to fail, come through again, or are given up. */
export type SayOfChannel = (channel: string, event: 'down' | 'up' | 'dead', problem: string | null) => void

/** Tries of one message before it is a dead letter: about fifteen hours. */
const triesMax = 120
const retryMs = 1_000
const retryMaxMs = 600_000
/** How soon it is seen that another process asked for something, or that the store is well again. */
const lookMs = 2_000

export function startDelivery(channel: Channel, { outbox, now, random, say }: DeliveryOptions): Delivery {
  const { name } = channel.rules
  const stopping = new AbortController()
  // Not every channel hears the signal in the middle of a try.
  const stopped = new Promise<Outcome>((resolve) =>
    stopping.signal.addEventListener('abort', () => resolve({ kind: 'later', problem: 'it was given up', afterMs: null }), { once: true }),
  )
  const counters = { sent: 0, failed: 0, capped: 0 }
  let isDown = false
  let isCapped = false
  /** Before it the channel takes no message. */
  let freeAtMs = 0
  /** Before it nothing that waits is due. */
  let dueAtMs = 0
  /** Somebody has woken it since it last looked. */
  let isWoken = false
  let wakeUp: (() => void) | null = null

  /** One step; how long to wait after it. */
  async function step(): Promise<number> {
    const message = outbox.next(name)
    if (message === null) return now() < dueAtMs ? Math.min(dueAtMs - now(), lookMs) : composeDue()
    const waitMs = Math.max(message.notBeforeMs, freeAtMs) - now()
    if (waitMs > 0) return Math.min(waitMs, lookMs)
    const outcome = await Promise.race([channel.deliver(messageOf(outbox, message), stopping.signal), stopped])
    if (stopping.signal.aborted && outcome.kind !== 'sent') return 0
    freeAtMs = now() + channel.paceMs
    settle(message, outcome)
    return 0
  }

  function composeDue(): number {
    const nowMs = now()
    const composition = compose(channel.rules, {
      waiting: outbox.waiting(name),
      canEdit: channel.canEdit,
      originOf: ({ id, fingerprint }) => outbox.opening(name, fingerprint, id)?.message ?? null,
      lastComposedMs: (bundle) => outbox.lastComposedMs(name, bundle),
      composedSince: (sinceMs) => outbox.composedSince(name, sinceMs),
      nowMs,
    })
    if (composition.isCapped && !isCapped) counters.capped += 1
    isCapped = composition.isCapped
    dueAtMs = composition.messages.length > 0 ? 0 : (composition.nextAtMs ?? Infinity)
    if (composition.messages.length + composition.takenBack.length > 0) outbox.compose(composition.messages, composition.takenBack)
    if (composition.messages.length > 0) return 0
    return Math.min(Math.max(0, dueAtMs - nowMs), lookMs)
  }

  function settle({ id, tries }: OutboxMessage, outcome: Outcome): void {
    if (outcome.kind === 'sent') {
      outbox.settle(id, { state: 'sent', reference: outcome.reference })
      counters.sent += 1
      if (isDown) say(name, 'up', null)
      isDown = false
      return
    }
    counters.failed += 1
    if (outcome.kind === 'refused' || tries + 1 >= triesMax) {
      outbox.settle(id, { state: 'dead', tries: tries + 1, problem: outcome.problem })
      say(name, 'dead', outcome.problem)
      return
    }
    // Who wants it again sooner each time would have used up its tries within a minute.
    const waitMs = Math.max(outcome.afterMs ?? 0, backOffMs(tries, random()))
    outbox.settle(id, { state: 'waiting', tries: tries + 1, notBeforeMs: now() + waitMs, problem: outcome.problem })
    if (!isDown) say(name, 'down', outcome.problem)
    isDown = true
  }

  async function run(): Promise<void> {
    while (!stopping.signal.aborted) {
      let waitMs: number
      isWoken = false
      try {
        waitMs = await step()
      } catch (thrown) {
        // The store: what was sent and cannot be marked is sent again.
        if (!isDown) say(name, 'down', thrown instanceof TapistryError ? thrown.message : `a defect of ours, please report it: ${systemReason(thrown)}`)
        isDown = true
        waitMs = lookMs
      }
      if (waitMs > 0 && !isWoken) await woken(waitMs)
    }
  }

  function woken(waitMs: number): Promise<void> {
    return new Promise((resolve) => {
      const timer = setTimeout(resolve, waitMs)
      wakeUp = () => {
        clearTimeout(timer)
        resolve()
      }
    })
  }

  function wake(): void {
    isWoken = true
    dueAtMs = 0
    wakeUp?.()
  }

  const ended = run()
  return {
    wake,
    counts: () => ({ ...counters }),
    async stop() {
      stopping.abort()
      wake()
      await ended
    },
  }
}

/** Twice as long each time, and between half and all of it, so that many that failed together do not come back together. */
function backOffMs(tries: number, random: number): number {
  return Math.min(retryMs * 2 ** Math.min(tries, 20), retryMaxMs) * (0.5 + random / 2)
}
