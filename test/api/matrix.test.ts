import { afterAll, beforeAll, describe, expect, test } from 'vitest'

import type { Scope } from '../../src/access/scope.ts'
import { newTokenText } from '../../src/access/token_text.ts'
import { correctionId } from '../../src/api/correction.ts'
import type { ChangeEvent, InventoryView } from '../../src/api/view.ts'
import { stableId } from '../../src/base/ids.ts'
import type { Decision, Suppression } from '../../src/finding/decision.ts'
import { readNewDocument, registeredSpecs } from '../../src/finding/documents.ts'
import { guardedFolder, type GuardedFolder } from './guarded.ts'
import { sampleInventory, sampleKnown } from './sample_inventory.ts'
import { json, serve, type Served } from './served.ts'

const [shop, pay] = ['shop.example.com', 'pay.example.com'].map((name) => sampleInventory.services.find((service) => service.name === name))
const [ownFinding, foreignFinding] = [shop, pay].map((service) => sampleInventory.findings.find((finding) => finding.service === service?.id)?.id ?? '')
const [own, foreign] = [shop, pay].map((service) => service?.endpoints[0]?.id ?? '')

const suppression = (...of: readonly [finding: string | null, service: string | null, endpoint: string | null]): Decision => {
  const [finding, service, endpoint] = of
  const body: Suppression = { kind: 'suppression', finding, service, endpoint, reason: 'a test', untilMs: null }
  return { id: stableId('sup_', ...of.map((part) => part ?? '')), atMs: 1, by: 'x', body }
}
const suppressions = {
  ofAll: suppression('inv.shadow-service', null, null),
  own: suppression(null, shop?.id ?? '', null),
  foreign: suppression(null, pay?.id ?? '', null),
}

const pin = (service: typeof shop): Decision => {
  const { id = '', template = '' } = service?.endpoints[0] ?? {}
  const correction = { kind: 'pin', service: service?.name ?? '', template, apart: [] } as const
  return { id: correctionId('pin', correction.service, [template]), atMs: 1, by: 'x', body: { kind: 'correction', correction, endpoint: id } }
}
const [ownPin, foreignPin] = [pin(shop), pin(pay)]

const paySpec = JSON.stringify({ openapi: '3.1.0', info: { title: 'Pay', version: '1' }, paths: { '/cards': { get: {} } } })
const spec = readNewDocument(paySpec, 'pay.json').spec?.id ?? ''
const storedSpec: Decision = { id: spec, atMs: 1, by: 'x', body: { kind: 'spec', text: paySpec, name: 'pay.json', services: ['pay.example.com'] } }
const ownSpec = sampleKnown().registry.specs[0]?.id ?? ''

const decisions: readonly Decision[] = [...Object.values(suppressions), ownPin, foreignPin, storedSpec]
const events = [pay, shop].map((service, at): ChangeEvent => {
  const details = { name: service?.name ?? '' }
  return { id: at + 1, atMs: 1, kind: 'service', subject: service?.id ?? '', what: 'appeared', details }
})

/** Of both services, and nothing is changed by what is asked. */
const view: Partial<InventoryView> = {
  decisions: { all: () => decisions, count: () => decisions.length, keep: () => undefined },
  specs: () => registeredSpecs(sampleKnown(), decisions),
  events: (afterId) => events.filter(({ id }) => id > afterId),
  lastEventId: () => events.length,
}

/** Every route with the scope it needs, an address of it that answers, what it answers, also to who is limited to shop.example.com, and the body, `{}` if absent. */
const routes: ReadonlyArray<
  readonly [method: string, path: string, needs: Scope | 'somebody' | null, asked: string, open: number, limited: number, body?: object]
> = [
  ['GET', '/api/v1/events', 'read', '/api/v1/events', 200, 200],
  ['GET', '/api/v1/findings', 'read', '/api/v1/findings', 200, 200],
  ['GET', '/api/v1/findings', 'read', '/api/v1/findings?format=csv', 200, 200],
  ['GET', '/api/v1/findings/{id}', 'read', `/api/v1/findings/${ownFinding}`, 200, 200],
  ['GET', '/api/v1/findings/{id}', 'read', `/api/v1/findings/${foreignFinding}`, 200, 404],
  ['PATCH', '/api/v1/findings/{id}', 'write', `/api/v1/findings/${ownFinding}`, 200, 200, { state: 'acknowledged' }],
  ['PATCH', '/api/v1/findings/{id}', 'write', `/api/v1/findings/${foreignFinding}`, 200, 404, { state: 'acknowledged' }],
  ['GET', '/api/v1/suppressions', 'read', '/api/v1/suppressions', 200, 200],
  ['POST', '/api/v1/suppressions', 'write', '/api/v1/suppressions', 201, 201, { service: 'shop.example.com', reason: 'a test' }],
  ['POST', '/api/v1/suppressions', 'write', '/api/v1/suppressions', 201, 403, { service: 'pay.example.com', reason: 'a test' }],
  ['POST', '/api/v1/suppressions', 'write', '/api/v1/suppressions', 201, 403, { kind: 'inv.shadow-service', reason: 'a test' }],
  ['DELETE', '/api/v1/suppressions/{id}', 'write', `/api/v1/suppressions/${suppressions.own.id}`, 204, 204],
  ['DELETE', '/api/v1/suppressions/{id}', 'write', `/api/v1/suppressions/${suppressions.foreign.id}`, 204, 404],
  ['DELETE', '/api/v1/suppressions/{id}', 'write', `/api/v1/suppressions/${suppressions.ofAll.id}`, 204, 404],
  ['GET', '/api/v1/corrections', 'read', '/api/v1/corrections', 200, 200],
  ['DELETE', '/api/v1/corrections/{id}', 'write', `/api/v1/corrections/${ownPin.id}`, 204, 204],
  ['DELETE', '/api/v1/corrections/{id}', 'write', `/api/v1/corrections/${foreignPin.id}`, 204, 404],
  ['POST', '/api/v1/endpoints/{id}/pin', 'write', `/api/v1/endpoints/${own}/pin`, 200, 200],
  ['POST', '/api/v1/endpoints/{id}/pin', 'write', `/api/v1/endpoints/${foreign}/pin`, 200, 404],
  ['DELETE', '/api/v1/endpoints/{id}/pin', 'write', `/api/v1/endpoints/${own}/pin`, 204, 204],
  ['DELETE', '/api/v1/endpoints/{id}/pin', 'write', `/api/v1/endpoints/${foreign}/pin`, 204, 404],
  // The endpoints have no parameter and no siblings: whoever is heard is told so.
  ['POST', '/api/v1/endpoints/{id}/split', 'write', `/api/v1/endpoints/${own}/split`, 400, 400, { words: ['a'] }],
  ['POST', '/api/v1/endpoints/{id}/split', 'write', `/api/v1/endpoints/${foreign}/split`, 400, 404, { words: ['a'] }],
  ['POST', '/api/v1/endpoints/{id}/rename', 'write', `/api/v1/endpoints/${own}/rename`, 400, 400, { name: 'a' }],
  ['POST', '/api/v1/endpoints/{id}/rename', 'write', `/api/v1/endpoints/${foreign}/rename`, 400, 404, { name: 'a' }],
  ['POST', '/api/v1/endpoints/{id}/merge', 'write', `/api/v1/endpoints/${own}/merge`, 400, 400, { endpoints: [foreign] }],
  ['POST', '/api/v1/endpoints/{id}/merge', 'write', `/api/v1/endpoints/${foreign}/merge`, 400, 404, { endpoints: [own] }],
  ['GET', '/api/v1/specs', 'read', '/api/v1/specs', 200, 200],
  ['POST', '/api/v1/specs', 'write', '/api/v1/specs', 422, 403],
  ['GET', '/api/v1/specs/{id}', 'read', `/api/v1/specs/${ownSpec}`, 200, 200],
  ['GET', '/api/v1/specs/{id}', 'read', `/api/v1/specs/${spec}`, 200, 404],
  ['PUT', '/api/v1/specs/{id}', 'write', `/api/v1/specs/${spec}`, 422, 403],
  ['DELETE', '/api/v1/specs/{id}', 'write', `/api/v1/specs/${spec}`, 204, 403],
  ['GET', '/api/v1/specs/{id}/coverage', 'read', `/api/v1/specs/${ownSpec}/coverage`, 200, 200],
  ['GET', '/api/v1/specs/{id}/coverage', 'read', `/api/v1/specs/${spec}/coverage`, 200, 404],
  ['GET', '/api/v1/exports/csv', 'read', '/api/v1/exports/csv', 200, 200],
  ['GET', '/api/v1/exports/oscal', 'read', '/api/v1/exports/oscal', 200, 200],
  ['GET', '/api/v1/exports/ocsf', 'read', '/api/v1/exports/ocsf', 200, 200],
  ['GET', '/api/v1/controls', 'read', '/api/v1/controls', 200, 200],
  ['GET', '/api/v1/controls/{framework}', 'read', '/api/v1/controls/owasp-api-2023', 200, 200],
  ['GET', '/api/v1/reports/executive', 'read', '/api/v1/reports/executive', 200, 200],
  ['GET', '/api/v1/exports/openapi', 'read', '/api/v1/exports/openapi?service=shop.example.com', 200, 200],
  ['GET', '/api/v1/exports/openapi', 'read', '/api/v1/exports/openapi?service=pay.example.com', 200, 404],
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
  ['GET', '/api/v1/alerts', 'write', '/api/v1/alerts', 200, 403],
  ['GET', '/api/v1/alerts', 'write', '/api/v1/alerts?state=dead&channel=security', 200, 403],
  // It was delivered.
  ['POST', '/api/v1/alerts/{id}/retry', 'admin', '/api/v1/alerts/1/retry', 409, 403],
  ['GET', '/api/v1/sources', 'read', '/api/v1/sources', 200, 403],
  ['GET', '/api/v1/sources/{id}/parked', 'read', `/api/v1/sources/${encodeURIComponent('interface:eth1')}/parked`, 200, 403],
  ['GET', '/api/v1/visibility', 'read', '/api/v1/visibility', 200, 200],
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
    scopes: ['read', 'write', 'admin', 'ingest'],
    isLimited: true,
  },
}

let folder: GuardedFolder
let server: Served
beforeAll(async () => {
  folder = guardedFolder()
  server = await serve(view, {}, folder.access)
})
afterAll(async () => {
  await server.close()
  folder.close()
})

async function asked(method: string, path: string, authorization: string | null, body: object = {}): Promise<Response> {
  const takes = ['POST', 'PUT', 'PATCH'].includes(method)
  return fetch(server.url + path, {
    method,
    headers: {
      ...(authorization === null ? {} : { authorization }),
      ...(takes ? { 'content-type': 'application/json' } : {}),
      ...(path.endsWith('/events') ? { 'last-event-id': '0' } : {}),
    },
    ...(takes ? { body: JSON.stringify(body) } : {}),
  })
}

/** All of it, but of a stream of events what comes until the last of them. */
async function textOf(response: Response): Promise<string> {
  if (response.headers.get('content-type') !== 'text/event-stream') return response.text()
  let text = ''
  for await (const chunk of response.body ?? []) {
    text += Buffer.from(chunk as Uint8Array).toString()
    if (text.includes(`id: ${events.length}\nevent: `)) break
  }
  return text
}

describe.each(Object.entries(roles))('%s', (_, { authorization, scopes, isLimited = false }) => {
  let shown: string | null = null
  beforeAll(() => {
    shown = authorization(folder)
  })

  test.each(routes.map((route) => [`${route[0]} ${route[3]} ${JSON.stringify(route[6] ?? {})}`, route] as const))(
    '%s',
    async (_name, [method, , needs, path, open, limited, body]) => {
      const expected = needs === null ? open : scopes === null ? 401 : needs !== 'somebody' && !scopes.includes(needs) ? 403 : isLimited ? limited : open
      const response = await asked(method, path, shown, body)
      expect(response.status).toBe(expected)
      const challenge = response.headers.get('www-authenticate')
      if (expected === 401) expect(challenge).toBe(shown === null ? 'Bearer realm="tapistry"' : 'Bearer realm="tapistry", error="invalid_token"')
      else if (expected === 403) expect(challenge).toBe(`Bearer realm="tapistry", error="insufficient_scope", scope="${needs}"`)
      else expect(challenge).toBeNull()
      const text = await textOf(response)
      if (expected === 401 || expected === 403) {
        expect(response.headers.get('content-type')).toBe('application/problem+json')
        expect(JSON.parse(text)).toMatchObject({ status: expected })
      }
      // What an outsider hears names nothing of the inventory; whoever is limited hears of their service alone.
      const names = sampleInventory.services.flatMap(({ id, name }) => (isLimited && name === 'shop.example.com' ? [] : [id, name]))
      const hidden = scopes === null || isLimited ? names.filter((name) => !path.includes(name)) : []
      expect(hidden.filter((name) => text.includes(name))).toEqual([])
      if (shown !== null && shown.length > 20) expect(text).not.toContain(shown.slice(-20))
    },
  )

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
