import { describe, expect, test } from 'vitest'

import { quietAt, isHeldBack } from '../../src/alert/quiet.ts'
import { rulesOf, type ChannelRules, type QuietHours } from '../../src/alert/rules.ts'
import { eventSubjects, findingSubjects, type AlertSubject } from '../../src/alert/subject.ts'
import { isMuted, isWanted } from '../../src/alert/wanted.ts'
import { changesBetween } from '../../src/finding/changes.ts'
import type { DataClassDocument, InventoryDocument } from '../../src/inventory/document.ts'
import { sampleEndpoint, sampleFinding, sampleReport, sampleService } from '../output/sample_report.ts'
import { sampleRules, startMs } from './sample_channel.ts'

const card: DataClassDocument = {
  class: 'payment_card',
  in: 'response',
  status: '200',
  mediaType: 'application/json',
  path: '$.card',
  seen: 1,
  of: 1,
  confidence: 1,
}
const users = sampleEndpoint('GET', '/users/{userId}', { labels: ['shadow'], dataClasses: [card] })

function inventory(
  service: Parameters<typeof sampleService>[2] = {},
  finding: Parameters<typeof sampleFinding>[2] = {},
  endpoint: string | null = users.id,
): InventoryDocument {
  const shop = sampleService('shop.example.com', [users], service)
  return sampleReport([shop], [sampleFinding(shop.id, endpoint, finding)]).inventory
}

function subject(...given: Parameters<typeof inventory>): AlertSubject {
  const [first] = findingSubjects(inventory(...given), new Map([['shop.example.com', ['pci']]]))
  if (first === undefined) throw new Error('there is no subject')
  return first
}

const own = subject()
const wanted: ReadonlyArray<readonly [name: string, match: ChannelRules['match'], is: boolean, of: AlertSubject]> = [
  ['everything where nothing is asked for', [], true, own],
  ['a label', [{ labels: ['zombie', 'shadow'] }], true, own],
  ['another label', [{ labels: ['zombie'] }], false, own],
  ['a kind', [{ kinds: ['inv.shadow-endpoint'] }], true, own],
  ['another kind', [{ kinds: ['inv.shadow-service'] }], false, own],
  ['a severity', [{ severities: ['high', 'critical'] }], true, own],
  ['another severity', [{ severities: ['critical'] }], false, own],
  ['a service by name', [{ services: ['shop.example.com'] }], true, own],
  ['a service by id', [{ services: [own.service.id] }], true, own],
  ['another service', [{ services: ['example.com'] }], false, own],
  ['a class of data', [{ dataClasses: ['payment_card'] }], true, own],
  ['another class of data', [{ dataClasses: ['email'] }], false, own],
  ['a tag', [{ tags: ['pci'] }], true, own],
  ['another tag', [{ tags: ['internal'] }], false, own],
  ['all that one filter asks for', [{ labels: ['shadow'], severities: ['low'] }], false, own],
  ['what one of many filters asks for', [{ severities: ['low'] }, { labels: ['shadow'] }], true, own],
  ['a service that is called', [], false, subject({ direction: 'outbound' })],
  ['a service that is called, by filters that do not name it', [{ severities: ['high'] }], false, subject({ direction: 'outbound' })],
  ['a service that is called, by name', [{ services: ['shop.example.com'] }], true, subject({ direction: 'outbound' })],
  ['pages', [], false, subject({ kinds: ['rest', 'web'] })],
  ['pages with something else', [], true, subject({ kinds: ['web'] }, { kind: 'exp.sensitive-unauthenticated' })],
  ['a service as a whole by a label of an endpoint', [{ labels: ['shadow'] }], true, subject({}, { kind: 'inv.shadow-service' }, null)],
]

describe.each(wanted)('a channel is told of', (name, match, is, of) => {
  test(`${name}: ${is}`, () => expect(isWanted(sampleRules({ match }), of)).toBe(is))
})

test('what is resolved or suppressed is no subject, and what is acknowledged says so', () => {
  expect(findingSubjects(inventory({}, { state: 'suppressed' }), new Map())).toEqual([])
  expect(findingSubjects(inventory({}, { state: 'resolved' }), new Map())).toEqual([])
  expect([subject({}, { state: 'acknowledged' }).isAcknowledged, own.isAcknowledged]).toEqual([true, false])
})

test('a subject says what, where, since when, how much, whose, and why, and is known by the finding', () => {
  expect(own.fingerprint).toMatch(/^fnd_/)
  expect(subject({ owner: 'team-shop' }).details()).toEqual({
    kind: 'inv.shadow-endpoint',
    severity: 'high',
    title: 'An endpoint that no spec has',
    why: 'Nobody reviewed it',
    fix: 'Document it',
    service: 'shop.example.com',
    serviceId: own.service.id,
    direction: 'inbound',
    owner: 'team-shop',
    endpoint: { id: users.id, method: 'GET', template: '/users/{userId}', operation: null },
    endpoints: null,
    firstSeen: null,
    lastSeen: null,
    count: 12,
    labels: ['shadow'],
    dataClasses: ['payment_card'],
  })
  const getUser = { ...users, template: '/graphql', kind: 'graphql', operationId: 'query GetUser' }
  const graph = sampleService('graph.example.com', [getUser])
  const graphs = sampleReport([graph], [sampleFinding(graph.id, users.id), sampleFinding(graph.id, null)]).inventory
  const [ofEndpoint, ofService] = findingSubjects(graphs, new Map())
  expect(ofEndpoint?.details()['endpoint']).toMatchObject({ template: '/graphql', operation: 'query GetUser' })
  expect(ofService?.details()['endpoints']).toEqual({ total: 1, first: ['GET /graphql (query GetUser)'] })
  expect(subject({}, { endpoint: null }, null).details()['endpoints']).toEqual({ total: 1, first: ['GET /users/{userId}'] })
})

test('single events are told where their kind is named', () => {
  const after = inventory()
  const events = eventSubjects(changesBetween({ ...after, services: [], findings: [] }, after), after, new Map())
  expect(events.map(({ kind }) => kind)).toEqual(['endpoint.appeared', 'service.appeared'])
  const told = (match: ChannelRules['match']): string[] =>
    events.filter((event) => isWanted(sampleRules({ match }), event)).map(({ details }) => String(details()['title']))
  expect(told([])).toEqual([])
  expect(told([{ services: ['shop.example.com'] }])).toEqual([])
  expect(told([{ kinds: ['endpoint.appeared'], labels: ['shadow'] }])).toEqual(['GET shop.example.com/users/{userId}: appeared'])
  expect(told([{ kinds: ['service.appeared'] }])).toEqual(['shop.example.com: appeared'])
})

test('a single event of an operation names it', () => {
  const before = sampleReport([sampleService('graph.example.com', [])]).inventory
  const after = sampleReport([sampleService('graph.example.com', [{ ...users, kind: 'graphql', operationId: 'query GetUser' }])]).inventory
  const [event] = eventSubjects(changesBetween(before, after), after, new Map())
  expect(event?.details()['title']).toBe('GET graph.example.com/users/{userId} (query GetUser): appeared')
})

test('the fingerprint of an event is over the endpoint, not over what it is called', () => {
  const renamed = { ...users, template: '/people/{personId}' }
  const of = (endpoint: typeof users): readonly string[] => {
    const after = sampleReport([sampleService('shop.example.com', [endpoint])]).inventory
    return eventSubjects(changesBetween({ ...after, services: [] }, after), after, new Map()).map(({ fingerprint }) => fingerprint)
  }
  expect(of(renamed)).toEqual(of(users))
})

test('names of services and classes of data count in any case, as everywhere else', () => {
  const times = { groupWait: '5s', groupInterval: '1m', repeatInterval: '1h', maxPerHour: 3, sendResolved: true }
  const rules = rulesOf({ name: 'a', ...times, match: [{ services: ['Shop.Example.com'] }], mute: [{ dataClasses: ['Payment_Card'] }] })
  expect([isWanted(rules, own), isMuted(rules, own, startMs)]).toEqual([true, true])
  const ofFile = { ...own, service: { ...own.service, name: 'unknown (Access.log)' } }
  expect(isWanted(rulesOf({ name: 'a', ...times, match: [{ services: ['unknown (Access.log)'] }] }), ofFile)).toBe(true)
  expect(isWanted(rulesOf({ name: 'a', ...times, match: [{ services: ['other.example.com'] }] }), own)).toBe(false)
})

test('mute holds until its moment', () => {
  const rules = rulesOf({
    name: 'a',
    groupWait: '5s',
    groupInterval: '1m',
    repeatInterval: '1h',
    maxPerHour: 3,
    sendResolved: true,
    mute: [{ labels: ['shadow'], until: '2026-03-02T09:00:00Z' }],
  })
  expect([rules.groupWaitMs, rules.groupIntervalMs, rules.repeatIntervalMs]).toEqual([5_000, 60_000, 3_600_000])
  expect([isMuted(rules, own, startMs - 1), isMuted(rules, own, startMs)]).toEqual([true, false])
  expect(isMuted(sampleRules({ mute: [{ severities: ['high'], untilMs: null }] }), own, startMs)).toBe(true)
  expect(isMuted(sampleRules({ mute: [{ severities: ['low'], untilMs: null }] }), own, startMs)).toBe(false)
})

const night: QuietHours = { from: '22:00', to: '07:00', timeZone: 'Europe/Berlin', days: [], except: ['critical'] }
const quiet: ReadonlyArray<readonly [hours: Partial<QuietHours>, at: string, is: boolean]> = [
  [{}, '2026-03-02T20:59:59Z', false],
  [{}, '2026-03-02T21:00:00Z', true],
  [{}, '2026-03-02T23:30:00Z', true],
  [{}, '2026-03-03T05:59:59Z', true],
  [{}, '2026-03-03T06:00:00Z', false],
  // In summer Berlin is two hours ahead.
  [{}, '2026-07-01T20:00:00Z', true],
  [{ from: '09:00', to: '17:00', timeZone: 'UTC' }, '2026-03-02T09:00:00Z', true],
  [{ from: '09:00', to: '17:00', timeZone: 'UTC' }, '2026-03-02T17:00:00Z', false],
  // 2026-03-02 is a Monday: its night began on Sunday.
  [{ timeZone: 'UTC', days: ['sun'] }, '2026-03-02T03:00:00Z', true],
  [{ timeZone: 'UTC', days: ['mon'] }, '2026-03-02T03:00:00Z', false],
  [{ timeZone: 'UTC', days: ['sat'] }, '2026-03-01T03:00:00Z', true],
]

test.each(quiet)('quiet hours %j at %s: %s', (hours, at, is) => {
  const now = quietAt([{ ...night, ...hours }], Date.parse(at))
  expect([isHeldBack('high', now), isHeldBack('critical', now)]).toEqual([is, false])
})
