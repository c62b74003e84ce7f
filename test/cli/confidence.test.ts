import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'

import type { InventoryDocument, JsonSchema } from '../../src/inventory/document.ts'
import { grpcBody, protobufField as field } from '../traffic/protobuf.ts'
import { run } from './run.ts'

let folder = ''

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'tapistry-confidence-'))
})
afterAll(() => rmSync(folder, { recursive: true, force: true }))

test('a guess that is mixed or rests on few values says how sure it is', async () => {
  // Field 1 is text alone, 2 once a message, 3 once bytes, 4 a number, 5 two texts.
  const [nested, bytes] = [field(1, 1), Buffer.from([0xff, 0xff, 0xff])]
  const messages = Array.from({ length: 40 }, (_, index) => [
    field(1, 'some words'),
    ...(index < 3 ? [field(2, 'ab')] : []),
    ...(index === 3 ? [field(2, nested), field(3, bytes), field(4, 7), field(5, 'one'), field(5, 'two')] : []),
  ])
  const input = join(folder, 'calls.ndjson')
  const body = grpcBody(messages.map((fields) => Buffer.concat(fields)))
  const call = { method: 'POST', path: '/shop.Orders/Put', host: 'shop.example', reqHeaders: { 'content-type': 'application/grpc' } }
  writeFileSync(input, JSON.stringify({ ...call, reqBodyBase64: body.toString('base64') }))
  const { out } = await run(['scan', input, '--format', 'json'])
  const { request } = (JSON.parse(out) as InventoryDocument).services[0]!.endpoints[0]!
  const fields = request.mediaTypes['application/grpc']!.schema['properties'] as Readonly<Record<string, JsonSchema>>
  const keyword = 'x-tapistry-confidence'
  expect(Object.fromEntries(Object.entries(fields).map(([name, schema]) => [name, schema[keyword] ?? null]))).toEqual({
    1: null,
    2: 0.57,
    3: 0.5,
    4: null,
    5: null,
  })
  expect((fields['5']!['items'] as JsonSchema)[keyword]).toBe(0.6)
})
