import { expect, test } from 'vitest'

import { askedOf, endpointFilter, type EndpointFilter } from '../../src/api/endpoint_filter.ts'
import { indexing, indexOf } from '../../src/api/inventory_index.ts'
import { runThrough } from '../../src/base/run_through.ts'
import { allLabels } from '../../src/finding/labels.ts'
import { inventoryLoad } from '../../src/cli/bench/inventory_load.ts'

test('what passes a filter is the same when it is asked again, and after many others', async () => {
  const index = indexOf(inventoryLoad(200))
  const filters: EndpointFilter[] = [{}, { method: 'get' }, { label: 'shadow' }, { source: 'logs', minRisk: 1 }]
  for (let risk = 0; risk < 30; risk += 1) filters.push({ minRisk: risk })
  for (const order of ['service', 'risk'] as const) {
    for (const filter of [...filters, ...filters]) {
      const matches = endpointFilter(filter)
      const inOrder = await index.inOrder(order)
      expect(await index.matching(order, askedOf(filter), matches), JSON.stringify(filter)).toEqual(inOrder.filter(matches))
    }
  }
})

test('what was asked of an inventory is found in the next one before somebody asks', async () => {
  const [before, next] = [inventoryLoad(200), inventoryLoad(200)]
  let looked = 0
  const matches = ({ endpoint }: { endpoint: { method: string } }): boolean => {
    looked += 1
    return endpoint.method === 'GET'
  }
  const idsIn = async (inventory: typeof before): Promise<string[]> => {
    const rows = await indexOf(inventory).matching('risk', 'a', matches)
    return rows.map(({ endpoint }) => endpoint.id)
  }
  const [found, again] = await Promise.all([idsIn(before), idsIn(before)])
  expect([again, looked]).toEqual([found, 200])
  runThrough(indexing(next, before))
  expect(looked).toBe(400)
  expect(await idsIn(next)).toEqual(found)
  expect([found.length > 0, looked]).toEqual([true, 400])
  // What nobody has asked of the last one is not found for another one.
  const [last, other] = [inventoryLoad(200), inventoryLoad(200)]
  runThrough(indexing(last, next))
  runThrough(indexing(other, last))
  expect(looked).toBe(600)
})

test('endpoints that are new since a moment are counted by label', () => {
  const { services } = inventoryLoad(200)
  const rows = services.flatMap(({ endpoints }) => endpoints)
  const index = indexOf({ services })
  const moments = rows.flatMap(({ firstSeen }) => (firstSeen === null ? [] : [Date.parse(firstSeen)]))
  for (const sinceMs of [0, ...moments.slice(0, 20), Math.max(...moments) + 1]) {
    for (const label of allLabels) {
      const expected = rows.filter(({ labels, firstSeen }) => labels.includes(label) && firstSeen !== null && Date.parse(firstSeen) >= sinceMs).length
      expect(index.newSince(label, sinceMs), `${label} ${sinceMs}`).toBe(expected)
    }
  }
})

test.each<[EndpointFilter, EndpointFilter, boolean]>([
  [{ method: 'GET', q: 'a' }, { q: 'a', method: 'GET' }, true],
  [{ q: 'a' }, { q: 'b' }, false],
  [{ q: 'a' }, { owner: 'a' }, false],
  [{}, { q: 'a' }, false],
])('%j and %j are the same question: %j', (one, other, isSame) => {
  expect(askedOf(one) === askedOf(other)).toBe(isSame)
})
