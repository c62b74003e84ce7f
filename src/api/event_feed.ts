import { rfc3339 } from '../base/clock.ts'
import type { ChangeEvent, InventoryView } from './view.ts'

/** Where streams of events read from. Nothing is queued for anybody: each reads on in the table, and most are at the same place of it. */
export interface EventFeed {
  /** The events behind an id, oldest first, a page of them. */
  pageAfter(id: number): readonly ToldEvent[]
  lastId(): number
  /** Resolves when there are new events, when it is time for a sign of life (true), or when the stream is over. */
  wait(signal: AbortSignal): Promise<boolean>
  isClosed(): boolean
  /** Ends all streams. */
  close(): void
}

/** An event, and how it is written. */
interface ToldEvent {
  readonly event: ChangeEvent
  readonly text: string
}

export function eventFeed(view: Pick<InventoryView, 'events' | 'lastEventId' | 'onEvents'>, heartbeatMs: number): EventFeed {
  const waiting = new Set<() => void>()
  let isClosed = false
  let page: { readonly after: number; readonly last: number; readonly events: readonly ToldEvent[] } = { after: -1, last: -1, events: [] }
  const wakeAll = (): void => {
    for (const wake of waiting) wake()
  }
  const unsubscribe = view.onEvents(wakeAll)
  return {
    pageAfter(after) {
      const last = view.lastEventId()
      if (page.after !== after || page.last !== last) {
        page = { after, last, events: view.events(after, pageEventsMax).map((event) => ({ event, text: eventText(event) })) }
      }
      return page.events
    },
    lastId: () => view.lastEventId(),
    wait: (signal) =>
      new Promise((resolve) => {
        const end = (isTime: boolean): void => {
          clearTimeout(timer)
          waiting.delete(wake)
          signal.removeEventListener('abort', wake)
          resolve(isTime)
        }
        const wake = (): void => end(false)
        const timer = setTimeout(end, heartbeatMs, true)
        timer.unref()
        if (signal.aborted || isClosed) return wake()
        waiting.add(wake)
        signal.addEventListener('abort', wake)
      }),
    isClosed: () => isClosed,
    close() {
      isClosed = true
      unsubscribe()
      wakeAll()
    },
  }
}

const pageEventsMax = 100

/** An event as the stream has it. */
export function eventText({ id, atMs, kind, subject, what, details }: ChangeEvent): string {
  return `id: ${id}\nevent: ${kind}\ndata: ${JSON.stringify({ id, at: rfc3339(atMs), kind, subject, what, details })}\n\n`
}
