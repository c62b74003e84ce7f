import { Ajv2020 } from 'ajv/dist/2020.js'
import type { FastifyReply, FastifyRequest } from 'fastify'
import { expect, onTestFinished, test } from 'vitest'

import type { AuditRow } from '../../src/access/audit.ts'
import { local } from '../../src/access/principal.ts'
import { auditRow } from '../../src/api/audited.ts'
import type { Route } from '../../src/api/route.ts'
import { answerSchemas } from '../../src/api/schemas.ts'
import { TapistryError } from '../../src/base/errors.ts'
import { guardedFolder, type GuardedFolder } from './guarded.ts'
import { json, served, type Served } from './served.ts'

interface Page {
  readonly items: ReadonlyArray<Record<string, unknown>>
  readonly nextCursor: string | null
}

async function audited(): Promise<{ folder: GuardedFolder; server: Served; ask: (path: string, token: string, method?: string) => Promise<Response> }> {
  const folder = guardedFolder()
  onTestFinished(folder.close)
  const server = await served({}, {}, folder.access)
  return { folder, server, ask: async (path, token, method = 'GET') => fetch(server.url + path, { method, headers: { authorization: `Bearer ${token}` } }) }
}

test('exports have a row each, by whom and how they ended, and nothing that was asked for', async () => {
  const { folder, ask } = await audited()
  const [reader, sender, admin] = [folder.token({ scopes: ['read'] }), folder.token({ scopes: ['ingest'] }), folder.token({ scopes: ['admin'] })]
  for (const token of [reader, sender]) await (await ask('/api/v1/endpoints?format=csv&q=alice', token)).text()
  const ids = new Map(folder.store.tokens().map(({ id, scopes }) => [scopes[0], id]))
  const { items, nextCursor } = (await json(await ask('/api/v1/audit', admin))) as unknown as Page
  const row = { action: 'listEndpoints', target: '/api/v1/endpoints' }
  const actor = (scope: 'read' | 'ingest'): object => ({ kind: 'token', id: ids.get(scope), name: ids.get(scope) })
  expect(items).toMatchObject([
    { ...row, id: 2, outcome: 'refused', status: 403, actor: actor('ingest') },
    { ...row, id: 1, outcome: 'done', status: 200, actor: actor('read') },
  ])
  expect(nextCursor).toBeNull()
  expect(JSON.stringify(items)).not.toContain('alice')
  expect(new Ajv2020({ strict: false }).validate({ type: 'array', items: answerSchemas()['AuditRow'] }, items)).toBe(true)
})

test.each([
  ['/api/v1/endpoints', 'GET'],
  ['/api/v1/endpoints?format=json', 'GET'],
  ['/api/v1/endpoints?format=csv', 'HEAD'],
  ['/metrics', 'GET'],
  ['/api/v1/audit', 'GET'],
  ['/api/v1/ingest/exchanges', 'POST'],
  ['/nowhere', 'POST'],
])('%s (%s) has none', async (path, method) => {
  const { folder, ask } = await audited()
  await ask(path, folder.token({ scopes: ['admin'] }), method)
  expect(folder.store.audits(null, 9)).toEqual([])
})

test('outsiders make no rows', async () => {
  const { folder, server, ask } = await audited()
  await fetch(`${server.url}/api/v1/endpoints?format=csv`)
  await ask('/api/v1/endpoints?format=csv', 'wrong')
  expect(folder.store.audits(null, 9)).toEqual([])
})

test('rows come page by page, the newest first', async () => {
  const { folder, ask } = await audited()
  const admin = folder.token({ scopes: ['admin'] })
  const row: AuditRow = { atMs: 1, actor: { kind: 'local', id: 'x', name: 'x' }, action: 'createToken', target: 'tok_1', outcome: 'done', status: null }
  for (let atMs = 1; atMs <= 5; atMs += 1) folder.store.addAudit({ ...row, atMs })
  const seen: unknown[] = []
  for (let path: string | null = '/api/v1/audit?limit=2'; path !== null;) {
    const { items, nextCursor }: Page = (await json(await ask(path, admin))) as unknown as Page
    seen.push(...items.map(({ id }) => id))
    path = nextCursor === null ? null : `/api/v1/audit?limit=2&cursor=${nextCursor}`
  }
  expect(seen).toEqual([5, 4, 3, 2, 1])
  expect((await ask('/api/v1/audit?cursor=x', admin)).status).toBe(400)
})

test('where no row can be kept the log says so', async () => {
  const folder = guardedFolder()
  onTestFinished(folder.close)
  const addAudit = (): never => {
    throw new TapistryError('STORAGE', 'the disk is full')
  }
  const server = await served({}, {}, { ...folder.access, audit: { ...folder.store, addAudit } })
  await (await fetch(`${server.url}/api/v1/endpoints?format=csv`, { headers: { authorization: `Bearer ${folder.token({ scopes: ['read'] })}` } })).text()
  await expect.poll(() => server.lines.join('')).toContain('could not be kept in the audit')
})

const route: Route = {
  method: 'POST',
  path: '/x/{id}',
  operationId: 'changeX',
  summary: '',
  access: 'write',
  isNarrowed: true,
  answers: {},
  handle: () => null,
}
test.each([
  [route, 204, 'done'],
  [route, 404, 'refused'],
  [route, 500, 'failed'],
  [{ ...route, access: 'admin' }, 200, 'done'],
  [{ ...route, access: 'ingest' }, 200, null],
  [{ ...route, method: 'GET' }, 200, null],
] as ReadonlyArray<readonly [Route, number, AuditRow['outcome'] | null]>)('a change by %j that is answered with %d is %s', (asked, status, outcome) => {
  const request = { method: asked.method, url: `/x/1?y=2${'z'.repeat(600)}` } as FastifyRequest
  const row = auditRow(asked, request, { statusCode: status } as FastifyReply, local, 7)
  const actor = { kind: 'local', id: 'loopback', name: 'loopback' }
  expect(row).toEqual(outcome === null ? null : { atMs: 7, actor, action: 'changeX', target: '/x/1', outcome, status })
})
