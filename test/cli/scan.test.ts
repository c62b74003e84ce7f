import { appendFileSync, copyFileSync, existsSync, mkdirSync, mkdtempSync, readFileSync, readdirSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Ajv2020 } from 'ajv/dist/2020.js'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'

import { packageFolder } from '../../src/base/version.ts'
import type { InventoryDocument } from '../../src/inventory/document.ts'
import { publishedSchemas } from '../../src/output/schemas.ts'
import { run } from './run.ts'

let folder = ''
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'tapistry-scan-'))
})
afterEach(() => rmSync(folder, { recursive: true, force: true }))

const example = (name: string): string => join(packageFolder, 'examples', name)
const exchange = (path: string, more: Record<string, unknown> = {}): string =>
  `${JSON.stringify({ method: 'GET', host: 'api.example.com', path, status: 200, ts: 1_772_442_000_000, client: '192.0.2.1', resHeaders: { 'content-type': 'application/json' }, resBody: { id: 1 }, ...more })}\n`
const write = (name: string, ...lines: string[]): string => {
  writeFileSync(join(folder, name), lines.join(''))
  return join(folder, name)
}
const inventoryOf = async (...argv: string[]): Promise<InventoryDocument> => {
  const { out, err } = await run(['scan', ...argv, '--format', 'json'])
  if (out === '') throw new Error(err)
  return JSON.parse(out) as InventoryDocument
}
const exchangesOf = (inventory: InventoryDocument): number => inventory.services.reduce((sum, { exchanges }) => sum + exchanges, 0)
function validatorOf(name: string) {
  return new Ajv2020({ strict: false }).compile(publishedSchemas().get(name) ?? false)
}

describe('the example', () => {
  const argv = [example('shop.pcap'), example('shop-access.log'), '--host', 'shop.example.com', '--spec', example('shop.yaml'), example('payments.json')]

  test('gives an inventory that its schema describes, the same each time', async () => {
    const first = await run(['scan', ...argv, '--format', 'json'])
    const validate = validatorOf('inventory.schema.json')
    expect(validate(JSON.parse(first.out)), JSON.stringify(validate.errors)).toBe(true)
    expect(first.exitCode).toBe(0)
    expect((await run(['scan', ...argv, '--format', 'json', '--workers', '3'])).out).toBe(first.out)
  })

  test('shows what its README promises', async () => {
    const { services, findings } = await inventoryOf(...argv)
    const endpoint = (service: string, method: string, template: string) =>
      services.find(({ name }) => name === service)?.endpoints.find((row) => row.method === method && row.template === template)
    expect(services.map(({ name }) => name)).toEqual(
      expect.arrayContaining([
        'accounts.example.com',
        'payments.example.com',
        'promo-beta.example.com',
        'shop.example.com',
        'stock.internal:8080',
        'www.example.com',
      ]),
    )
    expect(endpoint('shop.example.com', 'GET', '/api/v1/categories')?.labels).toContain('documented')
    expect(endpoint('shop.example.com', 'GET', '/api/v1/feature-flags')?.labels).toEqual(['undocumented'])
    expect(endpoint('shop.example.com', 'GET', '/api/v0/items/{sku}')?.labels).toContain('zombie')
    expect(endpoint('shop.example.com', 'GET', '/api/v1/orders/{orderId}')?.labels).toContain('drift')
    expect(endpoint('shop.example.com', 'GET', '/api/v1/gift-cards/{code}')?.labels).toEqual(['orphan'])
    expect(endpoint('payments.example.com', 'POST', '/v2/payments/{paymentId}/capture')?.labels).toEqual(['unseen'])
    expect(endpoint('payments.example.com', 'GET', '/v2/exports/cards')?.dataClasses.map((row) => row.class)).toEqual(
      expect.arrayContaining(['email', 'payment_card']),
    )
    expect(endpoint('payments.example.com', 'GET', '/v2/payments/{paymentId}')?.auth[0]).toMatchObject({ kind: 'bearer-jwt' })
    expect(services.find(({ name }) => name === 'promo-beta.example.com')?.endpoints.every(({ labels }) => labels.includes('shadow'))).toBe(true)
    expect(services.find(({ name }) => name === 'www.example.com')?.kinds).toEqual(['web'])
    expect(findings.map(({ kind }) => kind)).toEqual(
      expect.arrayContaining(['data.sensitive-unauthenticated', 'inv.shadow-endpoint', 'inv.shadow-service', 'inv.zombie-endpoint', 'spec.response-drift']),
    )
  })

  test('no value of traffic is in any output', async () => {
    const values = ['4111111111111111', '5555555555554444', '@example.org', 'eyJhbGciOiJSUzI1NiI', 'session=', 'invented-', 'Station Road', '+1 202 555']
    for (const format of ['table', 'json', 'ndjson', 'csv', 'html', 'sarif']) {
      const { out } = await run(['scan', ...argv, '--format', format])
      for (const value of values) expect(out.includes(value), `${value} in ${format}`).toBe(false)
    }
    const { out } = await run(['exchanges', example('shop.pcap')])
    for (const value of values) expect(out.includes(value), `${value} in exchanges`).toBe(false)
  })

  test('the demo runs', async () => {
    const { exitCode, out, err } = await run(['demo'])
    expect(err).toBe('')
    expect(exitCode).toBe(0)
    expect(out).toMatch(/What to try next/)
    expect(out).toMatch(/3 TLS flows not read/)
  })
})

test.skipIf(!existsSync('/dev/zero'))('what has no end, or no place, is one line and no wait', async () => {
  const log = write('a.ndjson', exchange('/users'))
  for (const [argv, exitCode, message] of [
    [['scan', log, '--config', '/dev/zero'], 2, '/dev/zero: is no regular file; name the configuration with --config'],
    [['scan', log, '--spec', '/dev/zero'], 3, '/dev/zero: is no regular file'],
    [['match', '--inventory', '/dev/zero', 'GET', '/'], 3, '/dev/zero: is no regular file; name a file that "tapistry scan --format json" wrote'],
    [['scan', log, '--data-dir', '/proc/x'], 3, 'cannot use the data folder /proc/x: no such file or folder; name another one with --data-dir'],
    [['scan', log, '--format', 'openapi', '-o', '/proc/x'], 3, 'cannot make the folder /proc/x: no such file or folder; name another one with -o'],
  ] as const) {
    expect(await run(argv)).toMatchObject({ exitCode, err: `tapistry: ${message}\n` })
  }
})

describe('inputs', () => {
  test('one that cannot be read is reported, the others are done', async () => {
    const good = write('good.ndjson', exchange('/users'))
    const { exitCode, out, err } = await run(['scan', join(folder, 'nowhere.pcap'), good, '--format', 'json'])
    expect(exitCode).toBe(3)
    expect(err).toMatch(/^tapistry: \S+nowhere\.pcap: does not exist; check the path$/m)
    expect(exchangesOf(JSON.parse(out) as InventoryDocument)).toBe(1)
  })

  test.each([
    ['empty', ''],
    ['random text', 'this is no log at all\n'.repeat(5)],
    ['zeros', '\0'.repeat(1000)],
    ['a cut gzip', '\u001f\u008b\b\0'],
  ])('%s: a reason and no crash', async (_, text) => {
    const { exitCode, out, err } = await run(['scan', write('input', text)])
    expect([0, 3]).toContain(exitCode)
    expect(out).toMatch(/No API was found/)
    expect(err).not.toMatch(/defect/)
  })

  test('a response of which only the body is known is not lost', async () => {
    const input = write(
      'a.ndjson',
      '{"method":"GET","host":"api.example.com","path":"/users","resHeaders":{"content-type":"application/json"},"resBody":{"id":1}}\n',
    )
    const { services } = await inventoryOf(input)
    expect(services[0]?.endpoints[0]?.responses['0']?.mediaTypes['application/json']?.schema).toMatchObject({ properties: { id: { type: 'integer' } } })
  })

  test('a form that a HAR document lists by its fields is read as one', async () => {
    const request = {
      method: 'POST',
      url: 'https://api.example.com/login',
      headers: [],
      postData: {
        mimeType: 'application/x-www-form-urlencoded',
        params: [
          { name: 'user', value: 'x' },
          { name: 'age', value: '7' },
        ],
      },
    }
    const entry = { startedDateTime: '2026-03-02T09:00:00.000Z', request, response: { status: 200, headers: [], content: {} } }
    const { services } = await inventoryOf(write('a.har', JSON.stringify({ log: { version: '1.2', entries: [entry] } })))
    expect(services[0]?.endpoints[0]?.request.mediaTypes['application/x-www-form-urlencoded']?.schema).toMatchObject({
      properties: { user: { type: 'string' }, age: { type: 'integer' } },
    })
  })

  test('several files in any order give the same', async () => {
    const [one, other] = [write('a.ndjson', exchange('/users'), exchange('/users/1')), write('b.ndjson', exchange('/users/2'), exchange('/orders'))]
    expect(await inventoryOf(one, other)).toEqual(await inventoryOf(other, one))
  })
})

describe('gates', () => {
  test.each([
    ['shadow', 1],
    ['blocked', 0],
    ['blocked,high', 1],
    ['critical', 0],
  ])('--fail-on %s gives exit code %d', async (names, exitCode) => {
    const { exitCode: given, out, err } = await run(['scan', write('a.ndjson', exchange('/users')), '--fail-on', names])
    expect(given).toBe(exitCode)
    expect(out).toContain('api.example.com')
    if (exitCode === 1) expect(err).toMatch(/gate failed: .*(?:endpoint with label|finding)/)
  })
})

describe('--data-dir', () => {
  test('the same input twice changes nothing, --again counts it anew', async () => {
    const [input, data] = [write('a.ndjson', exchange('/users'), exchange('/users/1')), join(folder, 'data')]
    const first = await inventoryOf(input, '--data-dir', data)
    expect(exchangesOf(first)).toBe(2)
    expect(await inventoryOf(input, '--data-dir', data)).toEqual(first)
    expect(exchangesOf(await inventoryOf(input, '--data-dir', data, '--again'))).toBe(4)
  })

  test('a grown input adds its new part', async () => {
    const [input, data] = [write('a.ndjson', exchange('/users'), exchange('/users/1')), join(folder, 'data')]
    await inventoryOf(input, '--data-dir', data)
    appendFileSync(input, exchange('/users/2'))
    const grown = await inventoryOf(input, '--data-dir', data)
    expect(exchangesOf(grown)).toBe(3)
    const whole = await inventoryOf(input)
    expect(grown.services[0]?.endpoints.map(({ template, exchanges }) => [template, exchanges])).toEqual(
      whole.services[0]?.endpoints.map(({ template, exchanges }) => [template, exchanges]),
    )
  })

  test('another input joins what is there, and export reads it', async () => {
    const data = join(folder, 'data')
    await inventoryOf(write('a.ndjson', exchange('/users')), '--data-dir', data)
    const both = await inventoryOf(write('b.ndjson', exchange('/orders')), '--data-dir', data)
    expect(both.services[0]?.endpoints.map(({ template }) => template)).toEqual(['/orders', '/users'])
    expect(JSON.parse((await run(['export', 'inventory', '--data-dir', data])).out)).toEqual(both)
    expect((await run(['export', 'csv', '--data-dir', data])).out.split('\r\n')).toHaveLength(4)
  })

  test('no value of traffic is in the data folder', async () => {
    const data = join(folder, 'data')
    await run([
      'scan',
      write(
        'a.ndjson',
        exchange('/users', {
          reqHeaders: { authorization: 'Bearer pLaNtEd7xQ2vT9' },
          query: 'q=9fK2qZ8mWvX1bL',
          resBody: { note: 'a planted sentence of text' },
        }),
      ),
      '--data-dir',
      data,
    ])
    const stored = readdirSync(data)
      .map((name) => readFileSync(join(data, name), 'latin1'))
      .join('')
    for (const value of ['pLaNtEd7xQ2vT9', '9fK2qZ8mWvX1bL', 'a planted sentence of text']) expect(stored.includes(value), value).toBe(false)
  })

  test('findings are exported as a list that its schema describes', async () => {
    const inventory = join(folder, 'inventory.json')
    await run(['scan', example('shop.pcap'), '--format', 'json', '-o', inventory])
    const { exitCode, out } = await run(['export', 'findings', '--inventory', inventory, '--service', 'payments.example.com'])
    const validate = validatorOf('findings.schema.json')
    const findings = JSON.parse(out) as { service: string }[]
    expect(exitCode).toBe(0)
    expect(validate(findings), JSON.stringify(validate.errors)).toBe(true)
    expect(findings.length).toBeGreaterThan(0)
    expect(new Set(findings.map(({ service }) => service)).size).toBe(1)
  })

  test('an empty folder has nothing to export', async () => {
    expect(await run(['export', 'csv', '--data-dir', join(folder, 'nothing')])).toMatchObject({
      exitCode: 3,
      err: expect.stringMatching(/holds no inventory/) as string,
    })
    expect(existsSync(join(folder, 'nothing'))).toBe(false)
  })
})

describe('exchanges', () => {
  test('each line is described by its schema, in order', async () => {
    const { exitCode, out } = await run(['exchanges', example('shop.pcap'), '--digests', '--summary'])
    expect(exitCode).toBe(0)
    const validate = validatorOf('exchange-line.schema.json')
    const lines = out
      .trimEnd()
      .split('\n')
      .map((line) => JSON.parse(line) as { n?: number })
    for (const line of lines) expect(validate(line), JSON.stringify([line, validate.errors])).toBe(true)
    const numbers = lines.flatMap(({ n }) => n ?? [])
    expect(numbers).toEqual(numbers.toSorted((one, other) => one - other))
    expect(lines.at(-1)).toHaveProperty('summary')
  })

  test('the table has a row for each', async () => {
    const { out } = await run(['exchanges', write('a.ndjson', exchange('/users/1'), exchange('/users')), '--format', 'table'])
    expect(out.trimEnd().split('\n')).toHaveLength(3)
    expect(out).toMatch(/GET +api\.example\.com\/users\/\{int\} +200/)
  })
})

describe('match', () => {
  test('one line for each input line, in order, with its id and what its schema says', async () => {
    const input = write(
      'a.ndjson',
      exchange('/users/1', { id: 'first' }),
      exchange('/users/2', { id: 'second' }),
      exchange('/nowhere/else', { id: 'third', method: 'POST', status: 404 }),
    )
    const inventory = join(folder, 'inventory.json')
    await run(['scan', input, '--format', 'json', '-o', inventory])
    const { out } = await run(['match', '--inventory', inventory, '--input', input])
    const validate = validatorOf('match-line.schema.json')
    const lines = out
      .trimEnd()
      .split('\n')
      .map((line) => JSON.parse(line) as { id: string; template: string | null; service: string })
    for (const line of lines) expect(validate(line), JSON.stringify(validate.errors)).toBe(true)
    expect(lines.map(({ id }) => id)).toEqual(['first', 'second', 'third'])
    expect(lines.map(({ template }) => template)).toEqual(['/users/{userId}', '/users/{userId}', null])
    const single = await run(['match', '--inventory', inventory, 'GET', 'https://api.example.com/users/77?x=1'])
    expect(JSON.parse(single.out)).toMatchObject({ id: null, service: 'api.example.com', template: '/users/{userId}' })
  })

  test('a line that is no exchange has its line too, with the reason', async () => {
    const input = write('mixed.ndjson', exchange('/users/1', { id: 'first' }), 'no json\n', '{"x":1}\n', exchange('/users/2', { id: 'last' }))
    const inventory = join(folder, 'inventory.json')
    await run(['scan', write('b.ndjson', exchange('/users/1', {})), '--format', 'json', '-o', inventory])
    const { out } = await run(['match', '--inventory', inventory, '--input', input])
    const validate = validatorOf('match-line.schema.json')
    const lines = out
      .trimEnd()
      .split('\n')
      .map((line) => JSON.parse(line) as { id: string | null; why: string })
    for (const line of lines) expect(validate(line), JSON.stringify(validate.errors)).toBe(true)
    expect(lines.map(({ id }) => id)).toEqual(['first', null, null, 'last'])
    expect(lines.slice(1, 3).map(({ why }) => why)).toEqual(['the line is no exchange: not_object', 'the line is no exchange: method_missing'])
  })

  test('a line that is no exchange keeps its id', async () => {
    const input = write('rejected.ndjson', '{"id":"no-path","method":"GET"}\n', '{"method":"GET","id":7}\n')
    const inventory = join(folder, 'inventory.json')
    await run(['scan', write('b.ndjson', exchange('/users/1')), '--format', 'json', '-o', inventory])
    const { out } = await run(['match', '--inventory', inventory, '--input', input])
    expect(
      out
        .trimEnd()
        .split('\n')
        .map((line) => (JSON.parse(line) as { id: string | null }).id),
    ).toEqual(['no-path', '7'])
  })

  test('an input of nothing but other bytes is read as exchanges too', async () => {
    const inventory = join(folder, 'inventory.json')
    await run(['scan', write('b.ndjson', exchange('/users/1', {})), '--format', 'json', '-o', inventory])
    const { out, exitCode } = await run(['match', '--inventory', inventory, '--input', write('noise.ndjson', '\u0000{"a"\n', 'more noise\n')])
    expect(out.trimEnd().split('\n')).toHaveLength(2)
    expect(exitCode).toBe(0)
  })

  test('a file that is no inventory is named', async () => {
    expect(await run(['match', '--inventory', write('x.json', '{}'), 'GET', '/'])).toMatchObject({
      exitCode: 3,
      err: expect.stringMatching(/is no inventory/) as string,
    })
  })
})

describe('output', () => {
  test('openapi writes a file for each service, which describes it again', async () => {
    const target = join(folder, 'specs')
    const { exitCode } = await run(['scan', example('shop.pcap'), '--format', 'openapi', '-o', target])
    expect(exitCode).toBe(0)
    expect(readdirSync(target)).toEqual(expect.arrayContaining(['payments.example.com.openapi.json', 'shop.example.com.openapi.json']))
    const { services } = await inventoryOf(example('shop.pcap'), '--spec', target)
    for (const { kinds, endpoints, name } of services) {
      if (!kinds.includes('web'))
        expect(endpoints.filter(({ facts }) => !facts.documented).map(({ method, template }) => `${method} ${name}${template}`)).toEqual([])
    }
  })

  test('several services do not fit one document', async () => {
    expect(await run(['scan', example('shop.pcap'), '--format', 'openapi'])).toMatchObject({
      exitCode: 2,
      err: expect.stringMatching(/name a folder with -o/) as string,
    })
  })

  test('a table in a file is plain', async () => {
    const target = join(folder, 'table.txt')
    await run(['scan', write('a.ndjson', exchange('/users')), '-o', target], { outIsTty: true, columns: 120 })
    expect(statSync(target).size).toBeGreaterThan(100)
    expect(readFileSync(target, 'utf8')).not.toContain('\u001b')
  })

  test('a configuration brings specs, owners and names', async () => {
    mkdirSync(join(folder, 'specs'))
    copyFileSync(example('payments.json'), join(folder, 'specs', 'payments.json'))
    write('tapistry.yaml', 'dataDir: ./kept\nspecs: [{ path: specs, service: api.example.com }]\nservices: [{ name: api.example.com, owner: team-orders }]\n')
    const input = write('a.ndjson', exchange('/v2/payments', { method: 'POST', status: 201 }))
    const { out } = await run(['scan', input, '--config', 'tapistry.yaml', '--format', 'json'], { cwd: folder })
    expect((JSON.parse(out) as InventoryDocument).services[0]).toMatchObject({ name: 'api.example.com', owner: 'team-orders' })
    expect(readdirSync(join(folder, 'kept'))).toContain('tapistry.db')
  })
})
