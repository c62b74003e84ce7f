import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, onTestFinished, test } from 'vitest'

import type { InventoryDocument } from '../../src/inventory/document.ts'
import { csvText } from '../../src/output/csv.ts'
import { openApiText } from '../../src/output/openapi.ts'
import { openAccessStore } from '../../src/storage/access_store.ts'
import { deciding } from '../api/deciding.ts'
import { guardedFolder } from '../api/guarded.ts'
import { inventoryOf, sampleInventory, sampleKnown, sampleRows } from '../api/sample_inventory.ts'
import { served } from '../api/served.ts'
import { run } from './run.ts'

let folder = ''
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'tapistry-server-'))
})
afterEach(() => rmSync(folder, { recursive: true, force: true }))

const pay = JSON.stringify({
  openapi: '3.1.0',
  info: { title: 'Pay', version: '1' },
  servers: [{ url: 'https://pay.example.com' }],
  paths: { '/cards': { get: { responses: { 200: { description: 'ok' } } } } },
})

describe('--server', () => {
  test('exports the inventory of a daemon as the daemon has it', async () => {
    const { url } = await served()
    const { exitCode, out } = await run(['export', 'inventory', '--server', url])
    expect(exitCode).toBe(0)
    const { findings, ...rest } = JSON.parse(out) as InventoryDocument
    const { findings: expected, ...others } = sampleInventory
    expect(rest).toEqual(others)
    expect(findings.toSorted(byId)).toEqual(expected.toSorted(byId))
    expect((await run(['export', 'csv', '--server', url])).out).toBe(csvText(sampleInventory))
  })

  test('exports the OpenAPI document that REST gives', async () => {
    const { url } = await served()
    const service = sampleInventory.services.find(({ name }) => name === 'shop.example.com')
    if (service === undefined) throw new Error('the sample has no shop')
    const { out } = await run(['export', 'openapi', '--server', url, '--service', 'shop.example.com'])
    expect(out).toBe(openApiText(service, sampleInventory))
    expect(await (await fetch(`${url}/api/v1/exports/openapi?service=shop.example.com`)).text()).toBe(out)
    expect(await (await fetch(`${url}/api/v1/exports/csv`)).text()).toBe(csvText(sampleInventory))
  })

  test('reads many pages, and again where it changed meanwhile', async () => {
    const rows = Array.from({ length: 1200 }, (_, at) => ({ service: `s${at}.example.com`, path: '/orders' }))
    const [large, larger] = [inventoryOf(rows), inventoryOf([...rows, ...sampleRows])]
    let asked = 0
    const { url } = await served({ inventory: () => ((asked += 1) < 4 ? large : larger) })
    const { out, err } = await run(['export', 'inventory', '--server', url])
    expect((JSON.parse(out) as InventoryDocument).services).toEqual(larger.services)
    expect(err).toBe('')
  })

  test('says where it never was of one moment', async () => {
    const { url } = await served({ inventory: () => ({ ...sampleInventory }) })
    const { exitCode, err } = await run(['export', 'inventory', '--server', url])
    expect([exitCode, err]).toEqual([0, expect.stringContaining('changed while it was read')])
  })

  test('matches requests against it', async () => {
    const { url } = await served()
    const { out } = await run(['match', '--server', url, 'GET', 'https://shop.example.com/orders/42'])
    expect(JSON.parse(out)).toMatchObject({ service: 'shop.example.com', template: '/orders/{orderId}' })
  })

  const answers: ReadonlyArray<readonly [name: string, status: number, body: string, says: RegExp]> = [
    ['a page of another program', 200, '<html>', /answers no JSON/],
    ['a problem', 503, '{"detail":"no room"}', /services: no room/],
    ['something else', 500, 'oops', /services: the answer is 500/],
    ['a redirect', 302, '', /the answer is 302/],
    ['lists of something else', 200, '{"items":[],"nextCursor":null,"info":{"version":"1"}}', /is no inventory of this version/],
  ]
  test.each(answers)('says what came: %s', async (_, status, body, says) => {
    const server = createServer((_request, response) => void response.writeHead(status, { location: 'http://127.0.0.1:1/' }).end(body))
    const { exitCode, err } = await run(['export', 'inventory', '--server', await listening(server)])
    expect([exitCode, err]).toEqual([3, expect.stringMatching(says)])
  })

  test.each([
    ['nowhere', 2, /a URL such as/],
    ['ftp://127.0.0.1', 2, /a URL such as/],
    ['http://127.0.0.1:1', 3, /cannot be asked: .*is the daemon running/],
  ])('%s is told', async (url, code, says) => {
    const { exitCode, err } = await run(['export', 'inventory', '--server', url])
    expect([exitCode, err]).toEqual([code, expect.stringMatching(says)])
  })
})

describe('spec add, spec remove', () => {
  const traffic = (): string => {
    const line = JSON.stringify({ method: 'GET', host: 'pay.example.com', path: '/cards', status: 200, ts: 1_772_442_000_000 })
    writeFileSync(join(folder, 'pay.ndjson'), `${line}\n`)
    writeFileSync(join(folder, 'pay.json'), pay)
    return join(folder, 'data')
  }
  const labels = async (...more: readonly string[]): Promise<readonly string[]> => {
    const { out } = await run(['export', 'inventory', '--data-dir', 'data', ...more], { cwd: folder })
    return (JSON.parse(out) as InventoryDocument).services.flatMap(({ endpoints }) => endpoints).flatMap((endpoint) => endpoint.labels)
  }

  test('keep documents with the data; the state stays without them', async () => {
    const data = traffic()
    await run(['scan', join(folder, 'pay.ndjson'), '--data-dir', data], { cwd: folder })
    expect(await labels()).toContain('shadow')
    const { exitCode, out } = await run(['spec', 'add', 'pay.json', '--data-dir', data], { cwd: folder })
    expect([exitCode, out]).toEqual([0, expect.stringMatching(/^spec_[0-9a-f]{16} {2}Pay 1\n$/)])
    expect(await labels()).toContain('documented')
    expect(await labels('--unpublished')).toContain('shadow')
    const again = await run(['scan', join(folder, 'pay.ndjson'), '--data-dir', data, '--format', 'json'], { cwd: folder })
    expect(again.out).toContain('"documented"')
    const [id = ''] = out.split(' ')
    expect(await run(['spec', 'add', 'pay.json', '--data-dir', data], { cwd: folder })).toMatchObject({
      exitCode: 3,
      err: expect.stringContaining(`registered already, as ${id}`),
    })
    expect((await run(['spec', 'remove', id, '--data-dir', data], { cwd: folder })).exitCode).toBe(0)
    const store = openAccessStore(data, () => undefined)
    onTestFinished(store.close)
    const actor = { kind: 'local', id: 'command line', name: 'command line' }
    expect(store.audits(null, 10)).toMatchObject([
      { action: 'removeSpec', target: id, actor, outcome: 'done' },
      { action: 'addSpec', target: id, actor, outcome: 'done' },
    ])
    expect(await labels()).toContain('shadow')
    expect((await run(['spec', 'remove', id, '--data-dir', data], { cwd: folder })).exitCode).toBe(3)
    expect((await run(['db', 'check', '--data-dir', data])).out).toMatch(/decisions +0/)
  })

  test('take the data folder of a configuration', async () => {
    const data = traffic()
    await run(['scan', join(folder, 'pay.ndjson'), '--data-dir', data], { cwd: folder })
    writeFileSync(join(folder, 'own.yaml'), `dataDir: ${data}\nsources: [{ type: http }]\n`)
    expect((await run(['spec', 'add', 'pay.json', '--config', 'own.yaml'], { cwd: folder })).exitCode).toBe(0)
    expect(await labels()).toContain('documented')
    expect((await run(['spec', 'add', 'pay.json', '--config', 'own.yaml', '--server', 'http://127.0.0.1:1'], { cwd: folder })).exitCode).toBe(2)
  })

  test('ask a daemon', async () => {
    traffic()
    const { server } = await deciding()
    const { exitCode, out } = await run(['spec', 'add', 'pay.json', '--server', server.url, '--service', 'pay.example.com'], { cwd: folder })
    expect(exitCode).toBe(0)
    const [id = ''] = out.split(' ')
    expect(await (await fetch(`${server.url}/api/v1/specs/${id}`)).json()).toMatchObject({ name: 'pay.json', boundTo: ['pay.example.com'] })
    expect(await run(['spec', 'add', 'pay.json', '--server', server.url], { cwd: folder })).toMatchObject({
      exitCode: 3,
      err: expect.stringContaining('registered already'),
    })
    expect((await run(['spec', 'remove', id, '--server', server.url])).exitCode).toBe(0)
    expect((await fetch(`${server.url}/api/v1/specs/${id}`)).status).toBe(404)
  })

  test('shows who is limited to services an inventory, matches and a report of these alone', async () => {
    const guarded = guardedFolder()
    onTestFinished(guarded.close)
    const { url } = await served({}, {}, guarded.access)
    const env = { TAPISTRY_TOKEN: guarded.token({ scopes: ['read'], services: ['shop.example.com'] }) }
    const asked = (...argv: readonly string[]) => run([...argv, '--server', url], { cwd: folder, env })
    const { services, visibility } = JSON.parse((await asked('export', 'inventory')).out) as InventoryDocument
    expect(services.map(({ name }) => name)).toEqual(['shop.example.com'])
    expect([visibility.packets['read'], visibility.http['exchanges']]).toEqual([0, services[0]?.exchanges])
    expect(JSON.parse((await asked('match', 'GET', 'https://pay.example.com/cards')).out)).toMatchObject({ endpoint: null })
    const { questions } = JSON.parse((await asked('report', '--format', 'json')).out) as { questions: ReadonlyArray<{ figure: { parts: object } }> }
    expect(questions[0]?.figure.parts).toMatchObject({ services: 1 })
  })

  test('show a token', async () => {
    traffic()
    const guarded = guardedFolder()
    onTestFinished(guarded.close)
    const { server } = await deciding(undefined, {}, sampleKnown(), guarded.access)
    const asked = (argv: readonly string[], token: string) => run([...argv, '--server', server.url], { cwd: folder, env: { TAPISTRY_TOKEN: token } })
    const [read, write] = [guarded.token({ scopes: ['read'] }), guarded.token({ scopes: ['write'] })]
    for (const argv of [
      ['export', 'csv'],
      ['match', 'GET', 'https://shop.example.com/orders'],
    ]) {
      expect((await asked(argv, read)).exitCode).toBe(0)
      expect(await asked(argv, '')).toMatchObject({ exitCode: 3, err: expect.stringContaining('--token-file') })
    }
    expect((await asked(['spec', 'add', 'pay.json'], read)).err).toContain('this needs the scope write')
    const { exitCode, out } = await asked(['spec', 'add', 'pay.json'], write)
    expect(exitCode).toBe(0)
    expect((await asked(['spec', 'remove', out.split(' ')[0] ?? ''], write)).exitCode).toBe(0)
  })

  test('name what is wrong', async () => {
    writeFileSync(join(folder, 'wrong.json'), '{"openapi":\n 3,,}')
    expect(await run(['spec', 'add', 'wrong.json', '--data-dir', 'data'], { cwd: folder })).toMatchObject({
      exitCode: 3,
      err: expect.stringContaining('wrong.json:2:'),
    })
    expect(await run(['spec', 'add', 'wrong.json'], { cwd: folder })).toMatchObject({ exitCode: 3 })
    writeFileSync(join(folder, 'broken.yaml'), 'openapi: 3.1.0\npaths: { /cards: { get: {} } }\n  x: y\n')
    expect(await run(['spec', 'add', 'broken.yaml', '--data-dir', 'data'], { cwd: folder })).toMatchObject({
      exitCode: 3,
      err: expect.stringContaining('broken.yaml:3:'),
    })
    writeFileSync(join(folder, 'pay.json'), pay)
    expect(await run(['spec', 'add', 'pay.json'], { cwd: folder })).toMatchObject({ exitCode: 2, err: expect.stringContaining('no place is named') })
    expect(await run(['spec', 'add', 'nowhere.json', '--data-dir', 'data'], { cwd: folder })).toMatchObject({ exitCode: 3 })
  })
})

async function listening(server: Server): Promise<string> {
  await new Promise<void>((resolve) => void server.listen(0, '127.0.0.1', resolve))
  onTestFinished(() => void server.close())
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`
}

function byId(one: { readonly id: string }, other: { readonly id: string }): number {
  return one.id < other.id ? -1 : 1
}
