import type { SyslogMessages } from './messages.ts'

/** Between sockets and the engine: one call at a time reads all that came meanwhile, and what was observed goes on a few times a second. */
export interface Receiver {
  /** Takes a datagram. False where there is no room: who sent it cannot be made to wait, so it is lost. */
  datagram(bytes: Uint8Array): boolean
  /** Takes the next bytes of a stream, or its end where there are none; resolves when more of it may be read. Rejects where nothing is read any more. */
  stream(stream: number, bytes: Uint8Array): Promise<void>
  /** Reads what was given, and hands everything on; nothing may be given afterwards. Rejects as `failed` does. */
  close(): Promise<void>
  /** Rejects with the reason where it cannot go on; never resolves. */
  readonly failed: Promise<never>
}

/** Datagrams that wait, and their bytes: they come faster than they are read for a short time only, or the store has no room. */
const datagramsMax = 16_384
const datagramBytesMax = 8 * 2 ** 20
/** How long what was observed stays in the engine, where like exchanges become one. */
const drainMs = 200

export function startReceiver(messages: SyslogMessages, add: (batches: readonly Uint8Array[]) => Promise<void>): Receiver {
  let waiting = newWaiting()
  let isClosing = false
  let isDue = false
  let timer: NodeJS.Timeout | null = null
  let wake: (() => void) | null = null
  let failure: { readonly reason: unknown } | null = null
  const running = run()
  const failed = running.then(() => new Promise<never>(() => undefined))
  // Whoever waits for it hears of it; nobody has to.
  failed.catch(() => undefined)

  async function run(): Promise<void> {
    try {
      for (;;) {
        if (waiting.pieces.length > 0) await receive()
        else if (isClosing) break
        else if (!isDue) await new Promise<void>((resolve) => (wake = resolve))
        if (isDue) await drain()
      }
      await drain()
    } catch (thrown) {
      failure = { reason: thrown }
      for (const { reject } of waiting.readers) reject(thrown)
      throw thrown
    }
  }

  async function receive(): Promise<void> {
    const { pieces, streams, readers } = waiting
    waiting = newWaiting()
    try {
      await messages.receive(pieces, streams)
    } catch (thrown) {
      for (const { reject } of readers) reject(thrown)
      throw thrown
    }
    timer ??= setTimeout(() => {
      isDue = true
      wake?.()
    }, drainMs)
    for (const { resolve } of readers) resolve()
  }

  async function drain(): Promise<void> {
    if (timer !== null) clearTimeout(timer)
    timer = null
    isDue = false
    await add(messages.drain())
  }

  function give(stream: number, bytes: Uint8Array): void {
    waiting.pieces.push(bytes)
    waiting.streams.push(stream)
    wake?.()
  }

  return {
    datagram(bytes) {
      if (failure !== null || waiting.datagrams >= datagramsMax || waiting.datagramBytes + bytes.length > datagramBytesMax) return false
      waiting.datagrams += 1
      waiting.datagramBytes += bytes.length
      give(0, bytes)
      return true
    },
    stream(stream, bytes) {
      if (failure !== null) return Promise.reject(failure.reason)
      return new Promise((resolve, reject) => {
        waiting.readers.push({ resolve, reject })
        give(stream, bytes)
      })
    },
    async close() {
      isClosing = true
      wake?.()
      await running
    },
    failed,
  }
}

/** What came since the last call. */
interface Waiting {
  readonly pieces: Uint8Array[]
  readonly streams: number[]
  readonly readers: Array<{ readonly resolve: () => void; readonly reject: (reason: unknown) => void }>
  datagrams: number
  datagramBytes: number
}

function newWaiting(): Waiting {
  return { pieces: [], streams: [], readers: [], datagrams: 0, datagramBytes: 0 }
}
