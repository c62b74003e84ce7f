import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, it, onTestFinished } from 'vitest'

import { decodeBatch } from '../../src/observation/codec.ts'
import { readDescriptors } from '../../src/source/descriptors.ts'
import { openFeed, openFeedPool, type EngineSecrets } from '../../src/source/feed.ts'
import { grpcBody, protobufField } from '../traffic/protobuf.ts'
import { shopDescriptors } from '../traffic/shop_descriptors.ts'

it('name the fields of exchanges that are pushed, and of those in logs that are followed', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'tapistry-descriptors-'))
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }))
  const file = join(folder, 'shop.binpb')
  writeFileSync(file, shopDescriptors())
  const body = grpcBody([Buffer.concat([protobufField(1, 'ana@example.com'), protobufField(9, 5)])]).toString('base64')
  const call = { method: 'POST', path: '/shop.Orders/Put', host: 'shop.example', reqHeaders: { 'content-type': 'application/grpc' }, reqBodyBase64: body }
  const plain: EngineSecrets = { hashKey: new Uint8Array(16), literals: [], words: [] }
  for (const [engine, names] of [
    [{ ...plain, descriptors: readDescriptors([file]) }, ['9', 'customerEmail']],
    [plain, ['1', '9']],
  ] as const) {
    const pool = openFeedPool(engine)
    for (const [feed, from] of [
      [openFeed({ format: 'exchanges', host: 'none', engine }), null],
      [pool.feed({ format: 'exchanges', host: 'none' }), pool],
    ] as const) {
      await feed.push(Buffer.from(`${JSON.stringify(call)}\n`))
      const batches = await (from ?? feed).drain()
      const fields = batches.flatMap((batch) => decodeBatch(batch).observations.flatMap(({ requestBody }) => Array.from(requestBody.fields.keys())))
      expect(fields.toSorted()).toEqual(names)
    }
  }
})
