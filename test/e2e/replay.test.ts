import { copyFileSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'

import { writeCaptureLoad } from '../../src/cli/bench/capture_load.ts'
import { buildReplayer } from '../../src/cli/bench/replayer.ts'
import { mixedExchange } from '../../src/cli/bench/traffic.ts'
import { openWire, type Wire } from '../../src/cli/bench/wire.ts'
import type { InventoryDocument } from '../../src/inventory/document.ts'
import type { SourceStatus } from '../../src/source/source.ts'
import { run } from '../cli/run.ts'
import { packetsOf } from './capture_packets.ts'
import { killDaemons, launchDaemon } from './daemon.ts'
import { disturbed, type Disturbance } from './disturbed.ts'
import { brokenIdentities } from './identities.ts'
import { until } from './until.ts'

const folder = mkdtempSync(join(tmpdir(), 'tapistry-replay-'))
const wire = opened()

afterAll(() => {
  killDaemons()
  wire?.close()
  rmSync(folder, { recursive: true, force: true })
})

interface Case {
  readonly name: string
  readonly what: Disturbance
  readonly workers: number
  /** Counters of TCP and what they are at least, so that a case is about what it is named for. */
  readonly shows: Readonly<Record<string, number>>
}

const cases: readonly Case[] = [
  { name: 'nothing amiss', what: { lost: 0, late: 0, doubled: 0 }, workers: 1, shows: { deliveredBytes: 4_000_000 } },
  { name: 'loss', what: { lost: 60, late: 0, doubled: 0 }, workers: 1, shows: { gapBytes: 50_000 } },
  { name: 'reordering', what: { lost: 0, late: 15, doubled: 0 }, workers: 1, shows: { outOfOrderSegments: 300 } },
  { name: 'copies', what: { lost: 0, late: 0, doubled: 20 }, workers: 1, shows: { retransmittedBytes: 100_000 } },
  {
    name: 'all of it, with two workers',
    what: { lost: 50, late: 10, doubled: 30 },
    workers: 2,
    shows: { gapBytes: 50_000, outOfOrderSegments: 300, retransmittedBytes: 100_000 },
  },
]

describe.skipIf(wire === null)('frames replayed onto a wire', () => {
  let replayer = ''
  beforeAll(() => {
    replayer = buildReplayer()
    writeCaptureLoad(join(folder, 'whole.pcap'), 3_000_000, 40, mixedExchange)
  })

  it.each(cases)('show what a scan of the very frames shows: $name', async ({ what, workers, shows, name }) => {
    const of = join(folder, name.replaceAll(/\W+/g, '-'))
    mkdirSync(of)
    const [capture, scanned, captured] = [join(of, 'sent.pcap'), join(of, 'scanned'), join(of, 'captured')]
    const frames = disturbed(readFileSync(join(folder, 'whole.pcap')), what, 7)
    writeFileSync(capture, frames)
    // How far copies lie apart is another thing on a wire than in the file, so they are left to TCP.
    expect((await run(['scan', capture, '--keep-duplicates', '--data-dir', scanned, '--quiet', '-o', '/dev/null'])).exitCode).toBe(0)
    // Distinct values are counted by hashes, whose key must be the same for the same counts.
    mkdirSync(captured, { mode: 0o700 })
    copyFileSync(join(scanned, 'secret.key'), join(captured, 'secret.key'))

    const monitor = wire?.monitor ?? ''
    const configuration = join(of, 'tapistry.yaml')
    writeFileSync(
      configuration,
      JSON.stringify({ dataDir: captured, listen: '127.0.0.1:0', sources: [{ type: 'interface', name: monitor, workers, keepDuplicates: true }] }),
    )
    const daemon = launchDaemon(['--config', configuration])
    const source = async (): Promise<SourceStatus | undefined> => (await daemon.json<{ items: readonly SourceStatus[] }>('/api/v1/sources')).items[0]
    await until(async () => (await source())?.detail?.includes('is up') === true)
    const sent = await wire?.replay(replayer, capture, megabits)
    expect(sent?.packets).toBe(packetsOf(frames).length)
    await until(async () => ((await source())?.counts['packets'] ?? 0) >= (sent?.packets ?? 0))
    expect((await source())?.counts).toMatchObject({ packets: sent?.packets, kernelReceived: sent?.packets, kernelDropped: 0 })
    daemon.signal('SIGTERM')
    expect(await daemon.ended, daemon.said()).toBe(0)

    const [expected, seen] = [await keptIn(scanned), await keptIn(captured)]
    expect(brokenIdentities(seen)).toEqual([])
    expect(seen.services.length).toBeGreaterThan(4)
    for (const [counter, least] of Object.entries(shows)) expect(tcpOf(seen)[counter], counter).toBeGreaterThan(least)
    expect(timeless(seen)).toEqual(timeless(expected))
  })
})

/** Far below what can be captured: nothing but what was taken away may be missing. */
const megabits = 60

/** None where the system has no namespaces for us; it says why. */
function opened(): Wire | null {
  try {
    return openWire()
  } catch (error) {
    console.log(`skipped: a wire of our own needs root and network namespaces: ${String(error).split('\n').join(' ')}`)
    return null
  }
}

async function keptIn(dataDir: string): Promise<InventoryDocument> {
  return JSON.parse((await run(['export', 'inventory', '--unpublished', '--data-dir', dataDir])).out) as InventoryDocument
}

function tcpOf({ visibility }: InventoryDocument): Readonly<Record<string, number>> {
  return (visibility as unknown as Readonly<Record<'tcp', Readonly<Record<string, number>>>>).tcp
}

/** All but when it was, and what is counted of interfaces alone. */
function timeless(inventory: InventoryDocument): unknown {
  const leftOut = new Set(['window', 'latencyMs', 'firstSeen', 'lastSeen', 'kernel', 'tunnelsHurried'])
  return JSON.parse(JSON.stringify(inventory, (key, value: unknown) => (leftOut.has(key) ? undefined : value)))
}
