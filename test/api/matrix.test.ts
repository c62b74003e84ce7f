import { afterAll, beforeAll, describe, expect, test } from 'vitest'

import type { Scope } from '../../src/access/scope.ts'
import { newTokenText } from '../../src/access/token_text.ts'
import { guardedFolder, type GuardedFolder } from './guarded.ts'
import { sampleInventory } from './sample_inventory.ts'
import { json, serve, type Served } from './served.ts'

const [shop, pay] = ['shop.example.com', 'pay.example.com'].map((name) => sampleInventory.services.find((service) => service.name === name))
const [own, foreign] = [shop, pay].map((service) => service?.endpoints[0]?.id ?? '')

/** Every route with the scope it needs, an address of it that answers, and what it answers to who is limited to shop.example.com. */
const routes: ReadonlyArray<readonly [method: string, path: string, needs: Scope | 'somebody' | null, asked: string, open: number, limited: number]> = [
  ['GET', '/api/v1/services', 'read', '/api/v1/services', 200, 200],
  ['GET', '/api/v1/services/{id}', 'read', `/api/v1/services/${shop?.id}`, 200, 200],
  ['GET', '/api/v1/services/{id}', 'read', `/api/v1/services/${pay?.id}`, 200, 404],
  ['GET', '/api/v1/services/{id}', 'read', '/api/v1/services/pay.example.com', 200, 404],
  ['GET', '/api/v1/endpoints', 'read', '/api/v1/endpoints', 200, 200],
  ['GET', '/api/v1/endpoints', 'read', '/api/v1/endpoints?format=csv', 200, 200],
  ['GET', '/api/v1/endpoints', 'read', '/api/v1/endpoints?format=ndjson&sort=-risk', 200, 200],
  ['GET', '/api/v1/endpoints', 'read', '/api/v1/endpoints?service=pay.example.com', 200, 200],
  ['GET', '/api/v1/endpoints/{id}', 'read', `/api/v1/endpoints/${own}`, 200, 200],
  ['GET', '/api/v1/endpoints/{id}', 'read', `/api/v1/endpoints/${foreign}`, 200, 404],
  ['GET', '/api/v1/endpoints/{id}/history', 'read', `/api/v1/endpoints/${own}/history`, 200, 200],
  ['GET', '/api/v1/endpoints/{id}/history', 'read', `/api/v1/endpoints/${foreign}/history`, 200, 404],
  ['GET', '/api/v1/changes', 'read', '/api/v1/changes?since=2026-11-20', 200, 200],
  ['GET', '/api/v1/openapi.json', 'read', '/api/v1/openapi.json', 200, 200],
  ['GET', '/api/v1/me', 'somebody', '/api/v1/me', 200, 200],
  ['GET', '/api/v1/audit', 'admin', '/api/v1/audit', 200, 403],
  ['GET', '/api/v1/sources', 'read', '/api/v1/sources', 200, 403],
  ['GET', '/api/v1/sources/{id}/parked', 'read', `/api/v1/sources/${encodeURIComponent('interface:eth1')}/parked`, 200, 403],
  ['GET', '/api/v1/visibility', 'read', '/api/v1/visibility', 200, 403],
  ['GET', '/metrics', 'read', '/metrics', 200, 403],
  ['GET', '/healthz', null, '/healthz', 200, 200],
  ['GET', '/readyz', null, '/readyz', 200, 200],
  // No source takes them here.
  ['POST', '/api/v1/ingest/exchanges', 'ingest', '/api/v1/ingest/exchanges', 404, 403],
  ['POST', '/v1/traces', 'ingest', '/v1/traces', 404, 403],
  ['POST', '/v1/logs', 'ingest', '/v1/logs', 404, 403],
]

/** Who asks: what their Authorization field is, and the scopes that are enough for. */
interface Role {
  readonly authorization: (folder: GuardedFolder) => string | null
  /** Null for somebody who is not known. */
  readonly scopes: readonly Scope[] | null
  readonly isLimited?: boolean
}

const bearer =
  (...given: Parameters<GuardedFolder['token']>) =>
  (folder: GuardedFolder): string =>
    `Bearer ${folder.token(...given)}`

const roles: Readonly<Record<string, Role>> = {
  'nobody': { authorization: () => null, scopes: null },
  'a wrong token': { authorization: () => `Bearer ${newTokenText()}`, scopes: null },
  'a token that was cut': { authorization: (folder) => bearer({ scopes: ['admin'] })(folder).slice(0, -1), scopes: null },
  'something else': { authorization: () => 'Bearer eyJhbGciOiJub25lIn0.e30.', scopes: null },
  'no token behind Bearer': { authorization: () => 'Bearer', scopes: null },
  'a password': { authorization: () => `Basic ${Buffer.from('admin:admin').toString('base64')}`, scopes: null },
  'a token with another scheme': { authorization: (folder) => bearer({ scopes: ['admin'] })(folder).replace('Bearer', 'Token'), scopes: null },
  'an expired token': { authorization: bearer({ scopes: ['admin'], expiresMs: 2 }), scopes: null },
  'a revoked token': { authorization: bearer({ scopes: ['admin'], isRevoked: true }), scopes: null },
  'a token without scopes': { authorization: bearer({ scopes: [] }), scopes: [] },
  'read': { authorization: bearer({ scopes: ['read'], expiresMs: Date.now() + 1e9 }), scopes: ['read'] },
  'read, in lower case': { authorization: (folder) => bearer({ scopes: ['read'] })(folder).replace('Bearer', 'bearer'), scopes: ['read'] },
  'write': { authorization: bearer({ scopes: ['write'] }), scopes: ['read', 'write'] },
  'admin': { authorization: bearer({ scopes: ['admin'] }), scopes: ['read', 'write', 'admin', 'ingest'] },
  'ingest': { authorization: bearer({ scopes: ['ingest'] }), scopes: ['ingest'] },
  'read and ingest': { authorization: bearer({ scopes: ['read', 'ingest'] }), scopes: ['read', 'ingest'] },
  'read of one service': { authorization: bearer({ scopes: ['read'], services: ['shop.example.com'] }), scopes: ['read'], isLimited: true },
  'write of one service, by id': { authorization: bearer({ scopes: ['write'], services: [shop?.id ?? ''] }), scopes: ['read', 'write'], isLimited: true },
  'admin of one service': {
    authorization: bearer({ scopes: ['admin'], services: ['shop.example.com'] }),
    scopes: ['read', 'admin', 'ingest'],
    isLimited: true,
  },
}

let folder: GuardedFolder
let server: Served
beforeAll(async () => {
  folder = guardedFolder()
  server = await serve({}, {}, folder.access)
})
afterAll(async () => {
  await server.close()
  folder.close()
})

async function asked(method: string, path: string, authorization: string | null): Promise<Response> {
  return fetch(server.url + path, {
    method,
    headers: { ...(authorization === null ? {} : { authorization }), ...(method === 'POST' ? { 'content-type': 'application/json' } : {}) },
    ...(method === 'POST' ? { body: '{}' } : {}),
  })
}

describe.each(Object.entries(roles))('%s', (_, { authorization, scopes, isLimited = false }) => {
  let shown: string | null = null
  beforeAll(() => {
    shown = authorization(folder)
  })

  test.each(routes.map((route) => [`${route[0]} ${route[3]}`, route] as const))('%s', async (_name, [method, , needs, path, open, limited]) => {
    const expected = needs === null ? open : scopes === null ? 401 : needs !== 'somebody' && !scopes.includes(needs) ? 403 : isLimited ? limited : open
    const response = await asked(method, path, shown)
    expect(response.status).toBe(expected)
    const challenge = response.headers.get('www-authenticate')
    if (expected === 401) expect(challenge).toBe(shown === null ? 'Bearer realm="tapistry"' : 'Bearer realm="tapistry", error="invalid_token"')
    else if (expected === 403) expect(challenge).toBe(`Bearer realm="tapistry", error="insufficient_scope", scope="${needs}"`)
    else expect(challenge).toBeNull()
    const text = await response.text()
    if (expected === 401 || expected === 403) {
      expect(response.headers.get('content-type')).toBe('application/problem+json')
      expect(JSON.parse(text)).toMatchObject({ status: expected })
    }
    // What an outsider hears names nothing of the inventory; whoever is limited hears of their service alone.
    const names = sampleInventory.services.flatMap(({ id, name }) => (isLimited && name === 'shop.example.com' ? [] : [id, name]))
    const hidden = scopes === null || isLimited ? names.filter((name) => !path.includes(name)) : []
    expect(hidden.filter((name) => text.includes(name))).toEqual([])
    if (shown !== null && shown.length > 20) expect(text).not.toContain(shown.slice(-20))
  })

  test.each(['GET', 'HEAD'])('%s is one route', async (method) => {
    const expected = scopes === null ? 401 : scopes.includes('read') ? 200 : 403
    expect((await asked(method, '/api/v1/services', shown)).status).toBe(expected)
  })
})

test('the table has every route, with the scope that its description names', async () => {
  const { paths } = (await json(await asked('GET', '/api/v1/openapi.json', bearer({ scopes: ['read'] })(folder)))) as {
    paths: Record<string, Record<string, { security?: ReadonlyArray<{ bearer: readonly string[] }> }>>
  }
  const described = Object.entries(paths).flatMap(([path, operations]) =>
    Object.entries(operations).map(
      ([method, { security }]) => `${method.toUpperCase()} ${path} ${security === undefined ? 'anybody' : (security[0]?.bearer[0] ?? 'somebody')}`,
    ),
  )
  expect(described.toSorted()).toEqual([...new Set(routes.map(([method, path, needs]) => `${method} ${path} ${needs ?? 'anybody'}`))].toSorted())
})
