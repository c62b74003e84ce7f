import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { compileRegistry } from '../../src/registry/compile_registry.ts'
import type { InventoryDocument } from '../../src/inventory/document.ts'
import { readInventory } from '../../src/inventory/read.ts'
import { InventoryState, stateBoundsDefault } from '../../src/inventory/state.ts'
import type { StateBounds } from '../../src/inventory/state.ts'
import { toDocument } from '../../src/inventory/to_document.ts'
import type { Batch } from '../../src/observation/observation.ts'
import { batch } from './build.ts'
import type { Row } from './build.ts'
import { rows, tight } from './random_rows.ts'

const noAssessment = { endpoints: new Map(), findings: [] }

function documentOf(batches: readonly Batch[], bounds: StateBounds = stateBoundsDefault): InventoryDocument {
  const state = new InventoryState(bounds)
  for (const own of batches) state.fold(own)
  return toDocument(readInventory(state, compileRegistry([])), noAssessment, state.counters(), '0')
}

describe('laws of the inventory', () => {
  it.each([
    ['within the bounds', stateBoundsDefault],
    ['beyond the bounds', tight],
  ])('any order and grouping gives the same bytes, %s', (_, bounds) => {
    fc.assert(
      fc.property(rows, fc.integer(), fc.array(fc.integer({ min: 1, max: 9 })), (all, seed, cuts) => {
        const shuffled = all
          .map((own, i) => ({ own, rank: Math.imul(i + 1, seed | 1) >>> 0 }))
          .toSorted((a, b) => a.rank - b.rank)
          .map(({ own }) => own)
        const batches: Batch[] = []
        let from = 0
        for (const cut of cuts) batches.push(batch(shuffled.slice(from, (from += cut))))
        batches.push(batch(shuffled.slice(from)))
        expect(JSON.stringify(documentOf(batches, bounds))).toBe(JSON.stringify(documentOf([batch(all)], bounds)))
      }),
      { numRuns: 150 },
    )
  })

  it.each([
    ['within the bounds', stateBoundsDefault],
    ['beyond the bounds', tight],
  ])('the identities hold, %s', (_, bounds) => {
    fc.assert(
      fc.property(rows, (all) => {
        const { services, visibility } = documentOf([batch(all)], bounds)
        for (const { endpoints, exchanges, quarantined, unread } of services) {
          expect(endpoints.reduce((sum, endpoint) => sum + endpoint.exchanges, 0) + quarantined + unread).toBe(exchanges)
        }
        const { http } = visibility
        expect(http['exchanges']).toBe((http['inEndpoints'] ?? 0) + (http['quarantined'] ?? 0) + (http['unread'] ?? 0))
        expect(http['exchanges']).toBe(services.reduce((sum, { exchanges }) => sum + exchanges, 0) + (http['quarantinedHostExchanges'] ?? 0))
      }),
      { numRuns: 150 },
    )
  })

  it('of one source kind, no exchange is lost or invented', () => {
    fc.assert(
      fc.property(rows, (all) => {
        const packets = all.map((own) => ({ ...own, source: 'packets' as const }))
        const total = packets.reduce((sum, { count }) => sum + (count ?? 1), 0)
        for (const bounds of [stateBoundsDefault, tight]) expect(documentOf([batch(packets)], bounds).visibility.http['exchanges']).toBe(total)
      }),
      { numRuns: 150 },
    )
  })

  it('a stored state read back gives the same inventory', () => {
    fc.assert(
      fc.property(rows, (all) => {
        for (const bounds of [stateBoundsDefault, tight]) {
          const state = new InventoryState(bounds)
          state.fold(batch(all))
          expect(JSON.stringify(documentOf([state.snapshot()], bounds))).toBe(JSON.stringify(documentOf([batch(all)], bounds)))
        }
      }),
      { numRuns: 50 },
    )
  })

  it('any order gives the same bytes where there are more literals than stay apart', () => {
    const many = Array.from({ length: 400 }, (_, i): Row => ({ path: `/shop${i % 7}/qx${i}z/zq${(i * 7) % 300}y`, count: 1 + (i % 3) }))
    const forward = documentOf([batch(many)])
    const backward = documentOf(many.toReversed().map((own) => batch([own])))
    expect(JSON.stringify(backward)).toBe(JSON.stringify(forward))
    expect(forward.visibility.limits.lawHolds).toBe(true)
  })

  it('any order gives the same bytes where a path has more operations than stay apart', () => {
    const many = Array.from({ length: 600 }, (_, i): Row => ({
      method: 'POST',
      path: '/graphql',
      kind: `graphql query Get${(i * 7) % 500}`,
      count: 1 + (i % 3),
    }))
    const forward = documentOf([batch(many)])
    const backward = documentOf(many.toReversed().map((own) => batch([own])))
    expect(JSON.stringify(backward)).toBe(JSON.stringify(forward))
    const endpoints = forward.services.flatMap((service) => service.endpoints)
    expect(endpoints.filter(({ operationId }) => operationId !== null)).toHaveLength(256)
    expect(endpoints.filter(({ operationId, kind }) => operationId === null && kind === 'graphql')).toHaveLength(1)
    expect(forward.visibility.http['inEndpoints']).toBe(1200)
  })

  it('of one path so many keys stay as may, and the others are counted', () => {
    const state = new InventoryState(tight)
    state.fold(batch([200, 201, 301, 401, 404, 500].map((status) => ({ path: '/users', status }))))
    expect([...state.services().values()].flat().map(({ key }) => key.status)).toEqual([200, 201, 301])
    expect(state.folded().get('api.example.com')?.exchanges).toEqual({ packets: 3, logs: 0 })
  })

  it('of so many services as may those stay whose keys come first, in any order, and the others are counted', () => {
    const bounds = { ...stateBoundsDefault, servicesMax: 20 }
    const hosts = (status: number, name: string): Row[] =>
      Array.from({ length: 60 }, (_, i) => ({ service: `${name}${i}.example.com`, path: `/a${i}`, status }))
    const real = ['/users', '/orders', '/carts'].map((path): Row => ({ path, service: 'api.example.com', status: 200 }))
    const all = [...hosts(404, 'scan'), ...real, ...hosts(401, 'asks')]
    const forward = documentOf([batch(all)], bounds)
    const pieces = Array.from({ length: all.length }, (_, i) => batch(all.slice((i * 7) % all.length).slice(0, 1)))
    expect(JSON.stringify(documentOf(pieces, bounds))).toBe(JSON.stringify(forward))
    expect(forward.services).toHaveLength(20)
    expect(forward.services.find(({ name }) => name === 'api.example.com')?.endpoints).toHaveLength(3)
    expect(forward.services.filter(({ name }) => name.startsWith('scan'))).toEqual([])
    expect(forward.visibility.http).toMatchObject({ exchanges: 123, quarantinedHosts: 20, quarantinedHostExchanges: 101 })
  })

  it('each endpoint has an id of its own', () => {
    fc.assert(
      fc.property(rows, (all) => {
        const ids = documentOf([batch(all)]).services.flatMap(({ endpoints }) => endpoints.map(({ id }) => id))
        expect(new Set(ids).size).toBe(ids.length)
      }),
      { numRuns: 50 },
    )
  })
})
