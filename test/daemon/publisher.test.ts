import { setImmediate } from 'node:timers/promises'
import { expect, it, onTestFinished } from 'vitest'

import { startPublisher, type Publisher, type PublisherOptions } from '../../src/daemon/publisher.ts'
import type { Change } from '../../src/finding/changes.ts'
import { readOut } from '../../src/finding/read_out.ts'
import type { Known } from '../../src/finding/reader.ts'
import { toldText } from '../../src/finding/told.ts'
import { encodeBatch } from '../../src/observation/codec.ts'
import { unpackedJson } from '../../src/storage/packed_json.ts'
import { compileRegistry } from '../../src/registry/compile_registry.ts'
import { batch, type Row } from '../inventory/build.ts'
import { piped, type Piped } from '../source/piped.ts'

const known: Known = { registry: compileRegistry([]), bindings: new Map(), services: [], version: '0' }

interface Publishing {
  readonly publisher: Publisher
  readonly pipeline: Piped
  readonly told: Change[]
  readonly texts: ReadonlyArray<Uint8Array | null>
  see(rows: readonly Row[]): Promise<void>
  /** Resolves with the next publication. */
  published(): Promise<void>
}

function publishing(prepare: PublisherOptions['prepare'] = function* () {}): Publishing {
  const pipeline = piped()
  const told: Change[] = []
  const texts: Array<Uint8Array | null> = []
  let wake = (): void => undefined
  const publisher = startPublisher(pipeline, {
    known,
    publishMs: 1,
    now: () => 0,
    prepare,
    onChange(changes, _inventory, text) {
      told.push(...changes)
      texts.push(text)
      wake()
    },
  })
  onTestFinished(async () => {
    publisher.close()
    await pipeline.close()
  })
  return {
    publisher,
    pipeline,
    told,
    texts,
    async see(rows) {
      await pipeline.sinkOf('test').add({ batches: [encodeBatch(batch(rows))] })
      await pipeline.flush()
    },
    published: () => new Promise((resolve) => (wake = resolve)),
  }
}

/** So many that they are not read in one piece. */
const many = Array.from({ length: 600 }, (_, at): Row => ({ path: `/api/{int}`, service: `s${at}.example.com`, hidden: { 1: [at] } }))

it('publishes what is kept by itself, in pieces, and each as a whole', async () => {
  const { publisher, pipeline, told, texts, see, published } = publishing()
  await see(many)
  const turns: number[] = []
  const first = published().then(() => turns.push(Infinity))
  for (let turn = 0; turns.at(-1) !== Infinity; turn += 1) {
    expect(publisher.inventory().services).toEqual([])
    turns.push(turn)
    await setImmediate()
  }
  await first
  expect(turns.length).toBeGreaterThan(3)
  expect(JSON.stringify(publisher.inventory())).toBe(JSON.stringify(readOut(pipeline.state(), known)))
  expect(told.filter(({ kind, what }) => kind === 'endpoint' && what === 'appeared')).toHaveLength(600)
  expect(texts.map((text) => text && unpackedJson(text))).toEqual([JSON.parse(toldText(publisher.inventory()))])
})

it('does not lose what is registered while it reads, nor what somebody publishes at once', async () => {
  const { publisher, pipeline, see, published } = publishing()
  await see(many)
  for (let turn = 0; turn < 5; turn += 1) await setImmediate()
  const next = { ...known, services: [{ name: 'all', hosts: ['s1.example.com', 's2.example.com'], owner: 'us', direction: null }] }
  publisher.setKnown(next)
  await see([{ path: '/late', service: 'late.example.com' }])
  for (let at = 0; publisher.inventory().services.every(({ name }) => name !== 'all'); at += 1) {
    expect(at).toBeLessThan(4)
    await published()
  }
  expect(JSON.stringify(publisher.publish())).toBe(JSON.stringify(readOut(pipeline.state(), next)))
})

it('tells what it publishes once, with what is decided while it reads', async () => {
  const { publisher, pipeline, told, see, published } = publishing()
  await see(many)
  for (let turn = 0; turn < 3; turn += 1) await setImmediate()
  const body = { kind: 'suppression', finding: 'inv.shadow-service', service: null, endpoint: null, reason: 'known', untilMs: null } as const
  pipeline.decide({ put: [{ id: 'one', by: 'me', body }], drop: [], events: [] })
  publisher.publishDecisions()
  while (publisher.inventory().services.length === 0) await published()
  expect(publisher.inventory().findings.every(({ state }) => state === 'suppressed')).toBe(true)
  expect(told.filter(({ kind }) => kind === 'finding')).toEqual([])
  expect(told.filter(({ kind, what }) => kind === 'endpoint' && what === 'appeared')).toHaveLength(600)
})

it('shows what was decided at once, without reading what came meanwhile', async () => {
  const { publisher, pipeline, see } = publishing()
  await see([{ path: '/a' }])
  const [finding] = publisher.publish().findings
  await see([{ path: '/b', service: 'b.example.com' }])
  const body = { kind: 'suppression', finding: null, service: finding?.service ?? null, endpoint: null, reason: 'known', untilMs: null } as const
  pipeline.decide({ put: [{ id: 'one', by: 'me', body }], drop: [], events: [] })
  publisher.publishDecisions()
  const { services, findings } = publisher.inventory()
  expect([services.length, findings.map(({ state }) => state)]).toEqual([1, ['suppressed']])
  expect(publisher.publish().services).toHaveLength(2)
})

it('publishes at the end what is read out in time, and else nothing', async () => {
  const { publisher, told, see } = publishing()
  await see([{ path: '/late', service: 'late.example.com' }])
  expect(publisher.publishLast(60_000)).toBe(true)
  expect(told.map(({ what }) => what)).toContain('appeared')
  expect(publisher.publishLast(0)).toBe(true)
  const endless = publishing(function* () {
    for (;;) yield
  })
  await endless.see([{ path: '/late', service: 'late.example.com' }])
  expect(endless.publisher.publishLast(50)).toBe(false)
  expect([endless.told, endless.publisher.inventory().services]).toEqual([[], []])
})
