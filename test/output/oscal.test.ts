import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { Ajv } from 'ajv'
import { expect, test } from 'vitest'

import { frameworks } from '../../src/finding/control_table.ts'
import type { InventoryDocument } from '../../src/inventory/document.ts'
import { oscalAssessment } from '../../src/output/oscal.ts'
import { sampleInventory } from '../api/sample_inventory.ts'
import { sampleEndpoint, sampleService } from './sample_report.ts'

/** The published schema; its patterns are those of Unicode. */
const validate = new Ajv({ strict: false, allErrors: true, formats: { 'date-time': true, 'uri': true, 'uri-reference': true, 'email': true } }).compile(
  JSON.parse(readFileSync(join(import.meta.dirname, 'published/oscal-1.2-assessment-results.schema.json'), 'utf8')) as object,
)

interface Assessment {
  readonly 'assessment-results': {
    readonly results: ReadonlyArray<{
      readonly 'observations': ReadonlyArray<{ readonly uuid: string; readonly props: ReadonlyArray<{ readonly name: string; readonly value: string }> }>
      readonly 'findings'?: ReadonlyArray<{
        readonly 'uuid': string
        readonly 'title': string
        readonly 'target': { readonly 'target-id': string; readonly 'status': object }
        readonly 'related-observations': ReadonlyArray<{ readonly 'observation-uuid': string }>
      }>
      readonly 'reviewed-controls': { readonly 'control-selections': ReadonlyArray<{ readonly props: ReadonlyArray<{ readonly value: string }> }> }
    }>
  }
}

function resultOf(inventory: InventoryDocument, framework: string | null = null): Assessment['assessment-results']['results'][number] {
  const document = JSON.parse(JSON.stringify(oscalAssessment(inventory, framework))) as Assessment
  validate(document)
  expect(validate.errors ?? []).toEqual([])
  const [result] = document['assessment-results'].results
  if (result === undefined) throw new Error('there is no result')
  return result
}

const nothing: InventoryDocument = { ...sampleInventory, window: { from: null, to: null }, services: [], findings: [] }
const hostile: InventoryDocument = {
  ...sampleInventory,
  services: [sampleService('a\u202eb\n ', [sampleEndpoint('GET', '/\u001b[31m/{x}'), sampleEndpoint('G"<E>T', ' ')])],
  findings: sampleInventory.findings.slice(0, 1).map((finding) => Object.assign({}, finding, { title: '\n', owner: ' ' })),
}

test.each([
  ['of a sample', sampleInventory, null],
  ['of one framework', sampleInventory, 'nist-sp-800-53r5'],
  ['of nothing', nothing, null],
  ['with hostile names', hostile, null],
] as const)('%s it is valid against the schema that NIST publishes', (_, inventory, framework) => {
  resultOf(inventory, framework)
})

test('a control that a finding contradicts is not satisfied, and its finding leads to what was seen', () => {
  const { findings = [], observations } = resultOf(sampleInventory, 'nist-sp-800-53r5')
  const finding = findings.find(({ target }) => target['target-id'] === 'cm-8.3_smt')
  expect(finding).toMatchObject({ title: 'CM-8(3) is not satisfied', target: { status: { state: 'not-satisfied', reason: 'fail' } } })
  const ids = new Set(observations.map(({ uuid }) => uuid))
  expect(finding?.['related-observations'].length).toBeGreaterThan(1)
  expect(findings.flatMap((one) => one['related-observations']).filter((one) => !ids.has(one['observation-uuid']))).toEqual([])
})

test('what is supported, and what nobody saw, is an observation and no finding', () => {
  const verdictsOf = (inventory: InventoryDocument): readonly string[] =>
    resultOf(inventory, 'nist-csf-2.0').observations.flatMap(({ props }) => props.flatMap(({ name, value }) => (name === 'verdict' ? [value] : [])))
  expect(new Set(verdictsOf(sampleInventory))).toEqual(new Set(['not_satisfied', 'supported', 'no_evidence']))
  expect(new Set(verdictsOf(nothing))).toEqual(new Set(['no_evidence']))
  expect(resultOf(nothing).findings).toBeUndefined()
})

test('a finding that somebody suppressed falsifies nothing', () => {
  const suppressed = { ...sampleInventory, findings: sampleInventory.findings.map((finding) => Object.assign({}, finding, { state: 'suppressed' as const })) }
  expect(resultOf(suppressed).findings).toBeUndefined()
})

test('the same inventory gives the same bytes, with UUIDs of version 5 that are all different', () => {
  const text = JSON.stringify(oscalAssessment(sampleInventory))
  expect(JSON.stringify(oscalAssessment(structuredClone(sampleInventory)))).toBe(text)
  const uuids = [...text.matchAll(/"uuid":"([^"]+)"/g)].map(([, uuid]) => uuid)
  expect(new Set(uuids).size).toBe(uuids.length)
  expect(uuids.filter((uuid) => !/^[0-9a-f]{8}-[0-9a-f]{4}-5[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/.test(uuid ?? ''))).toEqual([])
  expect(text).not.toMatch(/complian[ct]/i)
})

test('all frameworks are reviewed', () => {
  const selections = resultOf(sampleInventory)['reviewed-controls']['control-selections']
  expect(selections.flatMap(({ props }) => props.map(({ value }) => value))).toEqual(frameworks.map(({ id }) => id))
})
