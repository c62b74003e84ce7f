import { readInventory } from '../../src/inventory/read.ts'
import type { InventoryDocument } from '../../src/inventory/document.ts'
import { InventoryState } from '../../src/inventory/state.ts'
import { toDocument } from '../../src/inventory/to_document.ts'
import { decodeBatch } from '../../src/observation/codec.ts'
import { compileRegistry } from '../../src/registry/compile_registry.ts'
import { openEngine, type EngineOptions, type InputReport } from '../../src/source/native.ts'

/** One line of `exchanges --format ndjson --digests`, as far as tests look at it. */
export interface ExchangeLine {
  readonly n: number
  readonly flow: string | null
  readonly request: (MessageLine & { readonly method: string; readonly host: string | null; readonly path: string; readonly targetSha: string }) | null
  readonly response: (MessageLine & { readonly status: number }) | null
  readonly weirds: readonly string[]
}

interface MessageLine {
  readonly bodyBytes: number
  readonly bodySha: string | null
  readonly complete: boolean
}

/** Everything that the engine gives for inputs. */
export interface Reading<T> {
  readonly result: T
  readonly inputs: readonly InputReport[]
  readonly counters: Readonly<Record<string, number>>
}

/** The exchanges of inputs, with digests; `keys` are files with secrets of TLS. */
export async function exchangesOf(inputs: readonly string[], workers = 1, keys: readonly string[] = []): Promise<Reading<readonly ExchangeLine[]>> {
  const pieces: Uint8Array[] = []
  const reading = await read({ inputs, workers, mode: 'exchanges', digests: true, keys }, (batch) => pieces.push(batch))
  const text = Buffer.concat(pieces).toString('utf8')
  const lines = text.split('\n').filter((line) => line !== '')
  return { ...reading, result: lines.map((line) => JSON.parse(line) as ExchangeLine) }
}

/** The inventory of inputs, without specs. */
export async function inventoryOf(inputs: readonly string[], workers = 1): Promise<Reading<InventoryDocument>> {
  const state = new InventoryState()
  const reading = await read({ inputs, workers, mode: 'observations' }, (batch) => state.fold(decodeBatch(batch)))
  const nothing = { endpoints: new Map(), findings: [] }
  return { ...reading, result: toDocument(readInventory(state, compileRegistry([])), nothing, state.counters(), '0') }
}

async function read(options: EngineOptions, take: (batch: Uint8Array) => void): Promise<Omit<Reading<never>, 'result'>> {
  const engine = openEngine(options)
  for (let batch = await engine.next(); batch !== null; batch = await engine.next()) take(batch)
  return { inputs: engine.report().inputs, counters: engine.counters() }
}
