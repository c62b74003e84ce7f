import { describe, expect, test } from 'vitest'

import { earlierThan } from '../../src/finding/executive/earlier.ts'
import { endpointsMax, executiveReport, type Answer } from '../../src/finding/executive/report.ts'
import type { InventoryDocument } from '../../src/inventory/document.ts'
import { inventoryOf, sampleInventory, sampleRows } from '../api/sample_inventory.ts'
import { sampleEndpoint, sampleReport, sampleService } from '../output/sample_report.ts'

const nothing: InventoryDocument = { ...sampleInventory, services: [], findings: [] }

function answerTo(id: string, inventory: InventoryDocument = sampleInventory, before: InventoryDocument | null = null): Answer {
  const earlier = before === null ? null : { day: '2026-10-01', inventory: before }
  const found = executiveReport(inventory, null, earlier).questions.find((answer) => answer.id === id)
  if (found === undefined) throw new Error(`${id} is no question`)
  return found
}

const pay = sampleInventory.services.find(({ name }) => name === 'pay.example.com')
const cards = pay?.endpoints.find(({ method }) => method === 'GET')?.id ?? ''

test('there are 35 questions, each with an id of its own and a method', () => {
  const { questions } = executiveReport(sampleInventory, null, null)
  expect(new Set(questions.map(({ id }) => id)).size).toBe(35)
  expect(questions.filter(({ method }) => method.length < 20)).toEqual([])
})

describe.each([
  ['AM1', 7, 7, { services: 3, shadow: 3, undocumented: 2 }],
  ['AM3', 4 / 7, 4, { 'team-shop': 4 }],
  ['GV4', 6 / 7, 6, { shadow: 3, zombie: 1 }],
  ['RA4', 0, 0, {}],
  ['GV2', 2 / 7, 2, { 'GDPR': 1, 'PCI DSS': 1 }],
  ['AC3', 0.5, 1, {}],
  ['CM1', 0, 0, {}],
] as const)('%s', (id, value, numerator, parts) => {
  test('has its figure', () => {
    const { state, figure } = answerTo(id)
    expect(state).toBe('measured')
    expect(figure).toMatchObject({ value: Math.round(value * 10_000) / 10_000, numerator, parts })
  })

  test('says of nothing that there is no evidence, which is no 0', () => {
    expect(answerTo(id, nothing)).toMatchObject({ state: 'no_evidence', figure: null, trend: null })
  })
})

test('the endpoints behind a figure are named, those with most risk first', () => {
  expect(answerTo('AC3').figure?.endpoints).toEqual([cards])
  expect(answerTo('RA8').figure?.endpoints[0]).toBe(cards)
  const many = Array.from({ length: endpointsMax + 1 }, (_, at) => sampleEndpoint('GET', `/e${at}`))
  expect(answerTo('AM1', sampleReport([sampleService('a.example.com', many)], []).inventory).figure).toMatchObject({ endpointCount: endpointsMax + 1 })
})

test('an endpoint that was seen for a week and often is one with a baseline', () => {
  const mature = sampleEndpoint('GET', '/a', { firstSeen: '2026-03-01T00:00:00.000Z', lastSeen: '2026-03-08T00:00:00.000Z', exchanges: 500 })
  const young = { ...mature, id: 'ep_1', lastSeen: '2026-03-07T23:59:59.999Z' }
  const rare = { ...mature, id: 'ep_2', exchanges: 499 }
  const { figure } = answerTo('CM1', sampleReport([sampleService('a.example.com', [mature, young, rare])], []).inventory)
  expect(figure).toMatchObject({ numerator: 1, denominator: 3, endpoints: ['ep_1', 'ep_2'] })
})

test('what was decided of grave findings counts as risk management', () => {
  const grave = sampleInventory.findings.filter(({ severity }) => severity === 'high' || severity === 'critical')
  expect(answerTo('RM1').figure).toMatchObject({ value: 0, denominator: grave.length })
  const [first] = grave
  const findings = sampleInventory.findings.map((finding) => (finding === first ? Object.assign({}, finding, { state: 'acknowledged' as const }) : finding))
  expect(answerTo('RM1', { ...sampleInventory, findings }).figure).toMatchObject({ numerator: 1, parts: { acknowledged: 1 } })
})

test('what cannot be answered says so and why', () => {
  expect(answerTo('RA6')).toEqual({
    id: 'RA6',
    question: 'Where is malicious traffic?',
    method: 'No rule looks for attacks yet.',
    state: 'not_measured',
    figure: null,
    trend: null,
  })
})

describe('a trend', () => {
  test('is the same figure of then, and what has changed', () => {
    expect(answerTo('AM1', sampleInventory, inventoryOf(sampleRows.slice(0, 2))).trend).toEqual({ since: '2026-10-01', value: 2, change: 5 })
  })

  test('is none where nothing was seen then', () => {
    expect(answerTo('AM1', sampleInventory, nothing).trend).toBeNull()
  })

  test.each([
    ['thirty days before', ['2026-01-01', '2026-03-11'], '2026-03-11'],
    ['the last that was kept before that', ['2026-01-01', '2026-03-01', '2026-04-01'], '2026-03-11'],
    ['the oldest that is kept since', ['2026-04-01', '2026-04-02'], '2026-04-01'],
    ['none where none is older', ['2026-04-10'], null],
    ['none where none is kept', [], null],
  ] as const)('is of %s', (_, kept, day) => {
    const past = { asOf: (asked: string) => (kept.some((one) => one <= asked) ? sampleInventory : null), oldest: () => kept[0] ?? null }
    expect(earlierThan('2026-04-10', past)?.day ?? null).toBe(day)
  })
})
