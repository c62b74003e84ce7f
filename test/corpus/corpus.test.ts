import { describe, expect, it } from 'vitest'
import type { InventoryDocument } from '../../src/inventory/document.ts'
import { inventoryOf } from '../traffic/engine.ts'
import { capturesOf, kindsIn, packetsByDigits, sharedCorpus } from './shared_corpus.ts'

const corpus = sharedCorpus()

describe.skipIf(corpus === null)('every recorded capture ends, and its counters add up', () => {
  const folder = corpus ?? ''
  const known = corpus === null ? new Map<string, number>() : packetsByDigits(folder)
  it.each(corpus === null ? [] : kindsIn(folder))(
    '%s',
    async (kind) => {
      const captures = capturesOf(folder, kind)
      expect(captures.length).toBeGreaterThan(0)
      const faults: string[] = []
      for (const { path, name, digits } of captures) {
        const { result, inputs } = await inventoryOf([path], 2)
        const [input] = inputs
        if (input === undefined) faults.push(`${name}: there is no report`)
        const wrong = brokenIdentities(result)
        // What a damaged file holds behind the damage, nobody counts alike.
        const isWhole = input?.problem === null && input.cutAt === null
        const packets = known.get(digits)
        const read = result.visibility.packets['read']
        if (isWhole && packets !== undefined && packets !== read) {
          wrong.push(`${read} packets were read, the index says ${packets}`)
        }
        faults.push(...wrong.map((fault) => `${name}: ${fault}`))
      }
      expect(faults).toEqual([])
    },
    60_000,
  )
})

/** The identities of the contract that do not hold, in words. */
function brokenIdentities({ services, visibility }: InventoryDocument): string[] {
  const { packets, tcp, http, logs } = visibility
  const of = (counts: Readonly<Record<string, number>>, ...names: readonly string[]): number => sum(names.map((name) => counts[name] ?? Number.NaN))
  // A file tells of no packet that a kernel dropped, and those were never read.
  const outcomes = Object.keys(packets).filter((name) => name !== 'read' && name !== 'kernelDropped')
  const identities: ReadonlyArray<readonly [string, number, number]> = [
    ['packets.read', of(packets, 'read'), of(packets, ...outcomes)],
    ['tcp.payloadBytes', of(tcp, 'payloadBytes'), of(tcp, 'deliveredBytes', 'retransmittedBytes', 'shedBytes')],
    ['http.exchanges', of(http, 'exchanges'), of(http, 'inEndpoints', 'quarantined', 'unread')],
    ['logs.lines', of(logs, 'lines'), of(logs, 'exchanges', 'rejected')],
    ...services.map(
      ({ name, exchanges, endpoints, quarantined, unread }) =>
        [`exchanges of ${name}`, exchanges, sum(endpoints.map((endpoint) => endpoint.exchanges)) + quarantined + unread] as const,
    ),
  ]
  return identities.filter(([, whole, parts]) => whole !== parts).map(([what, whole, parts]) => `${what}: ${whole} is not ${parts}`)
}

function sum(numbers: readonly number[]): number {
  return numbers.reduce((total, number) => total + number, 0)
}
