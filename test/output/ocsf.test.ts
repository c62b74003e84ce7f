import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { Ajv2020 } from 'ajv/dist/2020.js'
import { expect, test } from 'vitest'

import type { FindingDocument, InventoryDocument } from '../../src/inventory/document.ts'
import { ocsfLines } from '../../src/output/ocsf.ts'
import { sampleInventory } from '../api/sample_inventory.ts'

const ajv = new Ajv2020({ strict: false, allErrors: true })
ajv.addSchema(JSON.parse(readFileSync(join(import.meta.dirname, 'published/ocsf-1.8.0-findings.schema.json'), 'utf8')) as object, 'ocsf')
const classes: ReadonlyMap<number, ReturnType<typeof ajv.compile>> = new Map(
  [
    [2003, 'compliance_finding'],
    [2004, 'detection_finding'],
  ].map(([uid, name]) => [Number(uid), ajv.compile({ $ref: `ocsf#/$defs/${name}` })]),
)

interface Event {
  readonly class_uid: number
  readonly activity_id: number
  readonly severity_id: number
  readonly status_id?: number
  readonly finding_info: { readonly uid: string; readonly types: readonly string[] }
  readonly compliance?: { readonly status_id: number; readonly status: string }
}

function eventsOf(inventory: InventoryDocument): readonly Event[] {
  return [...ocsfLines(inventory)].map((line) => {
    expect(line.endsWith('\n')).toBe(true)
    const event = JSON.parse(line) as Event
    const validate = classes.get(event.class_uid)
    expect(validate?.(event), JSON.stringify(validate?.errors)).toBe(true)
    return event
  })
}

const nothing: InventoryDocument = { ...sampleInventory, window: { from: null, to: null }, services: [], findings: [] }
const timeless = {
  ...sampleInventory,
  findings: sampleInventory.findings.map((finding) => Object.assign({}, finding, { firstSeen: null, lastSeen: null, owner: 'a' })),
}

test.each([
  ['of a sample', sampleInventory],
  ['of nothing', nothing],
  ['without times', timeless],
] as const)('%s each event is valid against the published class', (_, inventory) => {
  expect(eventsOf(inventory).filter(({ class_uid: uid }) => uid === 2004)).toHaveLength(inventory.findings.length)
})

test.each([
  ['open', 1, 1],
  ['acknowledged', 1, 2],
  ['suppressed', 1, 3],
  ['resolved', 3, 4],
  ['reopened', 1, 1],
] as const satisfies ReadonlyArray<readonly [FindingDocument['state'], number, number]>)('%s is activity %i, status %i', (state, activity, status) => {
  const findings = sampleInventory.findings.map((finding) => Object.assign({}, finding, { state, severity: 'critical' as const }))
  const [event] = eventsOf({ ...sampleInventory, findings })
  expect(event).toMatchObject({ class_uid: 2004, activity_id: activity, status_id: status, severity_id: 5, finding_info: { uid: findings[0]?.id } })
})

test('a control fails, or is supported, or unknown; it never passes', () => {
  const verdicts = new Map(eventsOf(sampleInventory).flatMap(({ compliance }) => (compliance === undefined ? [] : [[compliance.status, compliance.status_id]])))
  expect(Object.fromEntries(verdicts)).toEqual({ not_satisfied: 3, supported: 99, no_evidence: 0 })
})

test('the same inventory gives the same bytes', () => {
  expect([...ocsfLines(structuredClone(sampleInventory))]).toEqual([...ocsfLines(sampleInventory)])
})
