import { expect, test } from 'vitest'

import { askedOf, endpointFilter, type EndpointFilter } from '../../src/api/endpoint_filter.ts'
import { indexing, indexOf } from '../../src/api/inventory_index.ts'
import { runThrough } from '../../src/base/run_through.ts'
import { inventoryLoad } from '../../src/cli/bench/inventory_load.ts'

test('what passes a filter is the same when it is asked again, and after many others', () => {
  const index = indexOf(inventoryLoad(200))
  const filters: EndpointFilter[] = [{}, { method: 'get' }, { label: 'shadow' }, { source: 'logs', minRisk: 1 }]
  for (let risk = 0; risk < 30; risk += 1) filters.push({ minRisk: risk })
  for (const order of ['service', 'risk'] as const) {
    for (const filter of [...filters, ...filters]) {
      const matches = endpointFilter(filter)
      expect(index.matching(order, askedOf(filter), matches), JSON.stringify(filter)).toEqual(index.inOrder(order).filter(matches))
    }
  }
})

test('what was asked of an inventory is found in the next one before somebody asks', () => {
  const [before, next] = [inventoryLoad(200), inventoryLoad(200)]
  let looked = 0
  const matches = ({ endpoint }: { endpoint: { method: string } }): boolean => {
    looked += 1
    return endpoint.method === 'GET'
  }
  const idsIn = (inventory: typeof before): string[] =>
    indexOf(inventory)
      .matching('risk', 'a', matches)
      .map(({ endpoint }) => endpoint.id)
  const found = idsIn(before)
  runThrough(indexing(next, before))
  expect(looked).toBe(400)
  expect(idsIn(next)).toEqual(found)
  expect([found.length > 0, looked]).toEqual([true, 400])
  // What nobody has asked of the last one is not found for another one.
  const [last, other] = [inventoryLoad(200), inventoryLoad(200)]
  runThrough(indexing(last, next))
  runThrough(indexing(other, last))
  expect(looked).toBe(600)
})

test.each<[EndpointFilter, EndpointFilter, boolean]>([
  [{ method: 'GET', q: 'a' }, { q: 'a', method: 'GET' }, true],
  [{ q: 'a' }, { q: 'b' }, false],
  [{ q: 'a' }, { owner: 'a' }, false],
  [{}, { q: 'a' }, false],
])('%j and %j are the same question: %j', (one, other, isSame) => {
  expect(askedOf(one) === askedOf(other)).toBe(isSame)
})
