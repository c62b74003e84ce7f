import type { IncomingMessage } from 'node:http'
import { Readable } from 'node:stream'

export interface LingerLimits {
  /** What is read of a body after its request was answered. */
  readonly lingerBytesMax: number
  /** How long, in all and without a byte. */
  readonly lingerMs: number
  readonly lingerIdleMs: number
}

/**
 * An answer that is sent at once and ends when the body of its request was read to the end and thrown away: many clients send all before they read, and one whose
 * connection is closed meanwhile never sees the answer. Beyond the limits the connection is closed all the same. `discarded` is told how many bytes it was.
 */
export function lingering(answer: Uint8Array, request: IncomingMessage, limits: LingerLimits, discarded: (bytes: number) => void): Readable {
  async function* parts(): AsyncGenerator<Uint8Array> {
    yield answer
    if (!(await discard(request, limits, discarded))) request.socket.destroySoon()
  }
  return Readable.from(parts(), { objectMode: false })
}

/** Whether there may be bytes of its body that nobody has read. */
export function hasUnread({ headers, complete, readableEnded }: IncomingMessage): boolean {
  const { 'content-length': length = '0', 'transfer-encoding': coding } = headers
  if (coding === undefined && Number(length) === 0) return false
  return !complete || !readableEnded
}

/** Resolves to whether it came to the end. */
async function discard(
  request: IncomingMessage,
  { lingerBytesMax, lingerMs, lingerIdleMs }: LingerLimits,
  discarded: (bytes: number) => void,
): Promise<boolean> {
  const { promise, resolve } = Promise.withResolvers<boolean>()
  const timers = [lingerMs, lingerIdleMs].map((ms) => setTimeout(() => resolve(false), ms).unref())
  let bytes = 0
  request.on('data', (chunk: Buffer) => {
    bytes += chunk.length
    timers[1]?.refresh()
    discarded(chunk.length)
    if (bytes > lingerBytesMax) resolve(false)
  })
  request.once('end', () => resolve(true)).once('close', () => resolve(true))
  if (request.readableEnded || request.destroyed) resolve(true)
  request.resume()
  try {
    return await promise
  } finally {
    for (const timer of timers) clearTimeout(timer)
  }
}
