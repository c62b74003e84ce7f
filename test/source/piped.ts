import { inputBoundsDefault } from '../../src/daemon/overdue.ts'
import { startPipeline, type Pipeline, type PipelineOptions } from '../../src/daemon/pipeline.ts'
import { readInventory } from '../../src/inventory/read.ts'
import { InventoryState } from '../../src/inventory/state.ts'
import { toDocument } from '../../src/inventory/to_document.ts'
import { compileRegistry } from '../../src/registry/compile_registry.ts'
import type { EngineSecrets } from '../../src/source/feed.ts'
import { memoryRepository } from '../../src/storage/memory.ts'
import { packedJson } from '../../src/storage/packed_json.ts'
import type { Repository } from '../../src/storage/repository.ts'

export const engine: EngineSecrets = { hashKey: new Uint8Array(16), literals: [], words: [] }

/** A pipeline over a store, and what is kept in it. */
export interface Piped extends Pipeline {
  /** The inventory as text. */
  text(): string
  exchanges(): number
}

export function piped(repository: Repository = memoryRepository(), flushMs: number = 10, more: Partial<PipelineOptions> = {}): Piped {
  const dayEnds = (): Uint8Array => packedJson(JSON.parse(text()))
  const pipeline: Pipeline = startPipeline({
    repository,
    emptyState: () => new InventoryState(),
    now: Date.now,
    flushMs,
    dayEnds,
    captures: { bounds: inputBoundsDefault, lying: () => [] },
    onOverdue: () => undefined,
    onProblem: () => undefined,
    onSettlerProblem: () => undefined,
    onNotices: () => undefined,
    ...more,
  })
  const nothing = { endpoints: new Map(), findings: [] }
  const text = (): string => JSON.stringify(toDocument(readInventory(pipeline.state(), compileRegistry([])), nothing, pipeline.state().counters(), '0'))
  return {
    ...pipeline,
    text,
    exchanges: () => [...pipeline.state().snapshot().observations].reduce((sum, { count }) => sum + count, 0),
  }
}
