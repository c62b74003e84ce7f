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
  ['/xmlrpc', `<methodCall><methodName>pets.find</methodName><params>${secret}</params></methodCall>`, 'xml-rpc', 'pets.find'],
]

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'tapistry-operations-'))
  input = join(folder, 'exchanges.ndjson')
  const lines = requests.map(([path, reqBody]) => {
    const type = reqBody.startsWith('<') ? 'text/xml' : 'application/json'
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
