import { hostname } from 'node:os'
import { describe, expect, onTestFinished, test } from 'vitest'

import { newTokenText, tokenIdentity } from '../../src/access/token_text.ts'
import { everybody, type Access } from '../../src/api/access.ts'
import { hostRule } from '../../src/api/hosts.ts'
import { TapistryError } from '../../src/base/errors.ts'
import type { GuardedOptions } from '../../src/daemon/guarded.ts'
import { issuer } from '../access/issuer.ts'
import { eventTable } from './event_table.ts'
import { accessDefault, guardedFolder, oidcDefault, type GuardedFolder } from './guarded.ts'
import { sampleInventory } from './sample_inventory.ts'
import { json, served, type Served } from './served.ts'

async function guardedServer(options: Partial<GuardedOptions> = {}, more: Partial<Access> = {}): Promise<{ folder: GuardedFolder; server: Served }> {
  const folder = guardedFolder(options)
  const server = await served({}, {}, { ...folder.access, ...more })
  onTestFinished(folder.close)
  return { folder, server }
}

const status = async (server: Served, token?: string): Promise<number> =>
  (await fetch(`${server.url}/api/v1/services`, { headers: token === undefined ? {} : { authorization: `Bearer ${token}` } })).status

describe('a loopback address', () => {
  test('is open until there is a first token, and stays closed when that one is revoked', async () => {
    const { folder, server } = await guardedServer({ isLoopback: true })
    expect(await status(server)).toBe(200)
    const token = folder.token({ scopes: ['read'] })
    expect([await status(server), await status(server, token)]).toEqual([401, 200])
    for (const { id } of folder.store.tokens()) folder.store.revokeToken(id, Date.now())
    expect([await status(server), await status(server, token)]).toEqual([401, 401])
  })

  test('is as open as it is configured, and refuses a wrong token either way', async () => {
    const open = await guardedServer({ isLoopback: true, access: { ...accessDefault, loopbackOpen: true } })
    const token = open.folder.token({ scopes: ['ingest'] })
    expect([await status(open.server), await status(open.server, 'wrong'), await status(open.server, token)]).toEqual([200, 401, 403])
    const closed = await guardedServer({ isLoopback: true, access: { ...accessDefault, loopbackOpen: false } })
    expect(await status(closed.server)).toBe(401)
  })

  test('that is open leaves credentials of others alone', async () => {
    const { server } = await guardedServer({ isLoopback: true })
    expect((await fetch(`${server.url}/api/v1/services`, { headers: { authorization: 'Basic cHJveHk6cHJveHk=' } })).status).toBe(200)
  })
})

test('another address is never open, whatever is configured', async () => {
  for (const loopbackOpen of [true, false]) expect(await status((await guardedServer({ access: { ...accessDefault, loopbackOpen } })).server)).toBe(401)
})

test('a token is refused from the moment when another process revokes it, or its time ends', async () => {
  let nowMs = 1000
  const { folder, server } = await guardedServer({ now: () => nowMs })
  const [revoked, expiring] = [folder.token({ scopes: ['read'] }), folder.token({ scopes: ['read'], expiresMs: 2000 })]
  expect([await status(server, revoked), await status(server, expiring)]).toEqual([200, 200])
  nowMs = 1999
  expect(await status(server, expiring)).toBe(200)
  nowMs = 2000
  expect(await status(server, expiring)).toBe(401)
  const { id } = folder.store.tokens().find(({ expiresMs }) => expiresMs === null) ?? { id: '' }
  folder.store.revokeToken(id, 1)
  expect(await status(server, revoked)).toBe(401)
})

test('a stream of events ends with the token that it was asked with, before another event is told', async () => {
  const folder = guardedFolder()
  onTestFinished(folder.close)
  const table = eventTable()
  const server = await served(table, {}, folder.access)
  const token = folder.token({ scopes: ['read'] })
  const response = await fetch(`${server.url}/api/v1/events`, { headers: { authorization: `Bearer ${token}` } })
  const [id] = folder.store.tokens().map((one) => one.id)
  table.add(1)
  let text = ''
  for await (const chunk of response.body ?? []) {
    text += Buffer.from(chunk as Uint8Array).toString()
    if (!text.includes('"id":1,')) continue
    folder.store.revokeToken(id ?? '', 1)
    table.add(1)
  }
  expect(text).toContain('"id":1,')
  expect(text).not.toContain('"id":2,')
})

test('when a token was used last is kept behind', async () => {
  const folder = guardedFolder({ now: () => 5000 })
  const token = folder.token({ scopes: ['read'] })
  await folder.access.bearer(token)
  expect(folder.store.tokens()[0]?.lastUsedMs).toBeNull()
  folder.access.close()
  expect(folder.store.tokens()[0]?.lastUsedMs).toBe(5000)
  folder.store.close()
})

test('a token is compared whole, not by the part of its hash that is its id', async () => {
  const { folder, server } = await guardedServer()
  const text = newTokenText()
  const { id, sha256 } = tokenIdentity(text) ?? { id: '', sha256: Buffer.alloc(32) }
  const other = Buffer.from(sha256)
  other[31] = (other[31] ?? 0) ^ 1
  folder.store.addToken({ id, name: id, scopes: ['admin'], services: null, createdMs: 1, expiresMs: null, lastUsedMs: null, revokedMs: null }, other)
  expect(await status(server, text)).toBe(401)
})

test('where tokens cannot be looked up nobody is let in', async () => {
  const bearer = (): never => {
    throw new TapistryError('STORAGE', '/data/tapistry.db: is damaged')
  }
  const { server } = await guardedServer({}, { bearer })
  const response = await fetch(`${server.url}/api/v1/services`, { headers: { authorization: 'Bearer x' } })
  expect([response.status, response.headers.get('retry-after')]).toEqual([503, '5'])
  expect(JSON.stringify(await json(response))).not.toContain('/data')
})

test('a token never enters the log', async () => {
  const { folder, server } = await guardedServer()
  const tokens = [folder.token({ scopes: ['read'] }), folder.token({ scopes: [] }), folder.token({ scopes: ['read'], isRevoked: true })]
  for (const token of tokens) await status(server, token)
  expect(server.lines.length).toBeGreaterThanOrEqual(3)
  for (const token of tokens) expect(server.lines.join('')).not.toContain(token.slice(-20))
})

describe('why the daemon is not ready', () => {
  test.each([
    [null, undefined],
    [['ingest'], undefined],
    [['read'], ['log:/var/log/secret.log: no such file or folder']],
  ] as const)('is told to %j as %j', async (scopes, reasons) => {
    const folder = guardedFolder()
    onTestFinished(folder.close)
    const server = await served({ unready: () => ['log:/var/log/secret.log: no such file or folder'] }, {}, folder.access)
    const headers = scopes === null ? {} : { authorization: `Bearer ${folder.token({ scopes })}` }
    const response = await fetch(`${server.url}/readyz`, { headers })
    expect(response.status).toBe(503)
    expect((await json(response))['reasons']).toEqual(reasons)
  })
})

describe('a JWT of a configured issuer', () => {
  const roles = { claim: 'roles', read: ['viewer'], write: [], admin: [], ingest: [] }

  async function trusting(more: Partial<GuardedOptions> = {}) {
    const from = await issuer()
    const oidc = { ...oidcDefault, issuer: from.url, audience: 'tapistry', roles }
    const claims = { iss: from.url, aud: 'tapistry', sub: 'robot', exp: Date.now() / 1000 + 60, roles: ['viewer'] }
    return { from, claims, ...(await guardedServer({ isLoopback: true, access: { ...accessDefault, oidc }, ...more })) }
  }

  test('is let in as its roles say, beside tokens, and closes a loopback address', async () => {
    const { from, claims, folder, server } = await trusting()
    expect(await status(server)).toBe(401)
    expect(await status(server, await from.sign(claims))).toBe(200)
    expect(await status(server, await from.sign({ ...claims, roles: [] }))).toBe(403)
    expect(await status(server, await from.sign({ ...claims, aud: 'other' }))).toBe(401)
    expect(await status(server, folder.token({ scopes: ['read'] }))).toBe(200)
    await (await fetch(`${server.url}/api/v1/endpoints?format=csv`, { headers: { authorization: `Bearer ${await from.sign(claims)}` } })).text()
    expect(folder.store.audits(null, 1)).toMatchObject([{ actor: { kind: 'login', id: 'robot', name: 'robot' }, action: 'listEndpoints' }])
  })

  test('is limited to the services that a claim names, where one is configured', async () => {
    const from = await issuer()
    const oidc = { ...oidcDefault, issuer: from.url, audience: 'tapistry', roles: { ...roles, servicesClaim: 'apis' } }
    const { server } = await guardedServer({ access: { ...accessDefault, oidc } })
    const claims = { iss: from.url, aud: 'tapistry', sub: 'robot', exp: Date.now() / 1000 + 60, roles: ['viewer'] }
    const namesFor = async (more: object): Promise<readonly string[]> => {
      const headers = { authorization: `Bearer ${await from.sign({ ...claims, ...more })}` }
      const { items } = (await json(await fetch(`${server.url}/api/v1/services`, { headers }))) as unknown as { items: ReadonlyArray<{ name: string }> }
      return items.map(({ name }) => name)
    }
    expect(await namesFor({ apis: ['SHOP.example.com', 'nowhere'] })).toEqual(['shop.example.com'])
    expect(await namesFor({ apis: '*' })).toHaveLength(sampleInventory.services.length)
    expect(await namesFor({})).toEqual([])
  })

  test('is refused with 503 while its issuer cannot be asked; tokens are let in', async () => {
    const told: string[] = []
    const { from, claims, folder, server } = await trusting({ onFailure: (what) => told.push(what) })
    from.lies.set('/jwks', { status: 500 })
    expect(await status(server, await from.sign(claims))).toBe(503)
    expect(await status(server, folder.token({ scopes: ['read'] }))).toBe(200)
    expect(told).toEqual(['logins cannot be checked'])
  })

  test('is no token where no audience is configured', async () => {
    const from = await issuer()
    const { server } = await guardedServer({ access: { ...accessDefault, oidc: { ...oidcDefault, issuer: from.url, roles } } })
    expect(await status(server, await from.sign({ iss: from.url, aud: 'tapistry', sub: 'robot', exp: Date.now() / 1000 + 60, roles: ['viewer'] }))).toBe(401)
    expect(from.asked).toEqual([])
  })
})

describe('how often may be asked', () => {
  const asked = async ({ url }: Served, token?: string, path = '/api/v1/services'): Promise<Response> =>
    fetch(url + path, { headers: token === undefined ? {} : { authorization: `Bearer ${token}` } })
  const rateLimit = { perMinute: 3, unknownPerMinute: 2 }

  test('is counted by token, and for who shows none that is good by address', async () => {
    const { folder, server } = await guardedServer({ access: { ...accessDefault, rateLimit } })
    const [one, other] = [folder.token({ scopes: ['read'] }), folder.token({ scopes: ['ingest'] })]
    const statuses = async (...tokens: ReadonlyArray<string | undefined>): Promise<number[]> => {
      const found: number[] = []
      for (const token of tokens) found.push((await asked(server, token)).status)
      return found
    }
    expect(await statuses(one, one, one, one)).toEqual([200, 200, 200, 429])
    expect(await statuses(other, other, other, other)).toEqual([403, 403, 403, 429])
    expect(await statuses(undefined, 'wrong', 'wrong', undefined)).toEqual([401, 401, 429, 429])
    const response = await asked(server, one)
    expect(Object.fromEntries(response.headers)).toMatchObject({ 'ratelimit-limit': '3', 'ratelimit-remaining': '0', 'ratelimit-reset': '60' })
    expect(Number(response.headers.get('retry-after'))).toBeGreaterThan(15)
    expect(await json(response)).toMatchObject({ status: 429, detail: expect.stringMatching(/^there were too many requests: 3 a minute/) as string })
  })

  test('holds for addresses that need no token, and for what is not there', async () => {
    const { server } = await guardedServer({ isLoopback: true, access: { ...accessDefault, rateLimit } })
    const statuses: number[] = []
    for (const path of ['/nowhere', '/healthz', '/metrics', '/metrics']) statuses.push((await asked(server, undefined, path)).status)
    expect(statuses).toEqual([404, 200, 200, 429])
  })
})

describe('the names of a Host', () => {
  test.each([
    [false, 'localhost', true],
    [false, 'proxy.example.com', true],
    [false, 'PROXY.example.com', true],
    [false, 'other.example.com', false],
    [false, '192.0.2.1', false],
    [false, hostname(), hostname() === 'localhost'],
    [true, 'localhost', true],
    [true, '192.0.2.1', true],
    [true, '[2001:db8::1]', true],
    [true, hostname(), true],
    [true, 'proxy.example.com', true],
    [true, 'rebound.example.com', false],
    [true, '192.0.2.1.example.com', false],
    [true, '', false],
  ])('reachable %j: %s is one %j', (isReachable, name, isOne) => expect(hostRule(isReachable, ['Proxy.example.com'])(name)).toBe(isOne))

  test('decide who is answered', async () => {
    const server = await served({}, {}, { ...everybody, isHost: (name) => name === 'proxy.example.com' })
    expect((await fetch(`${server.url}/healthz`)).status).toBe(421)
  })
})

test('counts of a narrowed inventory keep the identities', async () => {
  const { narrowedView } = await import('../../src/api/narrowed.ts')
  const { sampleView } = await import('./served.ts')
  const view = narrowedView(sampleView, ['shop.example.com'])
  const { services, findings, visibility, window } = view.inventory()
  expect(services.map(({ name }) => name)).toEqual(['shop.example.com'])
  expect(sampleInventory.findings.length).toBeGreaterThan(findings.length)
  expect(findings.every(({ service }) => service === services[0]?.id)).toBe(true)
  const { exchanges, inEndpoints, quarantined, unread } = visibility.http as Record<string, number>
  expect([exchanges, (inEndpoints ?? 0) + (quarantined ?? 0) + (unread ?? 0)]).toEqual([1254, 1254])
  expect(visibility.packets['read']).toBe(0)
  expect(window.to).toBe('2026-03-04T00:00:00.000Z')
  expect(view.inventory()).toBe(view.inventory())
  const pay = sampleInventory.services.find(({ name }) => name === 'pay.example.com')
  expect(view.history(pay?.endpoints[0]?.id ?? '', 0, 9)).toEqual([])
})
