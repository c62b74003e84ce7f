import { setTimeout as sleep } from 'node:timers/promises'

/** Looks again and again until `look` gives something that is neither null nor false; what it gave. Throws, with what `why` says, when patience is over. */
export async function until<T>(look: () => T | Promise<T>, why: () => string = () => String(look)): Promise<Exclude<T, null | false>> {
  const deadline = Date.now() + patienceMs
  for (;;) {
    const found = await look()
    if (found !== null && found !== false) return found as Exclude<T, null | false>
    if (Date.now() > deadline) throw new Error(`waited in vain: ${why()}`)
    await sleep(pollMs)
  }
}

/** More where what is waited for runs beside much else, as in the background. */
const patienceMs = Number(process.env['TEST_PATIENCE_MS'] ?? 40_000)
const pollMs = 30
