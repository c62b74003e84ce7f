import { describe, expect, it } from 'vitest'
import { assess } from '../../src/finding/assess.ts'
import { readInventory } from '../../src/inventory/read.ts'
import { InventoryState } from '../../src/inventory/state.ts'
import { compileRegistry } from '../../src/registry/compile_registry.ts'
import { parseSpec } from '../../src/registry/parse_spec.ts'
import { batch } from '../inventory/build.ts'
import type { Row } from '../inventory/build.ts'

interface Case {
  readonly name: string
  /** Operations of the service's spec, as OpenAPI path items; absent for no spec. */
  readonly paths?: Readonly<Record<string, unknown>>
  readonly rows: readonly Row[]
  /** What could not be seen, by service, and counters of the engine. */
  readonly visibility?: Parameters<typeof batch>[1]
  readonly counters?: Readonly<Record<string, number>>
  /** `METHOD template: labels`. */
  readonly labels: readonly string[]
  /** `severity kind METHOD template`, or the service's name. */
  readonly findings: readonly string[]
}

const ok = { responses: { 200: { description: 'ok' } } }
const json = { responses: { 200: { description: 'ok', content: { 'application/json': {} } } } }
const id = { parameters: [{ in: 'path', name: 'id', required: true, schema: { type: 'integer' } }] }
const user: Row = { path: '/users/{int}', hidden: { '1': [1, 2] } }
const busy: Row = { path: '/users', count: 1200 }
const secured = { ...ok, security: [{ key: [] }] }
const card: Row = {
  path: '/cards/{int}',
  hidden: { '1': [1, 2] },
  count: 30,
  responseBody: { card: { number: '4' }, holder: 'x' },
  classes: { number: 'payment_card' },
}

const cases: readonly Case[] = [
  {
    name: 'a service without a spec is shadow, with one finding',
    rows: [user, { path: '/orders' }],
    labels: ['GET /orders: shadow', 'GET /users/{userId}: shadow'],
    findings: ['high inv.shadow-service api.example.com'],
  },
  {
    name: 'what a spec describes is documented',
    paths: { '/users/{id}': { get: { ...ok, ...id } } },
    rows: [user],
    labels: ['GET /users/{id}: documented'],
    findings: [],
  },
  {
    name: 'what a service with a spec does beside it is undocumented',
    paths: { '/users/{id}': { get: { ...ok, ...id } } },
    rows: [user, { path: '/users/{int}/export', hidden: { '1': [1] } }],
    labels: ['GET /users/{id}: documented', 'GET /users/{id}/export: undocumented'],
    findings: ['high inv.shadow-endpoint GET /users/{id}/export'],
  },
  {
    name: 'another method of a documented path is undocumented',
    paths: { '/users/{id}': { get: { ...ok, ...id } } },
    rows: [user, { ...user, method: 'DELETE', status: 204 }],
    labels: ['DELETE /users/{id}: undocumented', 'GET /users/{id}: documented'],
    findings: ['high inv.shadow-endpoint DELETE /users/{id}'],
  },
  {
    name: 'a deprecated operation that answers is zombie and no drift',
    paths: { '/users/{id}': { get: { ...ok, ...id, deprecated: true } } },
    rows: [user],
    labels: ['GET /users/{id}: documented zombie'],
    findings: ['high inv.zombie-endpoint GET /users/{id}'],
  },
  {
    name: 'past its sunset by its own header',
    rows: [{ ...user, atMs: 2000, moments: { sunset: 1000 } }],
    labels: ['GET /users/{userId}: shadow zombie'],
    findings: ['high inv.shadow-service api.example.com', 'high inv.zombie-endpoint GET /users/{userId}'],
  },
  {
    name: 'not yet past its sunset',
    rows: [{ ...user, atMs: 2000, moments: { sunset: 3000 } }],
    labels: ['GET /users/{userId}: shadow'],
    findings: ['high inv.shadow-service api.example.com'],
  },
  {
    name: 'not seen in three requests says nothing',
    paths: { '/users': { get: ok }, '/orders': { get: ok } },
    rows: [{ ...busy, count: 3 }],
    labels: ['GET /orders: unseen', 'GET /users: documented'],
    findings: [],
  },
  {
    name: 'not seen in 1,200 requests is orphan',
    paths: { '/users': { get: ok }, '/orders': { get: ok } },
    rows: [busy],
    labels: ['GET /orders: orphan', 'GET /users: documented'],
    findings: ['low inv.dormant-documented GET /orders'],
  },
  {
    name: 'not seen in 1,200 requests while the kernel dropped every ninth packet says nothing',
    paths: { '/users': { get: ok }, '/orders': { get: ok } },
    rows: [busy],
    counters: { 'packets.read': 8000, 'packets.kernelDropped': 1000 },
    labels: ['GET /orders: unseen', 'GET /users: documented'],
    findings: [],
  },
  {
    name: 'not seen in 1,200 requests while a ninth of the bytes was lost says nothing',
    paths: { '/users': { get: ok }, '/orders': { get: ok } },
    rows: [busy],
    visibility: { 'api.example.com': { flows: 9, seenBytes: 8_000_000, gapBytes: 1_000_000 } },
    labels: ['GET /orders: unseen', 'GET /users: documented'],
    findings: [],
  },
  {
    name: 'not seen in 1,200 requests of which next to nothing was lost is orphan',
    paths: { '/users': { get: ok }, '/orders': { get: ok } },
    rows: [busy],
    visibility: { 'api.example.com': { flows: 9, seenBytes: 8_000_000, gapBytes: 10_000 } },
    counters: { 'packets.read': 8000, 'packets.kernelDropped': 10 },
    labels: ['GET /orders: orphan', 'GET /users: documented'],
    findings: ['low inv.dormant-documented GET /orders'],
  },
  {
    name: 'only 403 is blocked, only 500 is unconfirmed',
    paths: { '/users': { get: ok } },
    rows: [{ path: '/users' }, { path: '/root', status: 403 }, { path: '/boom', status: 500 }],
    labels: ['GET /boom: unconfirmed', 'GET /root: blocked', 'GET /users: documented'],
    findings: [],
  },
  {
    name: 'a redirect to a login accepts nothing',
    paths: { '/users': { get: ok } },
    rows: [{ path: '/users' }, { path: '/panel', status: 302, facts: { 'fact.redirect_login': 1 } }, { path: '/old', status: 301 }],
    labels: ['GET /old: undocumented', 'GET /panel: unconfirmed', 'GET /users: documented'],
    findings: ['high inv.shadow-endpoint GET /old'],
  },
  {
    name: 'last seen 40 days ago is not seen in the window',
    paths: { '/users': { get: ok }, '/orders': { get: ok } },
    rows: [busy, { path: '/orders', atMs: 1_750_000_000_000 - 40 * 86_400_000 }],
    labels: ['GET /orders: orphan', 'GET /users: documented'],
    findings: ['low inv.dormant-documented GET /orders'],
  },
  {
    name: 'of a service that was not seen in the window nothing is missing',
    paths: { '/users': { get: ok }, '/orders': { get: ok } },
    rows: [
      { ...busy, atMs: 1_750_000_000_000 - 40 * 86_400_000 },
      { path: '/x', service: 'other.example.com' },
    ],
    labels: ['GET /orders: unseen', 'GET /users: unseen', 'GET /x: shadow'],
    findings: ['high inv.shadow-service other.example.com'],
  },
  {
    name: 'a missing status and an extra field are drift',
    paths: {
      '/users': {
        get: {
          responses: { 200: { description: 'ok', content: { 'application/json': { schema: { type: 'object', properties: { id: { type: 'integer' } } } } } } },
        },
      },
    },
    rows: [{ path: '/users', count: 30, responseBody: { id: 'text' } }],
    labels: ['GET /users: documented drift'],
    findings: ['medium spec.response-drift GET /users'],
  },
  {
    name: 'a request with a parameter that the spec does not have',
    paths: { '/users': { get: ok } },
    rows: [{ path: '/users', count: 30, query: { sort: 'x' } }],
    labels: ['GET /users: documented drift'],
    findings: ['low spec.request-drift GET /users'],
  },
  {
    name: 'accepted without the documented key',
    paths: { '/users': { get: secured } },
    rows: [{ path: '/users', count: 5 }],
    labels: ['GET /users: documented drift'],
    findings: ['critical spec.auth-mismatch GET /users'],
  },
  {
    name: 'cards without credentials',
    paths: { '/cards/{id}': { get: { ...json, ...id } } },
    rows: [card],
    labels: ['GET /cards/{id}: documented'],
    findings: ['critical data.sensitive-unauthenticated GET /cards/{id}'],
  },
  {
    name: 'cards with credentials',
    paths: { '/cards/{id}': { get: { ...json, ...id } } },
    rows: [{ ...card, auth: ['bearer-jwt'] }],
    labels: ['GET /cards/{id}: documented'],
    findings: [],
  },
  {
    name: 'cards in a log, which shows no credentials',
    paths: { '/cards/{id}': { get: { ...json, ...id } } },
    rows: [{ ...card, source: 'logs' }],
    labels: ['GET /cards/{id}: documented'],
    findings: [],
  },
  {
    name: 'a login hands out tokens without asking for one',
    paths: { '/login': { post: json } },
    rows: [{ path: '/login', method: 'POST', count: 9, responseBody: { token: 'x' }, classes: { token: 'secret_jwt' } }],
    labels: ['POST /login: documented'],
    findings: [],
  },
  {
    name: 'e-mail addresses in the query',
    paths: { '/users': { get: { ...ok, parameters: [{ in: 'query', name: 'mail', schema: { type: 'string' } }] } } },
    rows: [{ path: '/users', count: 9, query: { mail: 'x' }, classes: { mail: 'email' } }],
    labels: ['GET /users: documented'],
    findings: ['high data.sensitive-in-url GET /users'],
  },
]

describe('labels and findings', () => {
  it.each(cases)('$name', ({ paths, rows, visibility, counters, labels, findings }) => {
    const state = new InventoryState()
    state.fold(batch(rows, visibility, counters))
    const inventory = readInventory(state, compileRegistry(paths ? [specOf(paths)] : []))
    const assessment = assess(inventory)
    const endpoints = inventory.services.flatMap((service) => service.endpoints)
    expect(endpoints.map(({ id: own, method, template }) => `${method} ${template}: ${assessment.endpoints.get(own)?.labels.join(' ')}`).toSorted()).toEqual(
      labels.toSorted(),
    )
    const named = assessment.findings.map(({ severity, kind, endpoint, service }) => {
      const own = endpoints.find(({ id: known }) => known === endpoint)
      return `${severity} ${kind} ${own ? `${own.method} ${own.template}` : inventory.services.find(({ id: known }) => known === service)?.name}`
    })
    expect(named).toEqual(findings)
  })

  it('a documented endpoint that is dormant says in how much, or for how long, it was not seen', () => {
    const state = new InventoryState()
    state.fold(batch([busy, { path: '/orders', atMs: 1_750_000_000_000 - 40 * 86_400_000 }]))
    const { findings } = assess(readInventory(state, compileRegistry([specOf({ '/users': { get: ok }, '/orders': { get: ok }, '/carts': { get: ok } })])))
    expect(findings.map(({ title }) => title).toSorted()).toEqual([
      'GET api.example.com/carts is documented and was not seen in 1201 exchanges of its service',
      'GET api.example.com/orders is documented and was not seen in the last 30 days',
    ])
  })

  it('a version is superseded by a higher one that accepts the same method and path', () => {
    const state = new InventoryState()
    state.fold(
      batch([{ path: '/v1/users' }, { path: '/v1/users', method: 'POST' }, { path: '/v2/users' }, { path: '/v3/users', status: 401, auth: ['basic'] }]),
    )
    const inventory = readInventory(state, compileRegistry([]))
    const { endpoints } = assess(inventory)
    const superseded = inventory.services.flatMap((service) => service.endpoints).filter(({ id: own }) => endpoints.get(own)?.facts.supersededVersion)
    expect(superseded.map(({ method, template }) => `${method} ${template}`)).toEqual(['GET /v1/users'])
  })

  it('ids stay when counts, names and specs change', () => {
    const [own] = idsOf([card])
    expect(own).toMatch(/^fnd_[0-9a-f]{16}$/)
    expect(
      idsOf([{ ...card, count: 300 }], { '/cards/{cardNumber}': { get: { ...ok, parameters: [{ in: 'path', name: 'cardNumber', required: true }] } } }),
    ).toEqual([own])
  })
})

function idsOf(rows: readonly Row[], paths?: Readonly<Record<string, unknown>>): readonly string[] {
  const state = new InventoryState()
  state.fold(batch(rows))
  const { findings } = assess(readInventory(state, compileRegistry(paths ? [specOf(paths)] : [])))
  return findings.filter(({ kind }) => kind === 'data.sensitive-unauthenticated').map(({ id: own }) => own)
}

function specOf(paths: Readonly<Record<string, unknown>>): NonNullable<ReturnType<typeof parseSpec>['spec']> {
  const document = {
    openapi: '3.1.0',
    info: { title: 'API', version: '1' },
    servers: [{ url: 'https://api.example.com' }],
    paths,
    components: { securitySchemes: { key: { type: 'apiKey', in: 'header', name: 'X-Key' } } },
  }
  const { spec, problems } = parseSpec({ text: JSON.stringify(document), origin: 'spec.json' }, () => null)
  if (!spec) throw new Error(problems.map(({ message }) => message).join('; '))
  return spec
}
