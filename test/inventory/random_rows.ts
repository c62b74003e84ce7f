import * as fc from 'fast-check'

import type { StateBounds } from '../../src/inventory/state.ts'
import type { Row } from './build.ts'

const word = fc.constantFrom('users', 'orders', 'alice', 'bob', 'me', 'v1', 'items', 'search', 'x1')
const segment = fc.oneof({ weight: 3, arbitrary: word }, fc.constantFrom('{int}', '{uuid}', '{email}', '{int}.json', '{word}'))
const body = fc.oneof(
  fc.constant(undefined),
  fc.dictionary(
    fc.constantFrom('id', 'name', 'email', 'items', 'total'),
    fc.oneof(fc.integer(), fc.string({ maxLength: 5 }), fc.constant(null), fc.array(fc.integer(), { maxLength: 3 })),
  ),
)
const row: fc.Arbitrary<Row> = fc
  .record({
    method: fc.constantFrom('GET', 'POST', 'DELETE', ''),
    kind: fc.constantFrom('rest', 'rest', 'graphql', 'graphql query A', 'graphql query B'),
    path: fc.array(segment, { maxLength: 4 }).map((segments) => `/${segments.join('/')}`),
    status: fc.constantFrom(0, 200, 201, 302, 401, 404, 404, 500),
    count: fc.integer({ min: 1, max: 5 }),
    service: fc.constantFrom('api.example.com', 'shop.example.com', 'scan.example.net'),
    source: fc.constantFrom('packets' as const, 'logs' as const),
    client: fc.constantFrom('a', 'b', 'c', 'd'),
    clientKind: fc.constantFrom('browser', 'service'),
    auth: fc.constantFrom([], ['basic'], ['api-key', 'cookie']),
    atMs: fc.integer({ min: 1_700_000_000_000, max: 1_700_000_100_000 }),
    requestBody: body,
    responseBody: body,
    query: fc.dictionary(fc.constantFrom('page', 'limit', 'q'), fc.string({ maxLength: 3 }), { maxKeys: 3 }),
  })
  .map(({ path, ...rest }) => Object.assign(rest, { path: rest.method === '' ? '' : path }))
/** Rows of three services, in which everything that decides something comes up. */
export const rows: fc.Arbitrary<Row[]> = fc.array(row, { maxLength: 60 })

/** Bounds that so few rows go beyond. */
export const tight: StateBounds = { keysPerPathMax: 3, keysPerServiceMax: 8, keysMax: 14, servicesMax: 2 }
