import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'

import type { InventoryDocument } from '../../src/inventory/document.ts'
import { run } from './run.ts'

let folder = ''
let input = ''

/** Stands in every argument, so that none may show. */
const secret = 'Tok3n-482913-zqxj'

/** Path, body of the request and the operation that it is. */
const requests: ReadonlyArray<readonly [path: string, body: string, kind: string, operation: string | null]> = [
  ['/graphql', JSON.stringify({ query: `query GetUser { user(id: "${secret}") { name } }` }), 'graphql', 'query GetUser'],
  ['/graphql', JSON.stringify({ query: 'mutation AddUser($u: In!) { addUser(u: $u) { id } }', variables: { u: secret } }), 'graphql', 'mutation AddUser'],
  [
    '/mcp',
    JSON.stringify({ jsonrpc: '2.0', id: 1, method: 'tools/call', params: { name: 'get_weather', arguments: { a: secret } } }),
    'mcp',
    'tools/call/get_weather',
  ],
  ['/rpc', JSON.stringify({ jsonrpc: '2.0', id: secret, method: 'eth_getBalance', params: [secret] }), 'json-rpc', 'eth_getBalance'],
  ['/rpc', JSON.stringify({ query: secret }), 'rest', null],
  [
    '/ws',
    `<s:Envelope xmlns:s="http://schemas.xmlsoap.org/soap/envelope/"><s:Body><GetPrice><item>${secret}</item></GetPrice></s:Body></s:Envelope>`,
    'soap',
    'GetPrice',
  ],
  [
    '/graphql',
    [
      '--x\r\nContent-Disposition: form-data; name="operations"',
      JSON.stringify({ query: 'mutation Upload($f: Upload!) { upload(file: $f) { id } }', variables: { f: null, note: secret } }),
      '--x\r\nContent-Disposition: form-data; name="0"; filename="a.txt"',
      `${secret}\r\n--x--\r\n`,
    ]
      .join('\r\n\r\n')
      .replaceAll('}\r\n\r\n--x', '}\r\n--x'),
    'graphql',
    'mutation Upload',
  ],
  ['/xmlrpc', `<methodCall><methodName>pets.find</methodName><params>${secret}</params></methodCall>`, 'xml-rpc', 'pets.find'],
]

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'tapistry-operations-'))
  input = join(folder, 'exchanges.ndjson')
  const lines = requests.map(([path, reqBody]) => {
    const type = reqBody.startsWith('<') ? 'text/xml' : reqBody.startsWith('--x') ? 'multipart/form-data; boundary=x' : 'application/json'
    return JSON.stringify({ method: 'POST', path, host: 'api.example.com', status: 200, reqHeaders: { 'content-type': type }, reqBody })
  })
  writeFileSync(input, `${lines.join('\n')}\n`)
})
afterAll(() => rmSync(folder, { recursive: true, force: true }))

test('each operation is an endpoint of its own kind', async () => {
  const { out } = await run(['scan', input, '--format', 'json'])
  const { services } = JSON.parse(out) as InventoryDocument
  const found = services.flatMap(({ endpoints }) =>
    endpoints.map(({ template, kind, operationId, exchanges }) => [template, kind, operationId, exchanges].join(' ')),
  )
  const expected = requests.map(([path, , kind, operation]) => [path, kind, operation, 1].join(' '))
  expect(new Set(found)).toEqual(new Set(expected))
  expect(out).not.toContain(secret)
})

test('a line says what is asked for', async () => {
  const { out } = await run(['exchanges', input, '--format', 'ndjson'])
  const lines = out
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line) as { readonly operation: unknown })
  expect(lines.map(({ operation }) => operation)).toEqual(requests.map(([, , kind, name]) => (kind === 'rest' ? null : { kind, name })))
  expect(out).not.toContain(secret)
})

test('a table names them beside their paths', async () => {
  const { out } = await run(['scan', input])
  expect(out).toContain('/graphql (query GetUser)')
})

test('a key of OData is a parameter of its path', async () => {
  const keyed = join(folder, 'odata.ndjson')
  const paths = ['/odata/Items(5)', '/odata/Items(6)', '/odata/Items(7)/Parts(1)', "/odata/People('ana')", "/odata/People('bob')"]
  writeFileSync(keyed, paths.map((path) => JSON.stringify({ method: 'GET', path, host: 'api.example.com', status: 200 })).join('\n'))
  const { out } = await run(['scan', keyed, '--format', 'json'])
  const { endpoints } = (JSON.parse(out) as InventoryDocument).services[0]!
  expect(endpoints.map(({ template, exchanges }) => `${template} ${exchanges}`)).toEqual([
    '/odata/Items({itemId}) 2',
    '/odata/Items({itemId})/Parts({partId}) 1',
    "/odata/People('{personName}') 2",
  ])
  expect(endpoints[0]!.parameters).toMatchObject([{ in: 'path', schema: { type: 'integer' }, seen: 2 }])
})

test('what a log without bodies saw of operations is said to count twice', async () => {
  const log = join(folder, 'access.log')
  writeFileSync(log, '10.0.0.9 - - [28/Nov/2026:10:00:00 +0000] "POST /graphql HTTP/1.1" 200 12 "-" "-"\n'.repeat(2))
  const { out } = await run(['scan', input, log, '--host', 'api.example.com'], { columns: 200 })
  expect(out).toContain('Twice     POST /graphql of api.example.com: 2 exchanges of logs that show no operations')
  const { out: alone } = await run(['scan', log, '--host', 'api.example.com'])
  expect(alone).not.toContain('Twice')
})
