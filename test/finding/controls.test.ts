import { describe, expect, test } from 'vitest'

import { controlEvidence, findingsMax } from '../../src/finding/control_evidence.ts'
import { frameworks, mappings, titleOf } from '../../src/finding/control_table.ts'
import { detectors } from '../../src/finding/detectors/index.ts'
import { evidenceKinds } from '../../src/finding/evidence.ts'
import type { FindingDocument, InventoryDocument } from '../../src/inventory/document.ts'
import { sampleInventory } from '../api/sample_inventory.ts'

/** How the frameworks write their ids. */
const forms: Readonly<Record<string, RegExp>> = {
  'owasp-api-2023': /^API([1-9]|10)$/,
  'nist-sp-800-228': /^REC-API-([1-9]|1\d|2[0-6])$/,
  'nist-csf-2.0': /^(GV|ID|PR|DE|RS|RC)\.[A-Z]{2}-\d{2}$/,
  'nist-sp-800-53r5': /^[A-Z]{2}-\d{1,2}(\(\d{1,2}\))?$/,
  'nist-sp-800-207': /^T[1-7]$/,
  'pci-dss-4.0.1': /^\d{1,2}(\.\d{1,2}){2,3}$/,
  'iso-27001-2022': /^A\.[5-8]\.\d{1,2}$/,
  'iso-27017-2015': /^CLD(\.\d{1,2}){3}$/,
  'nis2': /^[NI]\d{1,2}(\.\d{1,2})*(\.[a-z])?$/,
  'dora': /^[DR]\d{1,2}(\.\d{1,2})?(\.[a-z](\.[ivx]+)?)?$/,
}

describe('the table of controls', () => {
  test('has the frameworks that are published, and ids as each of them writes them', () => {
    expect(frameworks.map(({ id }) => id)).toEqual(Object.keys(forms))
    expect(mappings().filter(({ framework, control }) => forms[framework]?.test(control) !== true)).toEqual([])
  })

  test('has a row for each kind of finding and of evidence, on its side', () => {
    const sideOf = (kind: string): ReadonlySet<string> =>
      new Set(mappings().flatMap((one) => (one.kind === kind && one.relationship !== 'contributes-to' ? [one.relationship] : [])))
    expect(detectors.filter(({ kind }) => [...sideOf(kind)].join() !== 'contradicts').map(({ kind }) => kind)).toEqual([])
    expect(evidenceKinds.filter(({ kind }) => [...sideOf(kind)].join() !== 'supports').map(({ kind }) => kind)).toEqual([])
    const looked = new Set([...detectors, ...evidenceKinds].map(({ kind }) => kind))
    expect(mappings().filter(({ kind }) => !looked.has(kind))).toEqual([])
  })

  test('has a title for each control', () => {
    expect(mappings().filter(({ control }) => titleOf(control) === control)).toEqual([])
  })
})

function verdictOf(inventory: InventoryDocument, framework: string, control: string): unknown {
  return controlEvidence(inventory)
    .find(({ id }) => id === framework)
    ?.controls.find((one) => one.control === control)?.verdict
}

/** The sample with findings of one kind in one state. */
function having(kind: string, state: FindingDocument['state'], count = 1): InventoryDocument {
  const [first] = sampleInventory.findings
  if (first === undefined) throw new Error('the sample has no finding')
  return { ...sampleInventory, findings: Array.from({ length: count }, (_, at) => Object.assign({}, first, { id: `fnd_${at}`, kind, state })) }
}

const nothing: InventoryDocument = { ...sampleInventory, services: [], findings: [] }

test.each([
  ['an open finding falsifies', having('inv.shadow-service', 'open'), 'CM-8(3)', 'not_satisfied'],
  ['one that is acknowledged too', having('inv.shadow-service', 'acknowledged'), 'CM-8(3)', 'not_satisfied'],
  ['one that was reopened too', having('inv.shadow-service', 'reopened'), 'CM-8(3)', 'not_satisfied'],
  ['one that is suppressed does not', having('inv.shadow-service', 'suppressed'), 'CM-8(3)', 'no_evidence'],
  ['one of another kind does not', having('data.sensitive-in-url', 'open'), 'CM-8(3)', 'no_evidence'],
  ['what was seen supports', having('inv.shadow-service', 'open'), 'PM-5', 'supported'],
  ['and where nothing was seen there is no evidence', nothing, 'PM-5', 'no_evidence'],
] as const)('%s', (_, inventory, control, verdict) => {
  expect(verdictOf(inventory, 'nist-sp-800-53r5', control)).toBe(verdict)
})

test('what says little of a control decides nothing', () => {
  expect(verdictOf(having('data.sensitive-in-url', 'open'), 'pci-dss-4.0.1', '3.4.1')).toBe('supported')
  expect(verdictOf(nothing, 'pci-dss-4.0.1', '6.3.2')).toBe('no_evidence')
  expect(verdictOf(sampleInventory, 'pci-dss-4.0.1', '6.3.2')).toBe('no_evidence')
})

test('findings are named up to a bound, counted beyond it, and those that were decided apart', () => {
  const many = having('inv.zombie-endpoint', 'open', findingsMax + 5)
  const evidence = (inventory: InventoryDocument) =>
    controlEvidence(inventory)[0]?.controls.flatMap((control) => control.evidence.filter(({ kind }) => kind === 'inv.zombie-endpoint'))[0]
  expect(evidence(many)).toMatchObject({ places: 1, findingCount: findingsMax + 5, decidedCount: 0 })
  expect(evidence(many)?.findings).toHaveLength(findingsMax)
  expect(evidence(having('inv.zombie-endpoint', 'resolved', 3))).toMatchObject({ places: 0, findings: [], findingCount: 0, decidedCount: 3 })
})

test('coverage stands beside it, and is unknown where nothing was seen', () => {
  expect(controlEvidence(sampleInventory)[0]?.coverage).toBeGreaterThan(0.5)
  expect(controlEvidence(nothing)[0]?.coverage).toBeNull()
})
