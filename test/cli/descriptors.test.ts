import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'

import type { InventoryDocument, JsonSchema } from '../../src/inventory/document.ts'
import { grpcBody, protobufField as field } from '../traffic/protobuf.ts'
import { shopDescriptors } from '../traffic/shop_descriptors.ts'
import { run } from './run.ts'

let folder = ''
let input = ''
let descriptors = ''

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'tapistry-descriptors-'))
  input = join(folder, 'calls.ndjson')
  descriptors = join(folder, 'shop.binpb')
  writeFileSync(descriptors, shopDescriptors())
  const message = Buffer.concat([field(1, 'ana@example.com'), field(2, 1), field(3, '4111111111111111'), field(9, 5)])
  const body = grpcBody([message]).toString('base64')
  const headers = { 'content-type': 'application/grpc' }
  const call = { method: 'POST', path: '/shop.Orders/Put', host: 'shop.example', status: 200, reqHeaders: headers, resHeaders: headers }
  writeFileSync(input, `${JSON.stringify({ ...call, reqBodyBase64: body, resBodyBase64: body })}\n`.repeat(3))
})
afterAll(() => rmSync(folder, { recursive: true, force: true }))

async function scanned(...more: readonly string[]): Promise<InventoryDocument['services'][number]['endpoints'][number]> {
  const { out, err } = await run(['scan', input, '--format', 'json', ...more])
  expect(err).toBe('')
  return (JSON.parse(out) as InventoryDocument).services[0]!.endpoints[0]!
}

function properties(schema: JsonSchema): Readonly<Record<string, JsonSchema>> {
  return schema['properties'] as Readonly<Record<string, JsonSchema>>
}

test('fields have the names of their descriptors, and classes follow from them', async () => {
  const { kind, request, responses, dataClasses } = await scanned('--descriptors', descriptors)
  expect(kind).toBe('grpc')
  for (const body of [request, responses['200']!]) {
    const fields = properties(body.mediaTypes['application/grpc']!.schema)
    expect(Object.keys(fields)).toEqual(['9', 'cardNumber', 'customerEmail', 'state'])
    expect(fields['state']).toMatchObject({ type: 'string' })
  }
  expect(new Set(dataClasses.map((row) => `${row.in} ${row.path} ${row.class}`))).toEqual(
    new Set(['request $.cardNumber payment_card', 'request $.customerEmail email', 'response $.cardNumber payment_card', 'response $.customerEmail email']),
  )
})

test('a configuration may name them, and without any fields are numbers', async () => {
  const config = join(folder, 'tapistry.yaml')
  writeFileSync(config, `descriptors: [${descriptors}]\n`)
  for (const [more, names] of [
    [
      ['--config', config],
      ['9', 'cardNumber', 'customerEmail', 'state'],
    ],
    [[], ['1', '2', '3', '9']],
  ] as const) {
    const { request } = await scanned(...more)
    expect(Object.keys(properties(request.mediaTypes['application/grpc']!.schema))).toEqual(names)
  }
})

test('what is no set of descriptors is refused, and what is missing in one is said', async () => {
  const [damaged, partial] = [join(folder, 'damaged.binpb'), join(folder, 'partial.binpb')]
  writeFileSync(damaged, shopDescriptors().subarray(0, 40))
  writeFileSync(partial, shopDescriptors({ hasState: false }))
  const refused = await run(['exchanges', input, '--descriptors', damaged])
  expect(refused).toMatchObject({ exitCode: 2, out: '' })
  expect(refused.err).toContain(`descriptors ${damaged}: is no set of descriptors, or is damaged in the file that is number 1 of it: make it with protoc`)
  const absent = await run(['scan', input, '--descriptors', join(folder, 'none.binpb')])
  expect(absent).toMatchObject({ exitCode: 2, out: '' })
  expect(absent.err).toContain('none.binpb: cannot be read: no such file or folder')
  const { exitCode, err } = await run(['exchanges', input, '--descriptors', partial])
  expect([exitCode, err]).toEqual([
    0,
    'tapistry: descriptors: types that they name are not in them, fields below stay numbered: shop.State: make them with --include_imports\n',
  ])
})

test('a configuration that names none of these is refused at its place', async () => {
  const config = join(folder, 'wrong.yaml')
  writeFileSync(config, `descriptors:\n  - ${input}\n`)
  const { exitCode, err } = await run(['config', 'check', config])
  expect(exitCode).toBe(2)
  expect(err).toContain('wrong.yaml:2:3: descriptors: ')
  expect(err).toContain('is no set of descriptors')
})
