import { setTimeout as sleepFor } from 'node:timers/promises'

/** Resolves after so long, or at once when `signal` aborts. */
export async function sleep(ms: number, signal: AbortSignal): Promise<void> {
  try {
    await sleepFor(ms, undefined, { signal })
  } catch (thrown) {
    if (!signal.aborted) throw thrown
  }
}
