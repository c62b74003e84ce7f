import { afterEach, beforeEach, describe, expect, test } from 'vitest'

import { addressGuard } from '../../src/alert/addresses.ts'
import type { Channel, Outcome } from '../../src/alert/channel.ts'
import { jira } from '../../src/alert/channels/jira.ts'
import { opsgenie } from '../../src/alert/channels/opsgenie.ts'
import { pagerDuty } from '../../src/alert/channels/pagerduty.ts'
import { teams } from '../../src/alert/channels/teams.ts'
import { guardedFetch } from '../../src/alert/guarded_fetch.ts'
import type { AlertMessage } from '../../src/alert/message.ts'
import { overHttp } from '../../src/alert/over_http.ts'
import { openReceiver, type Received, type Receiver, type ReceiverAnswer } from './receiver.ts'
import { digestItems, sampleItem, sampleMessage } from './sample_channel.ts'

const secret = 'very-secret'
const publicUrl = 'https://t.example.com'
const fetch = guardedFetch({ mayReach: addressGuard(['127.0.0.1'], ''), proxy: null, timeoutMs: 5_000, answerBytesMax: 65_536 })

type Body = Readonly<Record<string, unknown>>

/** A channel and what its receiver documents: what it takes, and how it answers. */
interface Case {
  readonly name: string
  deliver(url: string): Channel['deliver']
  answer(request: Received): ReceiverAnswer
  /** What it calls a message of one finding, and one of many. */
  readonly single: string | null
  readonly many: string | null
}

const isText = (value: unknown, charactersMax: number): boolean => typeof value === 'string' && value.length > 0 && value.length <= charactersMax
const json = (status: number, value: unknown): ReceiverAnswer => ({ status, headers: { 'content-type': 'application/json' }, body: JSON.stringify(value) })

const cases: readonly Case[] = [
  {
    name: 'Microsoft Teams',
    deliver: (url) => overHttp(teams(`${url}/${secret}`, publicUrl), fetch),
    answer({ path, body, text }) {
      const [attachment] = body['attachments'] as readonly Body[]
      const card = attachment?.['content'] as Body
      const blocks = card['body'] as readonly Body[]
      const isCard =
        path === `/${secret}` &&
        body['type'] === 'message' &&
        attachment?.['contentType'] === 'application/vnd.microsoft.card.adaptive' &&
        card['type'] === 'AdaptiveCard' &&
        card['version'] === '1.4' &&
        Buffer.byteLength(text) < 28 * 1024 &&
        blocks.every(({ type, text: own, facts }) =>
          type === 'TextBlock' ? isText(own, 3_000) && !/(?<!\\)[[\]<>*_`]/.test(String(own)) : type === 'FactSet' && Array.isArray(facts),
        )
      return isCard ? { status: 202 } : { status: 400 }
    },
    single: null,
    many: null,
  },
  {
    name: 'PagerDuty',
    deliver: (url) => overHttp(pagerDuty({ routingKey: secret, apiUrl: `${url}/` }, publicUrl), fetch),
    answer({ path, body }) {
      const payload = (body['payload'] ?? {}) as Body
      const isTrigger =
        isText(payload['summary'], 1_024) &&
        isText(payload['source'], 1_024) &&
        ['critical', 'error', 'warning', 'info'].includes(String(payload['severity'])) &&
        /^\d{4}-.*Z$/.test(String(payload['timestamp']))
      const isEvent =
        body['routing_key'] === secret &&
        isText(body['dedup_key'], 255) &&
        (body['event_action'] === 'resolve' || (body['event_action'] === 'trigger' && isTrigger))
      if (path !== '/v2/enqueue' || !isEvent) return json(400, { status: 'invalid event', errors: [secret] })
      return json(202, { status: 'success', message: 'Event processed', dedup_key: body['dedup_key'] })
    },
    single: 'fnd_1',
    many: 'alert_0123456789abcdef',
  },
  {
    name: 'Opsgenie',
    deliver: (url) => overHttp(opsgenie({ apiKey: secret, apiUrl: url }, publicUrl), fetch),
    answer({ path, body, headers }) {
      if (headers.authorization !== `GenieKey ${secret}`) return json(401, { message: 'Could not authenticate' })
      const isCreate =
        path === '/v2/alerts' &&
        isText(body['message'], 130) &&
        isText(body['alias'], 512) &&
        isText(body['description'], 15_000) &&
        /^P[1-5]$/.test(String(body['priority']))
      const isMore = /^\/v2\/alerts\/[\w-]+\/(close|notes)\?identifierType=alias$/.test(path) && isText(body['note'], 25_000)
      return isCreate || isMore
        ? json(202, { result: 'Request will be processed', took: 0.1, requestId: 'r1' })
        : json(422, { message: 'Request body is not processable' })
    },
    single: 'fnd_1',
    many: 'alert_0123456789abcdef',
  },
  {
    name: 'Jira',
    deliver: (url) => jiraOf(url, '31').deliver,
    answer({ method, path, body, headers }) {
      if (headers.authorization !== `Basic ${Buffer.from(`a@example.com:${secret}`).toString('base64')}`) return json(401, {})
      const fields = (body['fields'] ?? {}) as Body
      const isDocument = (value: unknown): boolean => (value as Body | undefined)?.['type'] === 'doc' && (value as Body)['version'] === 1
      if (path === '/rest/api/3/issue') {
        const isIssue =
          isText(fields['summary'], 255) &&
          !String(fields['summary']).includes('\n') &&
          isDocument(fields['description']) &&
          (fields['labels'] as string[]).every((label) => !/\s/.test(label) && label.length <= 255)
        return isIssue
          ? json(201, { id: '10000', key: 'SEC-24', self: 'https://example.atlassian.net/rest/api/3/issue/10000' })
          : json(400, { errorMessages: [], errors: { summary: secret } })
      }
      if (path === '/rest/api/3/issue/SEC-24/comment') return isDocument(body['body']) ? json(201, { id: '1' }) : json(400, {})
      if (method === 'GET' && path === '/rest/api/3/issue/SEC-24?fields=status&expand=transitions') return json(200, standing('indeterminate', '31'))
      // A field that the screen of the transition lacks is refused.
      if (path === '/rest/api/3/issue/SEC-24/transitions') return JSON.stringify(body) === '{"transition":{"id":"31"}}' ? { status: 204 } : json(400, {})
      return json(404, {})
    },
    single: 'SEC-24',
    many: 'SEC-24',
  },
]

describe.each(cases)('$name', ({ deliver: made, answer, single, many }) => {
  let receiver: Receiver
  beforeEach(async () => {
    receiver = await openReceiver(answer)
  })
  afterEach(() => receiver.close())

  const deliver = (message: AlertMessage): Promise<Outcome> => made(receiver.url)(message, new AbortController().signal)

  test('takes findings, digests and tests', async () => {
    expect(await deliver(sampleMessage())).toEqual({ kind: 'sent', reference: single })
    expect(await deliver(sampleMessage(digestItems))).toEqual({ kind: 'sent', reference: many })
    expect(
      await deliver(
        sampleMessage([
          sampleItem({ title: 'x'.repeat(5_000), why: null, fix: null, firstSeen: null, lastSeen: null, count: null, labels: [], dataClasses: [] }),
        ]),
      ),
    ).toMatchObject({ kind: 'sent' })
    expect(await deliver(sampleMessage([], { isTest: true }))).toMatchObject({ kind: 'sent' })
    expect(receiver.received.every(({ text }) => text.replaceAll('\\', '').includes('alert_0123456789abcdef'))).toBe(true)
  })

  test('takes updates and ends', async () => {
    const reference = single ?? 'none'
    const resolved = sampleItem({ what: 'resolved' })
    for (const more of [
      sampleMessage([sampleItem({ what: 'repeated' })], { form: 'update', reference }),
      sampleMessage([sampleItem({ fingerprint: 'fnd_2' }), resolved], { form: 'edit', reference }),
      sampleMessage([resolved], { form: 'edit', reference }),
    ]) {
      expect(await deliver(more)).toEqual({ kind: 'sent', reference: single === null ? null : reference })
    }
  })

  const refusals: ReadonlyArray<readonly [answer: ReceiverAnswer, outcome: Outcome]> = [
    [
      { status: 429, headers: { 'retry-after': '5' } },
      { kind: 'later', problem: 'it answers 429', afterMs: 5_000 },
    ],
    [
      { status: 500, body: secret },
      { kind: 'later', problem: 'it answers 500', afterMs: null },
    ],
    [
      { status: 400, body: secret },
      { kind: 'refused', problem: 'it answers 400' },
    ],
    [
      { status: 200, headers: { 'content-type': 'text/html' }, body: `\n<!doctype html><title>Log in, ${secret}</title>` },
      { kind: 'later', problem: 'it answers 200 with a page: a proxy, or another server in its place, does so', afterMs: null },
    ],
    [
      { status: 301, headers: { location: 'http://127.0.0.1:1/' } },
      { kind: 'refused', problem: 'it answers 301: redirects are not followed, name the address that it leads to' },
    ],
  ]
  test.each(refusals)('an answer of %j', async (own, outcome) => {
    receiver.queue(own)
    expect(await deliver(sampleMessage())).toEqual(outcome)
  })
})

test('a connector of Teams that answers 200 for a channel that refuses is understood', () => {
  const { readAnswer } = teams('https://a', publicUrl)
  const body = 'Webhook message delivery failed with error: Microsoft Teams endpoint returned HTTP error 429 with ContextId tcid=0'
  expect(readAnswer({ status: 200, headers: {}, body }, sampleMessage())).toEqual({ kind: 'later', problem: 'it answers 429', afterMs: null })
  expect(readAnswer({ status: 200, headers: {}, body: '1' }, sampleMessage())).toEqual({ kind: 'sent', reference: null })
})

test.each(['漢', '_', '\u0001', '😀'])('a card of Teams fits into what Teams takes, whatever stands in it: %j', (character) => {
  const long = character.repeat(2_000)
  const facts = { kind: long, service: long, owner: long, why: long, fix: long, labels: [long], dataClasses: Array.from({ length: 40 }, () => long) }
  const items = Array.from({ length: 60 }, (_, at) => sampleItem({ ...facts, title: long, fingerprint: `fnd_${at}` }))
  const { body } = teams('https://a', publicUrl).render(sampleMessage(items))
  expect(Buffer.byteLength(body)).toBeLessThan(28 * 1024)
})

test('an incident ends with the last of its findings, and not before', () => {
  const action = (...what: Array<'opened' | 'resolved'>): unknown => {
    const items = what.map((own, at) => sampleItem({ what: own, fingerprint: `fnd_${at}` }))
    const { body } = pagerDuty({ routingKey: secret, apiUrl: 'https://a' }, publicUrl).render(sampleMessage(items, { form: 'edit', reference: 'k1' }))
    const { event_action: event, dedup_key: key } = JSON.parse(body) as Body
    return [event, key]
  }
  expect(action('opened', 'resolved')).toEqual(['trigger', 'k1'])
  expect(action('resolved', 'resolved')).toEqual(['resolve', 'k1'])
})

describe('an issue of Jira', () => {
  const resolved = sampleMessage([sampleItem({ what: 'resolved' })], { form: 'edit', reference: 'SEC-24' })
  const [comment, transitions, look] = ['/comment', '/transitions', '?fields=status&expand=transitions'].map((end) => `/rest/api/3/issue/SEC-24${end}`)
  const taken = { status: 201, body: '{}' }
  const moved = { status: 204 }
  const noTransition =
    /^the issue has no transition "[^"]+" from where it is: it stays open, with a comment; name another closeTransition, or close it by hand$/
  const noScreen = /^it answers 400 to the transition "31", whose screen may want more: the issue stays open, with a comment; close it by hand$/

  const ends: ReadonlyArray<
    readonly [
      name: string,
      transition: string | null,
      answers: readonly ReceiverAnswer[],
      paths: readonly unknown[],
      outcome: Outcome['kind'],
      problem?: RegExp,
    ]
  > = [
    ['without a transition is commented on', null, [taken], [comment], 'sent'],
    ['is closed by the id of a transition', '31', [json(200, standing('new', '31')), moved, taken], [look, transitions, comment], 'sent'],
    ['is closed by its name', 'done', [json(200, standing('new', '31')), moved, taken], [look, transitions, comment], 'sent'],
    ['that is closed is commented on', '31', [json(200, standing('done')), taken], [look, comment], 'sent'],
    ['that is closed need not take a comment', '31', [json(200, standing('done')), json(403, {})], [look, comment], 'sent'],
    ['without that transition is commented on and named', '41', [json(200, standing('new', '31')), taken], [look, comment], 'refused', noTransition],
    ['of another form too', '31', [json(200, [secret]), taken], [look, comment], 'refused', noTransition],
    ['whose screen wants more too', '31', [json(200, standing('new', '31')), json(400, {}), taken], [look, transitions, comment], 'refused', noScreen],
    ['that is gone is given up', '31', [json(404, {})], [look], 'refused', /^it answers 404$/],
    ['is looked at again while the server is busy', '31', [json(503, {})], [look], 'later', /^it answers 503$/],
    ['is moved again', '31', [json(200, standing('new', '31')), json(429, {})], [look, transitions], 'later', /^it answers 429$/],
    ['is commented on again', '31', [json(200, standing('new', '31')), moved, json(500, {})], [look, transitions, comment], 'later', /^it answers 500$/],
  ]
  test.each(ends.map((end) => [end[0], end] as const))('%s', async (_name, [, transition, answers, paths, kind, problem]) => {
    const receiver = await openReceiver(() => ({ status: 500 }))
    receiver.queue(...answers)
    const outcome = await jiraOf(receiver.url, transition).deliver(resolved, new AbortController().signal)
    await receiver.close()
    expect(receiver.received.map(({ path }) => path)).toEqual(paths)
    expect(outcome).toEqual(
      kind === 'sent' ? { kind, reference: 'SEC-24' } : expect.objectContaining({ kind, problem: expect.stringMatching(problem ?? /^$/) as string }),
    )
  })
})

function jiraOf(url: string, closeTransition: string | null): ReturnType<typeof jira> {
  return jira({ url, email: 'a@example.com', apiToken: secret, project: 'SEC', issueType: 'Task', closeTransition }, publicUrl, fetch)
}

/** An issue with its status, and the transition to Done where it has one. */
function standing(category: string, transition?: string): unknown {
  const transitions =
    transition === undefined
      ? []
      : [
          { id: '11', name: 'In review' },
          { id: transition, name: 'Done' },
        ]
  return { key: 'SEC-24', fields: { status: { name: secret, statusCategory: { key: category } } }, transitions }
}
