import { join } from 'node:path'

import { decodeBatch } from '../../observation/codec.ts'
import { unpacked } from '../../observation/packed.ts'
import { InventoryState } from '../../inventory/state.ts'
import { compileRegistry } from '../../registry/compile_registry.ts'
import { readInventory } from '../../inventory/read.ts'
import { openEngine } from '../../source/native.ts'
import type { BenchLine, BenchOptions } from './benches.ts'
import { writeCaptureLoad } from './capture_load.ts'
import { inLoadFolder } from './load_folder.ts'
import { mixedExchange } from './traffic.ts'

/** What TypeScript does with the batches of a capture: decoding, folding into the state, reading the inventory out of it. */
export async function* run(options: BenchOptions): AsyncIterable<BenchLine> {
  yield* inLoadFolder(async function* (folder) {
    const input = join(folder, 'load.pcap')
    writeCaptureLoad(input, options.loadBytes, options.smoke ? 16 : 512, mixedExchange)
    const batches: Uint8Array[] = []
    const engine = openEngine({ inputs: [input], mode: 'observations' })
    for (let batch = await engine.next(); batch !== null; batch = await engine.next()) batches.push(batch)
    const batchBytes = batches.reduce((sum, { length }) => sum + length, 0)

    const rounds = options.smoke ? 1 : 20
    let startedMs = performance.now()
    let observations = 0
    for (let round = 0; round < rounds; round += 1) for (const batch of batches) observations += decodeBatch(batch).observations.map(unpacked).length
    const decodeMs = performance.now() - startedMs
    yield {
      case: 'decoding',
      batches: batches.length,
      batchBytes,
      observations: observations / rounds,
      observationsPerSecond: perSecond(observations, decodeMs),
      bytesPerSecond: perSecond(batchBytes * rounds, decodeMs),
    }

    const decoded = batches.map((batch) => decodeBatch(batch))
    startedMs = performance.now()
    let state = new InventoryState()
    for (let round = 0; round < rounds; round += 1) {
      state = new InventoryState()
      for (const batch of decoded) state.fold(batch)
    }
    yield { case: 'folding', observations: observations / rounds, observationsPerSecond: perSecond(observations, performance.now() - startedMs) }

    startedMs = performance.now()
    const inventory = readInventory(state, compileRegistry([]))
    const endpoints = inventory.services.reduce((sum, service) => sum + service.endpoints.length, 0)
    yield { case: 'reading the inventory', endpoints, milliseconds: Math.round((performance.now() - startedMs) * 10) / 10 }
  })
}

function perSecond(count: number, milliseconds: number): number {
  return Math.round((count / milliseconds) * 1000)
}
