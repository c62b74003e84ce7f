import { expect, test } from 'vitest'

import { askedOf, endpointFilter, type EndpointFilter } from '../../src/api/endpoint_filter.ts'
import { indexOf } from '../../src/api/inventory_index.ts'
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

test.each<[EndpointFilter, EndpointFilter, boolean]>([
  [{ method: 'GET', q: 'a' }, { q: 'a', method: 'GET' }, true],
  [{ q: 'a' }, { q: 'b' }, false],
  [{ q: 'a' }, { owner: 'a' }, false],
  [{}, { q: 'a' }, false],
])('%j and %j are the same question: %j', (one, other, isSame) => {
  expect(askedOf(one) === askedOf(other)).toBe(isSame)
})
