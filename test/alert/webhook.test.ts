import { createHmac } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { Ajv2020 } from 'ajv/dist/2020.js'
import { afterEach, beforeEach, expect, test } from 'vitest'

import { addressGuard } from '../../src/alert/addresses.ts'
import { webhook } from '../../src/alert/channels/webhook.ts'
import { guardedFetch } from '../../src/alert/guarded_fetch.ts'
import type { AlertMessage } from '../../src/alert/message.ts'
import { signedHeaders, webhookKeys } from '../../src/alert/standard_webhook.ts'
import { overHttp } from '../../src/alert/over_http.ts'
import { packageFolder } from '../../src/base/version.ts'
import { openReceiver, type Received, type Receiver } from './receiver.ts'
import { digestItems, sampleItem, sampleMessage, startMs } from './sample_channel.ts'

const keys = [Buffer.alloc(24, 1), Buffer.alloc(32, 2)]

let receiver: Receiver
beforeEach(async () => {
  receiver = await openReceiver((request) => ({ status: keys.every((key) => isSigned(request, key)) ? 204 : 401 }))
})
afterEach(() => receiver.close())

/** As receivers check it: https://github.com/standard-webhooks/standard-webhooks. */
function isSigned({ headers, text }: Received, key: Buffer): boolean {
  const id = String(headers['webhook-id'])
  const expected = createHmac('sha256', key)
    .update(`${id}.${String(headers['webhook-timestamp'])}.${text}`)
    .digest('base64')
  return String(headers['webhook-signature']).split(' ').includes(`v1,${expected}`)
}

const fetch = guardedFetch({ mayReach: addressGuard(['127.0.0.1'], ''), proxy: null, timeoutMs: 5_000, answerBytesMax: 1_000 })
const isDocumented = new Ajv2020({ strict: false }).compile(JSON.parse(readFileSync(join(packageFolder, 'schemas/alert.schema.json'), 'utf8')) as object)

async function sent(message: AlertMessage, own: readonly Buffer[] = keys) {
  const form = webhook(`${receiver.url}/in`, own, 'https://t.example.com', () => startMs + 999)
  return overHttp(form, fetch)(message, new AbortController().signal)
}

const messages: ReadonlyArray<readonly [type: string, message: AlertMessage]> = [
  ['alert.raised', sampleMessage()],
  ['alert.raised', sampleMessage(digestItems)],
  ['alert.raised', sampleMessage([sampleItem(), sampleItem({ what: 'resolved' })])],
  [
    'alert.resolved',
    sampleMessage([sampleItem({ what: 'resolved', endpoint: { id: 'ep_1', method: 'GET', template: '/a', operation: null }, endpoints: null })]),
  ],
  ['alert.test', sampleMessage([], { isTest: true })],
]

test.each(messages)('%s is signed with every key, documented, and known by its key', async (type, message) => {
  expect(await sent(message)).toEqual({ kind: 'sent', reference: null })
  const [request] = receiver.received
  expect(request?.headers).toMatchObject({ 'webhook-id': message.key, 'webhook-timestamp': '1772442000', 'content-type': 'application/json' })
  expect(request?.body).toMatchObject({ type, timestamp: '2026-03-02T09:00:00.000Z', data: { key: message.key, total: message.items.length } })
  expect(isDocumented(request?.body), JSON.stringify(isDocumented.errors)).toBe(true)
})

test('it is signed as the libraries of the standard sign', () => {
  const signed = signedHeaders(
    webhookKeys('whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw') ?? [],
    'msg_p5jXN8AQM9LWM0D4loKWxJek',
    1_614_265_330_000,
    '{"test": 2432232314}',
  )
  expect(signed['webhook-signature']).toBe('v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=')
})

test('without a secret there is no signature', async () => {
  expect(await sent(sampleMessage(), [])).toEqual({ kind: 'refused', problem: 'it answers 401' })
  expect(receiver.received[0]?.headers['webhook-signature']).toBeUndefined()
})

test('its links lead to REST', async () => {
  await sent(sampleMessage([sampleItem(), sampleItem({ fingerprint: 'fnd_2', endpoint: { id: 'ep_1', method: 'GET', template: '/a', operation: null } })]))
  expect(receiver.received[0]?.body['data']).toMatchObject({
    items: [{ url: 'https://t.example.com/api/v1/services/svc_1' }, { url: 'https://t.example.com/api/v1/endpoints/ep_1' }],
  })
})

const key = Buffer.alloc(24, 1).toString('base64')
const secrets: ReadonlyArray<readonly [text: string, count: number | null]> = [
  [`whsec_${key}`, 1],
  [`whsec_${key} whsec_${key}`, 2],
  ['whsec_c2hvcnQ=', null],
  [key, null],
  [`whsec_${Buffer.alloc(65).toString('base64')}`, null],
  ['', null],
]
test.each(secrets)('%j has %s keys', (text, count) => expect(webhookKeys(text)?.length ?? null).toBe(count))
