import { describe, expect, it } from 'vitest'
import { assess } from '../../src/finding/assess.ts'
import { literalsOf, matcherOf } from '../../src/inventory/match.ts'
import { readInventory } from '../../src/inventory/read.ts'
import { InventoryState } from '../../src/inventory/state.ts'
import { toDocument } from '../../src/inventory/to_document.ts'
import { compileRegistry } from '../../src/registry/compile_registry.ts'
import { batch } from './build.ts'
import type { Row } from './build.ts'

const rows: readonly Row[] = [
  { path: '/users/{int}', hidden: { '1': [1] } },
  { path: '/users/{int}', method: 'DELETE', hidden: { '1': [1] } },
  { path: '/users/me' },
  { path: '/users/{int}.json', hidden: { '1': [1] } },
  { path: '/users/{int}/cards', hidden: { '1': [1] } },
  { path: '/jobs/{int}:cancel', method: 'POST', hidden: { '1': [1] } },
  { path: '/', service: 'web.example' },
]

/** Host, method and path shape of a request, and the template it belongs to. */
const cases: readonly (readonly [string | null, string, string, string | null])[] = [
  ['api.example.com', 'GET', '/users/{int}', '/users/{userId}'],
  ['API.example.com:443', 'GET', '/users/{int}', '/users/{userId}'],
  ['api.example.com', 'GET', '/users/me', '/users/me'],
  ['api.example.com', 'GET', '/users/someone', '/users/{userId}'],
  ['api.example.com', 'DELETE', '/users/me', '/users/{userId}'],
  ['api.example.com', 'GET', '/users/me/cards', '/users/{userId}/cards'],
  ['api.example.com', 'GET', '/users/{int}.json', '/users/{userId}.json'],
  ['api.example.com', 'POST', '/jobs/{int}:cancel', '/jobs/{jobId}:cancel'],
  ['api.example.com', 'POST', '/jobs/{int}', null],
  ['api.example.com', 'GET', '/users/{int}/cards/', '/users/{userId}/cards'],
  ['api.example.com', 'GET', '/users', null],
  ['api.example.com', 'PATCH', '/users/{int}', null],
  ['web.example', 'GET', '/', '/'],
  ['other.example', 'GET', '/', null],
  [null, 'GET', '/', null],
]

describe('match', () => {
  const state = new InventoryState()
  state.fold(batch(rows))
  const inventory = readInventory(state, compileRegistry([]))
  const document = toDocument(inventory, assess(inventory), state.counters(), '0')
  const match = matcherOf(document)

  it.each(cases)('%s %s %s is %s', (host, method, path, template) => {
    const found = match({ host, method, path })
    expect(found.template).toBe(template)
    expect(found.endpoint === null).toBe(template === null)
    expect(found.why).not.toBe('')
  })

  it('says why not', () => {
    expect(match({ host: 'api.example.com', method: 'PATCH', path: '/users/{int}' }).why).toBe('/users/{userId} is known with DELETE, GET only')
  })

  it('takes the only service where the input names no host', () => {
    const single = matcherOf({ ...document, services: document.services.slice(0, 1) })
    expect(single({ host: null, method: 'GET', path: '/users/{int}' }).template).toBe('/users/{userId}')
  })

  it('says that a path alone does not tell an operation', () => {
    const asked = new InventoryState()
    asked.fold(batch(['query A', 'query B'].map((operation) => ({ method: 'POST', path: '/graphql', kind: `graphql ${operation}` }))))
    const several = matcherOf(toDocument(readInventory(asked, compileRegistry([])), { endpoints: new Map(), findings: [] }, asked.counters(), '0'))
    expect(several({ host: null, method: 'POST', path: '/graphql' }).why).toContain('it has 2 operations')
  })

  it('names the literals that the native side must show', () => {
    expect(literalsOf(document)).toEqual(['cards', 'jobs', 'me', 'users'])
  })
})
