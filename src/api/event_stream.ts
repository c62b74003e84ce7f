import { Readable } from 'node:stream'
import { setImmediate } from 'node:timers/promises'

import type { EventFeed } from './event_feed.ts'
import type { ChangeEvent } from './view.ts'

export interface EventStreamOptions {
  /** The id of the last event that the client knows. */
  readonly after: number
  readonly matches: (event: ChangeEvent) => boolean
  /** Asked before anything is told; where it rejects the stream ends: who asks may no longer hear it. */
  readonly mayStay: () => Promise<void>
  /** Aborted when the client is gone. */
  readonly gone: AbortSignal
}

/** Events as text of `text/event-stream`, a page at a time when the client has taken the one before, until the feed is closed. */
export function eventStream(feed: EventFeed, { after, matches, gone, mayStay }: EventStreamOptions): Readable {
  async function* chunks(): AsyncGenerator<string> {
    let at = after
    const last = feed.lastId()
    // An id that was never given is of another database.
    if (at > last) yield lost(1, (at = last))
    yield `retry: ${retryMs}\n${positionText(at)}`
    while (!feed.isClosed() && !gone.aborted && (await holds(mayStay))) {
      const page = feed.pageAfter(at)
      let text = ''
      for (const { event, text: own } of page) {
        if (event.id > at + 1) text += lost(at + 1, event.id - 1)
        if (matches(event)) text += own
        at = event.id
      }
      if (page.length === 0 && feed.lastId() > at) text = lost(at + 1, (at = feed.lastId()))
      if (text !== '') yield text
      else if (page.length > 0) await setImmediate()
      else if (await feed.wait(gone)) yield `:\n${positionText(at)}`
    }
  }
  return Readable.from(chunks())
}

async function holds(check: () => Promise<void>): Promise<boolean> {
  return check().then(
    () => true,
    () => false,
  )
}

/** How long a client waits until it connects again. */
const retryMs = 3_000

/** Makes no event, but a client that connects again begins here: a filter may have passed over much. */
function positionText(id: number): string {
  return `id: ${id}\n\n`
}

function lost(from: number, to: number): string {
  return `id: ${to}\nevent: lost\ndata: ${JSON.stringify({ from, to })}\n\n`
}
