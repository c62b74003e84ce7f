import { onTestFinished } from 'vitest'

import type { Access } from '../../src/api/access.ts'
import type { InventoryView } from '../../src/api/view.ts'
import { inputBoundsDefault } from '../../src/daemon/overdue.ts'
import { startPipeline } from '../../src/daemon/pipeline.ts'
import { startPublisher } from '../../src/daemon/publisher.ts'
import { registeredSpecs } from '../../src/finding/documents.ts'
import type { Known } from '../../src/finding/reader.ts'
import { InventoryState } from '../../src/inventory/state.ts'
import { encodeBatch } from '../../src/observation/codec.ts'
import { memoryRepository } from '../../src/storage/memory.ts'
import type { KeptEvent, Repository } from '../../src/storage/repository.ts'
import { batch, type Row } from '../inventory/build.ts'
import { sampleKnown, sampleRows } from './sample_inventory.ts'
import { served, type Served } from './served.ts'

/** A server over a store in memory, in which people decide. */
export interface Deciding {
  readonly server: Served
  readonly repository: Repository
  /** Traffic that is seen now. */
  see(rows: readonly Row[]): Promise<void>
  /** What was told of a subject. */
  told(subject: string): readonly Pick<KeptEvent, 'kind' | 'what' | 'details'>[]
  ask(method: string, path: string, body?: unknown, headers?: Readonly<Record<string, string>>): Promise<Answer>
}

interface Answer {
  readonly status: number
  readonly etag: string | null
  readonly location: string | null
  readonly body: Readonly<Record<string, unknown>>
}

export async function deciding(
  rows: readonly Row[] = sampleRows,
  more: Partial<InventoryView> = {},
  known: Known = sampleKnown(),
  access: Partial<Access> = {},
): Promise<Deciding> {
  const repository = memoryRepository()
  const pipeline = startPipeline({
    repository,
    emptyState: () => new InventoryState(),
    now: Date.now,
    flushMs: 60_000,
    dayEnds: () => new Uint8Array(),
    captures: { bounds: inputBoundsDefault, lying: () => [] },
    onOverdue: () => undefined,
    onProblem: () => undefined,
    onSettlerProblem: () => undefined,
    onNotices: () => undefined,
  })
  const sink = pipeline.sinkOf('test')
  const see = async (seen: readonly Row[]): Promise<void> => {
    await sink.add({ batches: [encodeBatch(batch(seen))] })
    await pipeline.flush()
  }
  await see(rows)
  const publisher = startPublisher(pipeline, {
    known,
    publishMs: 3_600_000,
    now: Date.now,
    *prepare() {},
    onChange: (changes) =>
      pipeline.note(
        changes.map((change) => ({ atMs: 0, ...change })),
        null,
        [],
      ),
  })
  onTestFinished(async () => {
    publisher.close()
    await pipeline.close()
  })
  const server = await served(
    {
      inventory: () => publisher.inventory(),
      history: (subject, afterId, limit) => repository.eventsOf(subject, afterId, limit),
      decisions: {
        all: () => pipeline.decisions(),
        count: () => pipeline.decisions().length,
        keep(change) {
          pipeline.decide(change)
          publisher.publish()
        },
      },
      specs: () => registeredSpecs(known, pipeline.decisions()),
      ...more,
    },
    {},
    access,
  )
  return {
    server,
    repository,
    async see(seen) {
      await see(seen)
      publisher.publish()
      await pipeline.flush()
    },
    told: (subject) => repository.eventsOf(subject, 0, 100).map(({ kind, what, details }) => ({ kind, what, details })),
    async ask(method, path, body, headers = {}) {
      const response = await fetch(`${server.url}/api/v1${path}`, {
        method,
        headers: { ...(body === undefined ? {} : { 'content-type': 'application/json' }), ...headers },
        ...(body === undefined ? {} : { body: typeof body === 'string' ? body : JSON.stringify(body) }),
      })
      const text = await response.text()
      const { headers: answered, status } = response
      const isJson = /json$|json;/.test(answered.get('content-type') ?? '')
      return { status, etag: answered.get('etag'), location: answered.get('location'), body: isJson ? (JSON.parse(text) as Answer['body']) : { text } }
    },
  }
}
