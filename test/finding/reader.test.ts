import * as fc from 'fast-check'
import { expect, it } from 'vitest'

import { runThrough } from '../../src/base/run_through.ts'
import { readOut } from '../../src/finding/read_out.ts'
import { inventoryReader, type Known } from '../../src/finding/reader.ts'
import { endpointPacker } from '../../src/inventory/packed_endpoint.ts'
import { InventoryState, stateBoundsDefault } from '../../src/inventory/state.ts'
import { compileRegistry } from '../../src/registry/compile_registry.ts'
import type { Spec } from '../../src/registry/spec.ts'
import { parseSpec } from '../../src/registry/parse_spec.ts'
import { batch } from '../inventory/build.ts'
import { rows, tight } from '../inventory/random_rows.ts'

const none: Known = { registry: compileRegistry([]), bindings: new Map(), services: [], version: '0' }
const service = { name: 'shop', hosts: ['shop.example.com', 'scan.example.net'], owner: 'sales', direction: null }

const knowns: readonly Known[] = [
  none,
  { ...none, registry: compileRegistry([specOf('https://api.example.com', '/users')]) },
  { ...none, registry: compileRegistry([specOf('https://new.example.com', '/users'), specOf('/', '/orders/{id}')]) },
  { ...none, services: [service] },
  { ...none, services: [{ ...service, owner: 'stock' }] },
  { ...none, services: [service], corrections: [{ kind: 'merge', service: 'api.example.com', place: '/users', words: ['alice', 'bob', 'me'] }] },
]

function specOf(server: string, path: string): Spec {
  const operation = { get: { parameters: [...path.matchAll(/\{(\w+)\}/g)].map(([, name]) => ({ in: 'path', name, required: true })), responses: {} } }
  const document = { openapi: '3.1.0', info: { title: `of ${server}`, version: '1' }, servers: [{ url: server }], paths: { [path]: operation } }
  const { spec } = parseSpec({ text: JSON.stringify(document), origin: 'spec.json' }, () => ({ reason: 'stands alone' }))
  if (spec === null) throw new Error('the document is no OpenAPI')
  return spec
}

/** What happens between two readings. */
const step = fc.record({
  rows: rows.map((all) => all.slice(0, 12)),
  /** Windows end 30 days before the last exchange. */
  days: fc.constantFrom(0, 0, 1, 20, 31),
  dropped: fc.constantFrom(0, 0, 3),
  broken: fc.constantFrom({}, {}, { 'api.example.com': { gapBytes: 100 } }),
  known: fc.nat({ max: knowns.length - 1 }),
  isSameKnown: fc.boolean(),
})

const dayMs = 86_400_000

it.each([
  ['within the bounds', stateBoundsDefault],
  ['beyond the bounds', tight],
])('a reader that goes on reads what one reads that begins, also while more is merged, %s', (_, bounds) => {
  fc.assert(
    fc.property(fc.array(step, { minLength: 2, maxLength: 6 }), (steps) => {
      const reader = inventoryReader(endpointPacker())
      const state = new InventoryState(bounds)
      let [day, known] = [0, none]
      const batches = steps.map(({ rows: own, days, dropped, broken }) => {
        day += days
        const moved = own.map((row) => ({ ...row, atMs: (row.atMs ?? 0) + day * dayMs }))
        return batch(moved, broken, dropped === 0 ? {} : { 'packets.kernelDropped': dropped })
      })
      for (const [at, own] of batches.entries()) {
        if (at % 2 === 0) state.fold(own)
        if (steps[at]?.isSameKnown === false) known = knowns[steps[at].known] ?? none
        const expected = JSON.stringify(readOut(state, known))
        const reading = reader.read(state.reading(), known)
        reading.next()
        const next = batches[at + 1]
        if (at % 2 === 0 && next !== undefined) state.fold(next)
        expect(JSON.stringify(runThrough(reading))).toBe(expected)
      }
    }),
    { numRuns: 60 },
  )
})

const pairs = knowns.flatMap((one, at) => knowns.map((other, then): readonly [number, number, Known, Known] => [at, then, one, other]))

it.each(pairs)('what is registered and said counts at once: %i, then %i', (_at, _then, before, after) => {
  const state = new InventoryState()
  const words = ['alice', 'bob', 'me'].map((word) => ({ path: `/users/${word}`, count: 3 }))
  state.fold(batch([...words, { path: '/orders/{int}', service: 'shop.example.com', hidden: { 1: [1, 2] } }]))
  const reader = inventoryReader(endpointPacker())
  for (const known of [before, after]) expect(JSON.stringify(runThrough(reader.read(state.reading(), known)))).toBe(JSON.stringify(readOut(state, known)))
})

it('what did not change is the same object, and what was given up midway is read whole', () => {
  const state = new InventoryState()
  const reader = inventoryReader(endpointPacker())
  state.fold(batch([{ path: '/a' }, { path: '/b', service: 'shop.example.com' }]))
  const first = runThrough(reader.read(state.reading(), none))
  state.fold(batch([{ path: '/c', service: 'shop.example.com' }]))
  reader.read(state.reading(), none).next()
  const second = runThrough(reader.read(state.reading(), none))
  expect(second.services.map((each, at) => each === first.services[at])).toEqual([true, false])
  expect(JSON.stringify(second)).toBe(JSON.stringify(readOut(state, none)))
})

it('a packed endpoint has all that it had', () => {
  const state = new InventoryState()
  const row = { path: '/users/{int}', hidden: { 1: [7] }, requestBody: { email: 'a@example.com' }, classes: { email: 'email' }, auth: ['basic'] } as const
  state.fold(batch([row, { path: '/users', service: 'shop.example.com', source: 'logs' }]))
  const [own, packed] = [readOut(state, none), runThrough(inventoryReader(endpointPacker()).read(state.reading(), none))]
  for (const [at, { endpoints }] of own.services.entries()) {
    for (const [place, endpoint] of endpoints.entries()) {
      for (const [name, value] of Object.entries(endpoint))
        expect([name, packed.services[at]?.endpoints[place]?.[name as keyof typeof endpoint]]).toEqual([name, value])
    }
  }
})
