import { setTimeout as sleep } from 'node:timers/promises'
import { gzipSync } from 'node:zlib'

import type { Random } from '../traffic/random.ts'
import type { ChaosInput } from './chaos_input.ts'

/** Where a daemon takes bodies, at the moment; it may be gone when it is asked. */
export type Address = () => Promise<string>

/** Clients that send bodies to each of these daemons under an Idempotency-Key, and again until they are answered 200; some break off in the middle. */
export function chaosBodies(daemons: readonly Address[], random: Random): ChaosInput {
  const underWay = new Set<Promise<void>>()
  let sent = 0
  let exchanges = 0
  let failure: unknown = null

  function body(): string {
    const count = 1 + random.below(30)
    exchanges += count
    return Array.from({ length: count }, () => {
      const id = random.below(5_000)
      const reqBody = random.once(3) ? { reqBody: { id, note: `note ${id}`, items: [{ sku: `s${random.below(40)}` }] } } : {}
      const path = random.pick([`/orders/${id}`, '/orders', `/search?q=term${id}`])
      const line = { method: random.pick(['GET', 'POST']), host: 'ingest.example.com', path, status: random.pick([200, 201, 404]), ts: 1_772_442_000_000 + id }
      return `${JSON.stringify({ ...line, ...reqBody })}\n`
    }).join('')
  }

  async function deliver(address: Address, text: string, key: string, breaksOff: boolean): Promise<void> {
    let isBroken = !breaksOff
    for (;;) {
      try {
        const url = `${await address()}/api/v1/ingest/exchanges`
        if (!isBroken) {
          isBroken = true
          void breakOff(url, text, key)
        }
        const packed = text.length % 2 === 0 ? { body: gzipSync(text), coding: { 'content-encoding': 'gzip' } } : { body: text, coding: {} }
        const headers = { 'content-type': 'application/x-ndjson', 'idempotency-key': key, ...packed.coding }
        const answer = await fetch(url, { method: 'POST', body: packed.body, headers })
        const said = await answer.text()
        if (answer.status === 200) return
        if (answer.status !== 429 && answer.status !== 503) throw new Refused(`${answer.status} ${said}`)
      } catch (thrown) {
        if (thrown instanceof Refused) throw thrown
      }
      await sleep(50)
    }
  }

  async function settle(): Promise<void> {
    await Promise.all(underWay)
    if (failure !== null) throw failure
  }

  return {
    source: { type: 'http' },
    async step() {
      if (underWay.size >= bodiesMax) return
      sent += 1
      const [text, key, breaksOff] = [body(), `body-${sent}`, random.once(5)]
      const delivery = Promise.all(daemons.map((address) => deliver(address, text, key, breaksOff)))
        .catch((thrown: unknown) => {
          failure = thrown
        })
        .then(() => void underWay.delete(delivery))
      underWay.add(delivery)
      if (failure !== null) throw failure
    },
    finish: settle,
    exchanges: () => exchanges,
  }
}

const bodiesMax = 12

/** What a daemon answered that no retry mends. */
class Refused extends Error {}

/** Sends half of a body and goes away. */
async function breakOff(url: string, text: string, key: string): Promise<void> {
  const gone = new AbortController()
  const half = new ReadableStream({ start: (controller) => controller.enqueue(Buffer.from(text.slice(0, text.length / 2))) })
  const headers = { 'content-type': 'application/x-ndjson', 'idempotency-key': key }
  setTimeout(() => gone.abort(), 30)
  await fetch(url, { method: 'POST', body: half, headers, signal: gone.signal, duplex: 'half' }).catch(() => undefined)
}
