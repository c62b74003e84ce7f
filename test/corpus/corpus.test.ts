import { describe, expect, it } from 'vitest'
import type { InventoryDocument } from '../../src/inventory/document.ts'
import { inventoryOf } from '../traffic/engine.ts'
import { capturesOf, kindsIn, packetsByDigits, sharedCorpus } from './shared_corpus.ts'

const corpus = sharedCorpus()

describe.skipIf(corpus === null)('every recorded capture ends, and its counters add up', () => {
  const folder = corpus ?? ''
  const known = corpus === null ? new Map<string, number>() : packetsByDigits(folder)
  it.each(corpus === null ? [] : kindsIn(folder))('%s', async (kind) => {
    const captures = capturesOf(folder, kind)
    expect(captures.length).toBeGreaterThan(0)
    for (const { path, name, digits } of captures) {
      const { result, inputs } = await inventoryOf([path], 2)
      const [input] = inputs
      expect(input, name).toBeDefined()
      const wrong = brokenIdentities(result)
      // What a damaged file holds behind the damage, nobody counts alike.
      const isWhole = input?.problem === null && input.cutAt === null
      const packets = known.get(digits)
      if (isWhole && packets !== undefined && packets !== result.visibility.packets.read) {
        wrong.push(`${result.visibility.packets.read} packets were read, the index says ${packets}`)
      }
      expect(wrong, `${kind}/${name}`).toEqual([])
    }
  }, 60_000)
})

/** The identities that always hold, those that do not, in words. */
function brokenIdentities({ services, visibility: { packets, tcp, http, logs } }: InventoryDocument): string[] {
  const { read, kernelDropped, ...outcomes } = packets
  const sums: ReadonlyArray<readonly [string, number, number]> = [
    ['packets.read is the sum of its outcomes', read, sum(Object.values(outcomes))],
    ['packets of a file were dropped by no kernel that we know of', kernelDropped, 0],
    ['tcp.payloadBytes', tcp.payloadBytes, tcp.deliveredBytes + tcp.retransmittedBytes + tcp.shedBytes],
    ['http.exchanges', http.exchanges, http.inEndpoints + http.quarantined + http.unread],
    ['exchanges of the services', http.exchanges, sum(services.map(({ exchanges }) => exchanges))],
    ['logs.lines', logs.lines, logs.exchanges + logs.rejected],
    ...services.map(
      ({ name, exchanges, endpoints, quarantined, unread }) =>
        [`exchanges of ${name}`, exchanges, sum(endpoints.map((endpoint) => endpoint.exchanges)) + quarantined + unread] as const,
    ),
  ]
  return sums.filter(([, whole, parts]) => whole !== parts).map(([what, whole, parts]) => `${what}: ${whole} is not ${parts}`)
}

function sum(numbers: readonly number[]): number {
  return numbers.reduce((total, number) => total + number, 0)
}
