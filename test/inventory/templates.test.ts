import { describe, expect, it } from 'vitest'
import { compileRegistry } from '../../src/registry/compile_registry.ts'
import { readInventory } from '../../src/inventory/read.ts'
import { InventoryState } from '../../src/inventory/state.ts'
import { batch } from './build.ts'
import type { Row } from './build.ts'

const user = { id: 1, name: 'a', email: 'b', createdAt: 'c' }
const names = ['alice', 'bob', 'carol', 'dave', 'erin', 'frank', 'grace', 'heidi', 'ivan', 'judy', 'mallory', 'oscar']

interface Case {
  readonly name: string
  readonly rows: readonly Row[]
  readonly templates: readonly string[]
}

const cases: readonly Case[] = [
  {
    name: 'an integer below a plural is its id',
    rows: [
      { path: '/users/{int}', hidden: { '1': [1, 2, 3] } },
      { path: '/users/{int}/cards', hidden: { '1': [1, 2] } },
    ],
    templates: ['GET /users/{userId}', 'GET /users/{userId}/cards'],
  },
  {
    name: 'twelve names with one answer are one parameter',
    rows: names.map((name) => ({ path: `/users/${name}`, responseBody: user })),
    templates: ['GET /users/{userName}'],
  },
  {
    name: 'a closed set of busy siblings without bodies stays apart',
    rows: names.map((name) => ({ path: `/jobs/${name}-x`, count: 50, status: 204 })),
    templates: names.map((name) => `GET /jobs/${name}-x`),
  },
  {
    name: 'different words below different ids stay apart',
    rows: [
      { path: '/users/{int}/orders', responseBody: { orders: [] } },
      { path: '/users/{int}/invoices', responseBody: { invoices: [] } },
    ],
    templates: ['GET /users/{userId}/invoices', 'GET /users/{userId}/orders'],
  },
  {
    name: 'a static sibling of an id with another answer stays literal',
    rows: [
      { path: '/projects/active', responseBody: [user] },
      { path: '/projects/{int}', responseBody: user },
    ],
    templates: ['GET /projects/active', 'GET /projects/{projectId}'],
  },
  {
    name: 'a word that answers like the ids beside it is one of them',
    rows: [
      { path: '/users/alice', responseBody: user },
      { path: '/users/{int}', responseBody: user },
    ],
    templates: ['GET /users/{userId}'],
  },
  {
    name: 'a reserved word stays literal whatever it answers',
    rows: [
      { path: '/users/me', responseBody: user },
      { path: '/users/{int}', responseBody: user },
    ],
    templates: ['GET /users/me', 'GET /users/{userId}'],
  },
  {
    name: 'a camel-case setting is a literal',
    rows: [
      { path: '/settings/onboardingStatus', responseBody: { done: true } },
      { path: '/settings/theme', responseBody: { dark: true } },
    ],
    templates: ['GET /settings/onboardingStatus', 'GET /settings/theme'],
  },
  {
    name: 'versions and dates in front are literals where constant',
    rows: [{ path: '/v2/users' }, { path: '/2024-01-01/users' }, { path: '/releases/release-2024-beta' }],
    templates: ['GET /2024-01-01/users', 'GET /releases/release-2024-beta', 'GET /v2/users'],
  },
  {
    name: 'a hundred codes are one parameter',
    rows: Array.from({ length: 100 }, (_, i) => ({ path: `/orders/AB${String.fromCharCode(65 + (i % 26))}${i}`, responseBody: { id: 1, total: 2 } })),
    templates: ['GET /orders/{orderCode}'],
  },
  {
    name: 'a verb and a suffix stay behind the parameter',
    rows: [{ path: '/jobs/{int}:cancel', method: 'POST' }, { path: '/users/{int}.json' }, { path: '/odata/Items({int})' }],
    templates: ['POST /jobs/{jobId}:cancel', 'GET /odata/Items({itemId})', 'GET /users/{userId}.json'],
  },
  {
    name: 'one small number in front of different literals is a version',
    rows: ['boards', 'cards', 'lists'].map((word) => ({ path: `/{int}/${word}`, hidden: { '0': [1] } })),
    templates: ['GET /1/boards', 'GET /1/cards', 'GET /1/lists'],
  },
  {
    name: 'names are unique in a template',
    rows: [{ path: '/users/{int}/{int}/{uuid}' }],
    templates: ['GET /users/{userId}/{userId2}/{userId3}'],
  },
  {
    name: 'classes that say what they are name the parameter',
    rows: [{ path: '/reports/{date}' }, { path: '/mail/{email}' }, { path: '/companies/{uuid}/addresses/{id}' }, { path: '/{uuid}' }],
    templates: ['GET /companies/{companyId}/addresses/{addressId}', 'GET /mail/{email}', 'GET /reports/{date}', 'GET /{id}'],
  },
  {
    name: 'a trailing slash makes no second endpoint',
    rows: [{ path: '/users/' }, { path: '/users' }, { path: '/' }],
    templates: ['GET /', 'GET /users'],
  },
  {
    name: 'collections with one envelope stay apart',
    rows: ['users', 'orders', 'products', 'carts', 'invoices', 'shipments'].flatMap((word): Row[] => [
      { path: `/v1/${word}`, responseBody: { data: [], meta: {} }, count: 20 },
      { path: `/v1/${word}`, method: 'POST', responseBody: { data: {}, meta: {} } },
      { path: `/v1/${word}/{uuid}`, responseBody: { data: {}, meta: {} } },
    ]),
    templates: ['users', 'orders', 'products', 'carts', 'invoices', 'shipments'].flatMap((word) => [
      `GET /v1/${word}`,
      `POST /v1/${word}`,
      `GET /v1/${word}/{${word.slice(0, -1)}Id}`,
    ]),
  },
  {
    name: 'resources below a resource stay apart',
    rows: ['orders', 'cards', 'addresses', 'preferences', 'sessions'].map((word) => ({ path: `/users/{int}/${word}`, responseBody: { items: [], total: 1 } })),
    templates: ['orders', 'cards', 'addresses', 'preferences', 'sessions'].map((word) => `GET /users/{userId}/${word}`),
  },
  {
    name: 'commands with one answer stay apart',
    rows: ['place', 'pay', 'refund', 'ship'].map((word) => ({ path: `/orders/{int}/${word}`, method: 'POST', responseBody: { ok: true, id: 1 } })),
    templates: ['place', 'pay', 'refund', 'ship'].map((word) => `POST /orders/{orderId}/${word}`),
  },
  {
    name: 'an owner of repositories is a parameter by what follows',
    rows: names.flatMap((name) => [
      { path: `/repos/${name}/site/issues`, responseBody: [{ number: 1, title: 'a', state: 'open' }] },
      { path: `/repos/${name}/site/pulls`, responseBody: [{ number: 1, head: 'a', base: 'open' }] },
    ]),
    templates: ['GET /repos/{repoName}/site/issues', 'GET /repos/{repoName}/site/pulls'],
  },
]

describe('templates', () => {
  it.each(cases)('$name', ({ rows, templates }) => {
    const state = new InventoryState()
    state.fold(batch(rows))
    const inventory = readInventory(state, compileRegistry([]))
    const found = inventory.services.flatMap(({ endpoints }) => endpoints.map(({ method, template }) => `${method} ${template}`))
    expect(found.toSorted()).toEqual(templates.toSorted())
  })
})
