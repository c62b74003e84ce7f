import { expect, test } from 'vitest'

import { decided, nextEndMs } from '../../src/finding/decided.ts'
import type { Decision, FindingDecision, Suppression } from '../../src/finding/decision.ts'
import type { FindingDocument } from '../../src/inventory/document.ts'
import { sampleFinding, sampleReport } from '../output/sample_report.ts'

const finding: FindingDocument = { ...sampleFinding('svc_1', 'ep_1'), owner: 'team', lastSeen: '2026-03-02T00:00:00.000Z', count: 3 }
const own = (more: Partial<FindingDecision>): Decision => ({
  id: finding.id,
  atMs: 0,
  by: 'local',
  body: { kind: 'finding', state: null, owner: null, reason: null, due: null, seen: { lastSeen: finding.lastSeen, count: 3 }, ...more },
})
const suppression = (more: Partial<Suppression>): Decision => ({
  id: 'sup_1',
  atMs: 0,
  by: 'local',
  body: { kind: 'suppression', finding: null, service: null, endpoint: null, reason: 'x', untilMs: null, ...more },
})

const cases: ReadonlyArray<readonly [name: string, decisions: readonly Decision[], state: FindingDocument['state'], owner: string]> = [
  ['nothing', [], 'open', 'team'],
  ['of another finding', [{ ...own({ state: 'resolved' }), id: 'fnd_other' }], 'open', 'team'],
  ['an owner', [own({ owner: 'me' })], 'open', 'me'],
  ['acknowledged', [own({ state: 'acknowledged' })], 'acknowledged', 'team'],
  ['resolved', [own({ state: 'resolved' })], 'resolved', 'team'],
  ['resolved, then seen', [own({ state: 'resolved', seen: { lastSeen: '2026-03-01T00:00:00.000Z', count: 3 } })], 'reopened', 'team'],
  ['resolved, then seen by what has no times', [own({ state: 'resolved', seen: { lastSeen: finding.lastSeen, count: 2 } })], 'reopened', 'team'],
  ['resolved when more of it was there', [own({ state: 'resolved', seen: { lastSeen: '2026-03-05T00:00:00.000Z', count: 9 } })], 'resolved', 'team'],
  ['acknowledged, then seen', [own({ state: 'acknowledged', seen: { lastSeen: null, count: 0 } })], 'acknowledged', 'team'],
  ['suppressed by kind', [suppression({ finding: finding.kind })], 'suppressed', 'team'],
  ['suppressed by service', [suppression({ service: 'svc_1' })], 'suppressed', 'team'],
  ['suppressed by endpoint', [suppression({ endpoint: 'ep_1' })], 'suppressed', 'team'],
  ['another kind of it', [suppression({ finding: 'spec.response-drift', service: 'svc_1' })], 'open', 'team'],
  ['another endpoint of it', [suppression({ service: 'svc_1', endpoint: 'ep_2' })], 'open', 'team'],
  ['suppressed until later', [suppression({ service: 'svc_1', untilMs: 1_001 })], 'suppressed', 'team'],
  ['suppressed until now', [suppression({ service: 'svc_1', untilMs: 1_000 })], 'open', 'team'],
  ['open, though suppressed', [suppression({ service: 'svc_1' }), own({ state: 'open' })], 'open', 'team'],
  ['suppressed, with an owner', [suppression({ service: 'svc_1' }), own({ owner: 'me' })], 'suppressed', 'me'],
]

test.each(cases)('%s', (_, decisions, state, owner) => {
  const { inventory } = sampleReport([], [finding])
  expect(decided(inventory, decisions, 1_000).findings).toEqual([{ ...finding, state, owner }])
  expect(inventory.findings).toEqual([finding])
})

test('knows when the next suppression ends', () => {
  const all = [suppression({ untilMs: 900 }), suppression({ untilMs: 3_000 }), suppression({ untilMs: 2_000 }), suppression({})]
  expect(nextEndMs(all, 1_000)).toBe(2_000)
  expect(nextEndMs([suppression({}), own({})], 1_000)).toBe(Infinity)
})
