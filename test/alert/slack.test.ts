import { afterEach, beforeEach, describe, expect, test } from 'vitest'

import { addressGuard } from '../../src/alert/addresses.ts'
import type { Fetch, HttpForm, Outcome } from '../../src/alert/channel.ts'
import { slackBot, slackWebhook } from '../../src/alert/channels/slack.ts'
import { guardedFetch } from '../../src/alert/guarded_fetch.ts'
import type { AlertMessage } from '../../src/alert/message.ts'
import { overHttp } from '../../src/alert/over_http.ts'
import type { ReceiverAnswer } from './receiver.ts'
import { digestItems, sampleItem, sampleMessage } from './sample_channel.ts'
import { botToken, openSlack, webhookPath, type SlackServer } from './slack_server.ts'

let slack: SlackServer
beforeEach(async () => {
  slack = await openSlack()
})
afterEach(() => slack.close())

const publicUrl = 'https://tapistry.example.com/'
const within = (timeoutMs: number): Fetch => guardedFetch({ mayReach: addressGuard(['127.0.0.1'], ''), proxy: null, timeoutMs, answerBytesMax: 65_536 })

function deliver(form: HttpForm, message: AlertMessage, timeoutMs = 10_000): Promise<Outcome> {
  return overHttp(form, within(timeoutMs))(message, new AbortController().signal)
}

const bot = (): HttpForm => slackBot({ botToken, channel: 'C123', apiUrl: `${slack.url}/api/` }, publicUrl)
const hook = (): HttpForm => slackWebhook(`${slack.url}${webhookPath}`, publicUrl)

const messages: ReadonlyArray<readonly [name: string, message: AlertMessage]> = [
  ['a finding', sampleMessage()],
  [
    'a finding of an endpoint that nobody owns',
    sampleMessage([sampleItem({ endpoint: { id: 'ep_1', method: 'GET', template: '/users/{userId}', operation: null }, endpoints: null })]),
  ],
  ['a finding with a very long title', sampleMessage([sampleItem({ title: `${'🦊'.repeat(200)}${'<'.repeat(2_000)}` })])],
  [
    'one with little to say',
    sampleMessage([sampleItem({ why: null, fix: null, firstSeen: null, lastSeen: null, count: null, endpoints: null, labels: [], dataClasses: [] })]),
  ],
  [
    'many classes of data and endpoints',
    sampleMessage([sampleItem({ dataClasses: Array.from({ length: 400 }, (_, at) => `class_${at}`), endpoints: { total: 500, first: ['&'.repeat(4_000)] } })]),
  ],
  ['what is resolved', sampleMessage([sampleItem({ what: 'resolved' })])],
  ['a digest', sampleMessage(digestItems)],
  ['much of one service', sampleMessage(digestItems.map((item) => ({ ...item, serviceId: 'svc_1', why: '&'.repeat(4_000) })))],
  ['a digest that is partly resolved', sampleMessage([...digestItems.slice(1), sampleItem({ what: 'resolved' })])],
  ['a test', sampleMessage([], { isTest: true })],
]

describe.each(messages)('%s', (_, message) => {
  test('is taken by a webhook, with its key in a context block', async () => {
    expect(await deliver(hook(), message)).toEqual({ kind: 'sent', reference: null })
    expect(slack.refused).toEqual([])
    const blocks = slack.received[0]?.body['blocks']
    expect(JSON.stringify(Array.isArray(blocks) ? blocks.at(-1) : null)).toContain(message.key)
    expect(slack.received[0]?.body).toMatchObject({ unfurl_links: false, unfurl_media: false })
  })

  test('is taken from a bot, with its key in the metadata, and named', async () => {
    expect(await deliver(bot(), message)).toEqual({ kind: 'sent', reference: 'C123 1772442000.000001' })
    expect(slack.refused).toEqual([])
    expect(slack.messages).toMatchObject([{ key: message.key, threadTs: null }])
  })
})

test('a message says what, where, since when, how much, which data, whose, why, and where to look', async () => {
  await deliver(
    hook(),
    sampleMessage([sampleItem({ owner: 'team-shop', endpoint: { id: 'ep_9', method: 'GET', template: '/a', operation: 'query GetUser' } })]),
  )
  const text = JSON.stringify(slack.received[0]?.body)
  for (const words of [
    ':red_circle: shop.example.com serves 3 endpoints without any registered spec',
    '*Where*\\nGET shop.example.com/a (query GetUser)',
    '*Since*\\n2026-03-02 08:59 UTC, last 2026-03-02 09:00 UTC',
    '*How much*\\n120 exchanges',
    '*Sensitive data*\\nemail, payment_card',
    '*Owner*\\nteam-shop',
    'Nobody reviewed what it takes and returns.',
    '*What to do* Find the owner.',
    '<https://tapistry.example.com/api/v1/endpoints/ep_9|Show it>',
  ]) {
    expect(text).toContain(words)
  }
})

test('several findings of one service are a list, and what is known of the service', async () => {
  const endpoint = { id: 'ep_9', method: 'GET', template: '/a', operation: null }
  await deliver(
    hook(),
    sampleMessage([sampleItem({ fingerprint: 'fnd_2', severity: 'critical', title: 'GET /a is open', endpoint, why: 'It is.' }), sampleItem()]),
  )
  const text = JSON.stringify(slack.received[0]?.body)
  for (const words of [
    '2 findings of shop.example.com (1 critical, 1 high)',
    '<https://tapistry.example.com/api/v1/endpoints/ep_9|critical: GET /a is open>',
    '*Where*\\nshop.example.com',
    '*Since*\\n2026-03-02 08:59 UTC',
    'Nobody reviewed what it takes and returns.',
    '<https://tapistry.example.com/api/v1/services/svc_1|Show it>',
  ]) {
    expect(text).toContain(words)
  }
  await deliver(hook(), sampleMessage([sampleItem(), sampleItem({ fingerprint: 'fnd_2', service: 'pay.example.com', serviceId: 'svc_2' })]))
  expect(JSON.stringify(slack.received[1]?.body)).not.toContain('*Where*')
})

test('an update answers in the thread, and an edit changes the first message', async () => {
  await deliver(bot(), sampleMessage())
  const reference = 'C123 1772442000.000001'
  expect(await deliver(bot(), sampleMessage([sampleItem({ what: 'repeated' })], { form: 'update', reference, key: 'alert_2' }))).toMatchObject({ kind: 'sent' })
  expect(await deliver(bot(), sampleMessage([sampleItem({ what: 'resolved' })], { form: 'edit', reference, key: 'alert_3' }))).toEqual({
    kind: 'sent',
    reference,
  })
  expect(slack.messages).toMatchObject([
    { text: ':white_check_mark: Resolved: shop.example.com serves 3 endpoints without any registered spec', keys: ['alert_0123456789abcdef', 'alert_3'] },
    { text: ':red_circle: Still open: shop.example.com serves 3 endpoints without any registered spec', threadTs: '1772442000.000001' },
  ])
  expect(await deliver(bot(), sampleMessage([sampleItem()], { form: 'edit', reference: 'C123 1.1' }))).toEqual({
    kind: 'refused',
    problem: 'Slack says no: message_not_found',
  })
})

const json = { 'content-type': 'application/json' }
const answers: ReadonlyArray<readonly [name: string, of: 'bot' | 'hook', answer: ReceiverAnswer, outcome: Outcome]> = [
  [
    'too many, with a time',
    'hook',
    { status: 429, headers: { 'retry-after': '7' }, body: 'rate_limited' },
    { kind: 'later', problem: 'it answers 429: rate_limited', afterMs: 7_000 },
  ],
  ['too many of a bot', 'bot', { status: 429, headers: { 'retry-after': '30' } }, { kind: 'later', problem: 'it answers 429', afterMs: 30_000 }],
  ['a time beyond reason', 'hook', { status: 429, headers: { 'retry-after': '999999999' } }, { kind: 'later', problem: 'it answers 429', afterMs: 3_600_000 }],
  ['a time that is none', 'hook', { status: 503, headers: { 'retry-after': '-1' } }, { kind: 'later', problem: 'it answers 503', afterMs: null }],
  [
    'ratelimited',
    'bot',
    { status: 200, headers: { ...json, 'retry-after': '2' }, body: '{"ok":false,"error":"ratelimited"}' },
    { kind: 'later', problem: 'Slack says no: ratelimited', afterMs: 2_000 },
  ],
  [
    'no such channel',
    'bot',
    { status: 200, headers: json, body: '{"ok":false,"error":"channel_not_found"}' },
    { kind: 'refused', problem: 'Slack says no: channel_not_found' },
  ],
  [
    'a lie with our token in it',
    'bot',
    { status: 200, headers: json, body: `{"ok":false,"error":"${botToken}"}` },
    { kind: 'refused', problem: 'Slack says no' },
  ],
  ['a page', 'bot', { status: 200, body: '<html>' }, { kind: 'later', problem: 'it answers 200 with something that is no answer of Slack', afterMs: null }],
  ['a reference that is none', 'bot', { status: 200, headers: json, body: '{"ok":true,"channel":"C1 2","ts":"x"}' }, { kind: 'sent', reference: null }],
  ['a webhook that is gone', 'hook', { status: 404, body: 'no_service' }, { kind: 'refused', problem: 'it answers 404: no_service' }],
  [
    'a redirect',
    'hook',
    { status: 302, headers: { location: 'http://169.254.169.254/' } },
    { kind: 'refused', problem: 'it answers 302: redirects are not followed, name the address that it leads to' },
  ],
  ['nothing', 'hook', { status: 200, isSilent: true }, { kind: 'later', problem: '127.0.0.1: there is no answer within 0.3 s', afterMs: null }],
]

test.each(answers)('%s is understood (%s)', async (_, of, answer, outcome) => {
  slack.queue(answer)
  expect(await deliver(of === 'bot' ? bot() : hook(), sampleMessage(), answer.isSilent === true ? 300 : undefined)).toEqual(outcome)
})
