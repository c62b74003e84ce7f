import { expect, test } from 'vitest'

import { changesBetween, type Change } from '../../src/finding/changes.ts'
import { toldText, type Told } from '../../src/finding/told.ts'
import type { DataClassDocument, EndpointDocument, FindingDocument, InventoryDocument } from '../../src/inventory/document.ts'
import { sampleEndpoint, sampleFinding, sampleReport, sampleService } from '../output/sample_report.ts'

const toldOf = (of: Told): Told => JSON.parse(toldText(of)) as Told

const inventory = (endpoints: readonly EndpointDocument[], findings: readonly FindingDocument[] = [], others: readonly string[] = []): InventoryDocument =>
  sampleReport([sampleService('shop.example.com', endpoints), ...others.map((name) => sampleService(name, []))], findings).inventory

const users = sampleEndpoint('GET', '/users/{userId}')
const orders = sampleEndpoint('POST', '/orders')
const place = { service: 'shop.example.com', method: 'GET', template: '/users/{userId}' }
const email: DataClassDocument = {
  class: 'email',
  in: 'response',
  status: '200',
  mediaType: 'application/json',
  path: '$.email',
  seen: 9,
  of: 10,
  confidence: 1,
}
const changed = (what: Change['what'], details: Change['details']): Change => ({ kind: 'endpoint', subject: users.id, what, details: { ...place, ...details } })
const query = sampleEndpoint('POST', '/graphql', { id: 'ep_q', kind: 'graphql', operationId: 'query GetUser' })
const ofQuery = (what: Change['what'], more: Change['details']): Change => {
  const details = { service: 'shop.example.com', method: 'POST', template: '/graphql', operation: 'query GetUser', ...more }
  return { kind: 'endpoint', subject: query.id, what, details }
}
const finding = sampleFinding('svc_1', users.id)
const { kind, severity, service, endpoint, title } = finding
const found = (what: Change['what']): Change => ({ kind: 'finding', subject: finding.id, what, details: { kind, severity, service, endpoint, title } })
const appeared = changed('appeared', { labels: ['undocumented'] })

const ofSpecs = (specs: Readonly<Record<string, readonly string[]>>): InventoryDocument => {
  const services = Object.entries(specs).map(([name, ids]): InventoryDocument['services'][number] => Object.assign(sampleService(name, []), { specs: ids }))
  return { ...inventory([]), services }
}

const cases: ReadonlyArray<readonly [name: string, before: InventoryDocument, after: InventoryDocument, changes: readonly Change[]]> = [
  ['nothing', inventory([users, orders]), inventory([users, orders]), []],
  [
    'other numbers',
    inventory([users]),
    inventory([
      {
        ...users,
        exchanges: 900,
        statuses: { '200': 800, '404': 100 },
        lastSeen: '2027-01-01T00:00:00.000Z',
        auth: [{ kind: 'bearer-jwt', seen: 1, of: 900 }],
      },
    ]),
    [],
  ],
  ['an endpoint that appears', inventory([orders]), inventory([orders, users]), [appeared]],
  ['an endpoint of a spec that is not seen', inventory([]), inventory([{ ...users, exchanges: 0, labels: ['unseen'] }]), []],
  ['an endpoint of a spec that is seen at last', inventory([{ ...users, exchanges: 0, labels: ['unseen'] }]), inventory([users]), [appeared]],
  ['an operation that appears', inventory([]), inventory([query]), [ofQuery('appeared', { labels: ['undocumented'] })]],
  ['an operation that goes', inventory([query]), inventory([]), [ofQuery('gone', {})]],
  ['an endpoint that goes', inventory([orders, users]), inventory([orders]), [changed('gone', {})]],
  ['an endpoint of which only the spec is left', inventory([users]), inventory([{ ...users, exchanges: 0, labels: ['orphan'] }]), [changed('gone', {})]],
  [
    'labels',
    inventory([{ ...users, labels: ['documented', 'drift'] }]),
    inventory([{ ...users, labels: ['documented', 'zombie'] }]),
    [changed('labels_changed', { added: ['zombie'], removed: ['drift'] })],
  ],
  [
    'a class of data',
    inventory([users]),
    inventory([{ ...users, dataClasses: [email] }]),
    [changed('data_classes_appeared', { added: ['email in response $.email'] })],
  ],
  ['a class of data that is not seen again', inventory([{ ...users, dataClasses: [email] }]), inventory([users]), []],
  ['a status', inventory([users]), inventory([{ ...users, statuses: { ...users.statuses, '500': 1 } }]), [changed('statuses_appeared', { added: ['500'] })]],
  [
    'credentials',
    inventory([users]),
    inventory([{ ...users, auth: [{ kind: 'basic', seen: 12, of: 12 }] }]),
    [changed('auth_changed', { added: ['basic'], removed: ['bearer-jwt'] })],
  ],
  [
    'answers without credentials, of an endpoint that had demanded them a hundred times',
    inventory([{ ...users, exchanges: 200, withoutCredentials: { seen: 0, of: 100 } }]),
    inventory([{ ...users, exchanges: 201, withoutCredentials: { seen: 1, of: 101 } }]),
    [changed('auth_changed', { added: ['none'], removed: [] })],
  ],
  [
    'more answers without credentials',
    inventory([{ ...users, exchanges: 200, withoutCredentials: { seen: 1, of: 100 } }]),
    inventory([{ ...users, exchanges: 201, withoutCredentials: { seen: 2, of: 101 } }]),
    [],
  ],
  [
    'answers without credentials, before it is known that they are demanded',
    inventory([{ ...users, exchanges: 200, withoutCredentials: { seen: 0, of: 99 } }]),
    inventory([{ ...users, exchanges: 201, withoutCredentials: { seen: 1, of: 100 } }]),
    [],
  ],
  [
    'answers without credentials, where no header fields were seen before',
    inventory([{ ...users, exchanges: 200 }]),
    inventory([{ ...users, exchanges: 400, withoutCredentials: { seen: 1, of: 200 } }]),
    [],
  ],
  [
    'services',
    inventory([], [], ['old.example.com']),
    inventory([], [], ['new.example.com']),
    [
      { kind: 'service', subject: sampleService('new.example.com', []).id, what: 'appeared', details: { name: 'new.example.com' } },
      { kind: 'service', subject: sampleService('old.example.com', []).id, what: 'gone', details: { name: 'old.example.com' } },
    ],
  ],
  [
    'specs',
    ofSpecs({ 'a.example.com': ['spec_1', 'spec_2'], 'b.example.com': ['spec_2'] }),
    ofSpecs({ 'a.example.com': ['spec_3'], 'b.example.com': ['spec_2', 'spec_3'] }),
    [
      { kind: 'spec', subject: 'spec_1', what: 'gone', details: { services: ['a.example.com'] } },
      { kind: 'spec', subject: 'spec_3', what: 'appeared', details: { services: ['a.example.com', 'b.example.com'] } },
    ],
  ],
  [
    'a service that has settled: what it is, and what it is called',
    { ...inventory([]), services: [sampleService('a.example.com', [], { exchanges: 100 })] },
    {
      ...inventory([]),
      services: [
        sampleService('a.example.com', [], { exchanges: 101, direction: 'outbound', owner: 'pay', hosts: ['b', 'a.example.com', 'c'], kinds: ['grpc'] }),
      ],
    },
    [
      {
        kind: 'service',
        subject: sampleService('a.example.com', []).id,
        what: 'changed',
        details: {
          name: 'a.example.com',
          direction: { from: 'inbound', to: 'outbound' },
          owner: { from: null, to: 'pay' },
          hosts: { added: ['b', 'c'] },
          kinds: { added: ['grpc'] },
        },
      },
    ],
  ],
  [
    'a service that has not settled',
    { ...inventory([]), services: [sampleService('a.example.com', [], { exchanges: 99 })] },
    { ...inventory([]), services: [sampleService('a.example.com', [], { exchanges: 101, direction: 'outbound' })] },
    [],
  ],
  [
    'a service that is seen less under some names',
    { ...inventory([]), services: [sampleService('a.example.com', [], { exchanges: 100, hosts: ['a', 'b'], kinds: ['grpc', 'rest'] })] },
    { ...inventory([]), services: [sampleService('a.example.com', [], { exchanges: 100, hosts: ['a'], kinds: ['rest'] })] },
    [],
  ],
  [
    'a finding of another severity',
    inventory([users], [finding]),
    inventory([users], [{ ...finding, severity: 'critical' }]),
    [{ ...found('severity_changed'), details: { ...found('severity_changed').details, severity: 'critical', before: severity } }],
  ],
  ['a finding that opens', inventory([users]), inventory([users], [finding]), [found('opened')]],
  [
    'a finding that is opened again',
    inventory([users], [{ ...finding, state: 'resolved' }]),
    inventory([users], [{ ...finding, state: 'reopened' }]),
    [found('opened')],
  ],
  ['a finding that is acknowledged', inventory([users], [finding]), inventory([users], [{ ...finding, state: 'acknowledged' }]), []],
  ['a finding that is suppressed', inventory([users], [finding]), inventory([users], [{ ...finding, state: 'suppressed' }]), [found('resolved')]],
  ['a finding that is gone', inventory([users], [finding]), inventory([users]), [found('resolved')]],
  ['a finding that is resolved', inventory([users], [finding]), inventory([users], [{ ...finding, state: 'resolved' }]), [found('resolved')]],
]

test.each(cases)('%s', (_, before, after, changes) => {
  const sorted = changes.toSorted((one, other) => (one.subject < other.subject ? -1 : 1))
  expect(changesBetween(before, after)).toEqual(sorted)
})

test.each(cases)('%s: what was told says the same', (_, before, after) => {
  expect(changesBetween(toldOf(before), toldOf(after))).toEqual(changesBetween(before, after))
})

test('services that are the same object say what equal ones say', () => {
  const [same, gone, other] = ['same.example.com', 'gone.example.com', 'other.example.com'].map((name) => sampleService(name, [{ ...users, id: `ep_${name}` }]))
  if (same === undefined || gone === undefined || other === undefined) throw new Error('a service is missing')
  const [before, after] = [
    { services: [same, gone, other], findings: [] },
    { services: [same, { ...other, endpoints: [orders] }], findings: [] },
  ]
  const changes = changesBetween(before, after)
  expect(changes).toEqual(changesBetween(structuredClone(before), structuredClone(after)))
  expect(changes.map(({ what }) => what).toSorted()).toEqual(['appeared', 'gone', 'gone', 'gone'])
})

test('what is told has no counts: the same traffic once more says the same', () => {
  const more = { ...users, exchanges: 90, statuses: { '200': 89, '404': 1 }, dataClasses: [{ ...email, seen: 90 }] }
  const once = { ...users, dataClasses: [email] }
  expect(toldOf(inventory([more], [{ ...finding, count: 9 }]))).toEqual(toldOf(inventory([once], [finding])))
})

test('are sorted by kind, subject and name, whatever the order of the inventories', () => {
  const all = [users, orders, sampleEndpoint('PUT', '/carts')]
  const after = all.map((each) => ({ ...each, labels: ['shadow' as const], auth: [] }))
  const changes = changesBetween(inventory(all), inventory(after.toReversed(), [finding]))
  expect(changes).toEqual(changesBetween(inventory(all.toReversed()), inventory(after, [finding])))
  const names = changes.map((change) => `${change.kind} ${change.subject} ${change.what}`)
  expect(names).toEqual(names.toSorted())
  expect(names).toHaveLength(7)
})
