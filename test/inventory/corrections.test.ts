import { describe, expect, test } from 'vitest'

import { readInventory } from '../../src/inventory/read.ts'
import { InventoryState } from '../../src/inventory/state.ts'
import type { Correction } from '../../src/inventory/template/corrections.ts'
import type { Endpoint } from '../../src/inventory/inventory.ts'
import { compileRegistry } from '../../src/registry/compile_registry.ts'
import { parseSpec } from '../../src/registry/parse_spec.ts'
import { batch, type Row } from './build.ts'

const user = { id: 1, name: 'a', email: 'b', createdAt: 'c' }
const names = ['alice', 'bob', 'carol', 'dave', 'erin', 'frank', 'grace', 'heidi', 'ivan', 'judy', 'mallory', 'oscar']
const people: readonly Row[] = names.map((name) => ({ path: `/users/${name}`, responseBody: user }))
const jobs: readonly Row[] = ['load', 'save', 'send'].map((name) => ({ path: `/jobs/${name}`, status: 204 }))
const ids: readonly Row[] = [{ path: '/users/{int}', hidden: { '1': [1, 2, 3] }, responseBody: user }]
const orders: readonly Row[] = [...ids, { path: '/users/{int}/orders', hidden: { '1': [1, 2] }, responseBody: { orders: [] } }]

const service = 'api.example.com'
const split = (place: string, ...words: string[]): Correction => ({ kind: 'split', service, place, words })
const merge = (place: string, ...words: string[]): Correction => ({ kind: 'merge', service, place, words })
const rename = (place: string, name: string): Correction => ({ kind: 'rename', service, place, name })
const pin = (template: string, ...apart: Array<{ place: string; words: string[] }>): Correction => ({ kind: 'pin', service, template, apart })

const usersSpec = JSON.stringify({
  openapi: '3.1.0',
  info: { title: 'Users', version: '1' },
  servers: [{ url: `https://${service}` }],
  paths: { '/users/{id}': { get: { responses: { 200: { description: 'ok' } } } } },
})

function endpoints(rows: readonly Row[], corrections: readonly Correction[], spec: string | null = null): readonly Endpoint[] {
  const state = new InventoryState()
  state.fold(batch(rows.map((row) => ({ service, ...row }))))
  const parsed = spec === null ? null : parseSpec({ text: spec, origin: 'users.json' }, () => null).spec
  const inventory = readInventory(state, compileRegistry(parsed === null ? [] : [parsed]), { services: [], corrections })
  return inventory.services.flatMap((one) => one.endpoints)
}

const templates = (all: readonly Endpoint[]): readonly string[] => all.map(({ template }) => template)

const cases: ReadonlyArray<readonly [name: string, rows: readonly Row[], corrections: readonly Correction[], templates: readonly string[]]> = [
  ['split: words become endpoints of their own', people, [split('/users', 'alice', 'bob')], ['/users/alice', '/users/bob', '/users/{userName}']],
  ['split: of all of them nothing is left', people, [split('/users', ...names)], names.map((name) => `/users/${name}`)],
  ['split: what is not there changes nothing', people, [split('/users', 'nobody'), split('/nowhere', 'alice')], ['/users/{userName}']],
  ['split: of another service changes nothing', people, [{ ...split('/users', 'alice'), service: 'other' }], ['/users/{userName}']],
  ['split, then merged again', people, [split('/users', 'alice'), merge('/users', 'alice')], ['/users/{userName}']],
  ['merged, then split again', jobs, [merge('/jobs', 'load', 'save'), split('/jobs', 'load', 'save')], ['/jobs/load', '/jobs/save', '/jobs/send']],
  ['merge: siblings become one', jobs, [merge('/jobs', 'load', 'save', 'send')], ['/jobs/{jobName}']],
  ['merge: the others stay', jobs, [merge('/jobs', 'load', 'save')], ['/jobs/send', '/jobs/{jobName}']],
  ['rename: the name is theirs', people, [rename('/users/{}', 'login')], ['/users/{login}']],
  ['rename: the later one counts', people, [rename('/users/{}', 'login'), rename('/users/{}', 'handle')], ['/users/{handle}']],
  ['rename: below it too', orders, [rename('/users/{}', 'customer')], ['/users/{customer}', '/users/{customer}/orders']],
  ['pin: a parameter with one word', [{ path: '/users/alice', responseBody: user }], [pin('/users/{userName}')], ['/users/{userName}']],
  ['pin: a literal among values', people, [pin('/users/alice')], ['/users/alice', '/users/{userName}']],
  [
    'pin: what stood beside it stays apart',
    [...ids, { path: '/users/popular', responseBody: [user] }],
    [pin('/users/{userId}', { place: '/users', words: ['popular'] })],
    ['/users/popular', '/users/{userId}'],
  ],
  ['pin: its name stays', ids, [pin('/users/{customer}')], ['/users/{customer}']],
]

describe('corrections', () => {
  test.each(cases)('%s', (_, rows, corrections, expected) => {
    expect(templates(endpoints(rows, corrections))).toEqual(expected)
  })

  test('say that a person decided', () => {
    const [alice, other] = endpoints(people, [split('/users', 'alice'), rename('/users/{}', 'login')])
    expect(alice).toMatchObject({ decisions: [], settled: [{ segment: 1, name: 'alice', rule: 'person' }] })
    expect(other).toMatchObject({ decisions: [{ segment: 1, name: 'login', rule: 'person' }], settled: [] })
    expect(endpoints(jobs, [merge('/jobs', 'load', 'save', 'send')])).toMatchObject([
      { decisions: [{ rule: 'person' }], confidence: 1, aliases: ['/jobs/load', '/jobs/save', '/jobs/send'] },
    ])
  })

  test('lose no exchange, and keep ids', () => {
    const [before] = endpoints(people, [])
    const after = endpoints(people, [split('/users', 'alice'), rename('/users/{}', 'login')])
    expect(after.reduce((sum, { exchanges }) => sum + exchanges, 0)).toBe(before?.exchanges)
    expect(after.find(({ template }) => template === '/users/{login}')?.id).toBe(before?.id)
  })

  test('go before what a spec says', () => {
    const rows: readonly Row[] = [...ids, { path: '/users/me', responseBody: user }]
    expect(templates(endpoints(rows, [], usersSpec))).toEqual(['/users/{id}'])
    const all = endpoints(rows, [split('/users', 'me')], usersSpec)
    expect(all.map(({ template, documented }) => [template, documented !== null])).toEqual([
      ['/users/me', false],
      ['/users/{id}', true],
    ])
  })

  test('give the same inventory whatever the order of the traffic', () => {
    const corrections = [split('/users', 'alice'), merge('/jobs', 'load', 'save'), pin('/users/{userName}')]
    const rows = [...people, ...jobs]
    expect(endpoints(rows.toReversed(), corrections)).toEqual(endpoints(rows, corrections))
  })

  test('hold below one another', () => {
    const rows = ['a-x', 'b-x'].flatMap((one) => ['load', 'save'].map((two): Row => ({ path: `/t/${one}/${two}`, status: 204 })))
    const [only, ...more] = endpoints(rows, [merge('/t', 'a-x', 'b-x'), merge('/t/{}', 'load', 'save')])
    expect(more).toEqual([])
    expect(only?.aliases).toHaveLength(8)
    expect(only?.aliases).toContain('/t/a-x/load')
  })
})
