import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Ajv2020 } from 'ajv/dist/2020.js'
import { afterEach, beforeEach, expect, test, vi } from 'vitest'

import { packageFolder } from '../../src/base/version.ts'
import type { Change } from '../../src/finding/changes.ts'
import type { InventoryDocument } from '../../src/inventory/document.ts'
import { run, type Run } from './run.ts'

let folder = ''
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'tapistry-past-'))
  vi.useFakeTimers({ toFake: ['Date'] })
})
afterEach(() => {
  vi.useRealTimers()
  rmSync(folder, { recursive: true, force: true })
})

/** Scans requests for these paths on a day. */
async function scanOn(day: string, ...paths: readonly string[]): Promise<void> {
  vi.setSystemTime(`${day}T12:00:00Z`)
  const file = join(folder, `${day}-${paths.length}.ndjson`)
  writeFileSync(file, paths.map((path) => `${JSON.stringify({ method: 'GET', host: 'api.example.com', path, status: 200, ts: Date.now() })}\n`).join(''))
  expect((await run(['scan', file, '--data-dir', 'data'], { cwd: folder })).exitCode).toBe(0)
}

const exported = (...argv: readonly string[]): Promise<Run> => run(['export', ...argv, '--data-dir', 'data'], { cwd: folder })
const templates = ({ out }: Run): readonly string[] =>
  (JSON.parse(out) as InventoryDocument).services.flatMap(({ endpoints }) => endpoints.map(({ template }) => template))
const changed = ({ out }: Run): readonly string[] =>
  (JSON.parse(out) as Change[]).filter(({ kind }) => kind === 'endpoint').map(({ what, details }) => `${what} ${String(details['template'])}`)

test('the inventory of a past day, and what has changed since', async () => {
  await scanOn('2026-11-20', '/users')
  await scanOn('2026-11-20', '/users', '/orders')
  const then = await exported('inventory')
  await scanOn('2026-11-23', '/carts')
  await scanOn('2026-11-25', '/carts', '/stores')
  vi.setSystemTime('2026-11-28T12:00:00Z')
  for (const day of ['2026-11-20', '2026-11-21', '2026-11-22']) {
    // Indented as the inventory of now is, byte for byte.
    expect(await exported('inventory', '--as-of', day)).toEqual(then)
  }
  expect(templates(await exported('inventory', '--as-of', '2026-11-23'))).toEqual(['/carts', '/orders', '/users'])
  for (const day of ['2026-11-25', '2026-11-28']) expect(await exported('inventory', '--as-of', day)).toEqual(await exported('inventory'))
  expect((await exported('csv', '--as-of', '2026-11-20')).out.split('\r\n')).toHaveLength(4)
  expect(changed(await exported('changes', '--since', '2026-11-20')).toSorted()).toEqual(['appeared /carts', 'appeared /stores'])
  expect(changed(await exported('changes', '--since', '2026-11-20', '--until', '2026-11-24'))).toEqual(['appeared /carts'])
  expect(changed(await exported('changes', '--since', '2026-11-25'))).toEqual([])
  const schema = JSON.parse(readFileSync(join(packageFolder, 'schemas', 'changes.schema.json'), 'utf8')) as object
  const validate = new Ajv2020({ strict: false }).compile(schema)
  expect(validate(JSON.parse((await exported('changes', '--since', '2026-11-20')).out)), JSON.stringify(validate.errors)).toBe(true)
})

test('a report of now and of then, with what it was thirty days before or at first', async () => {
  await scanOn('2026-11-20', '/users')
  await scanOn('2026-11-23', '/users', '/orders')
  await scanOn('2026-11-25', '/carts')
  const report = (...argv: readonly string[]): Promise<Run> => run(['report', ...argv, '--data-dir', 'data'], { cwd: folder })
  const figureOf = ({ out }: Run): unknown => {
    const { asOf, questions } = JSON.parse(out) as { asOf: string | null; questions: ReadonlyArray<{ figure: { value: number }; trend: unknown }> }
    return [asOf, questions[0]?.figure.value, questions[0]?.trend]
  }
  expect(figureOf(await report('--format', 'json'))).toEqual([null, 3, { since: '2026-11-20', value: 1, change: 2 }])
  expect(figureOf(await report('--format', 'json', '--as-of', '2026-11-23'))).toEqual(['2026-11-23', 2, { since: '2026-11-20', value: 1, change: 1 }])
  expect(figureOf(await report('--format', 'json', '--as-of', '2026-11-20'))).toEqual(['2026-11-20', 1, null])
  const page = (await report()).out
  expect(page).toMatch(/AM1 {2}How many APIs are there\?\n {2}3; 1 at the end of 2026-11-20\. /)
  expect(page).toMatch(/GV6 {2}.*\n {2}not measured: No rule looks for attacks/)
  expect(page).toMatch(/DS1 {2}.*\n {2}no evidence: /)
  const schema = JSON.parse(readFileSync(join(packageFolder, 'schemas', 'executive-report.schema.json'), 'utf8')) as object
  const validate = new Ajv2020({ strict: false }).compile(schema)
  expect(validate(JSON.parse((await report('--format', 'json')).out)), JSON.stringify(validate.errors)).toBe(true)
})

test('evidence in the forms of others', async () => {
  await scanOn('2026-11-20', '/users')
  const oscal = (await exported('oscal', '--framework', 'nis2')).out
  expect(oscal).toContain('"oscal-version": "1.2.2"')
  expect(oscal).not.toContain('cm-8')
  const events = (await exported('ocsf')).out.trimEnd().split('\n')
  expect(events.map((line) => (JSON.parse(line) as { class_uid: number }).class_uid)).toContain(2004)
  expect(await exported('oscal', '--framework', 'nis3')).toMatchObject({
    exitCode: 2,
    err: expect.stringMatching(/nis3: is not known; there are owasp/) as string,
  })
  expect(await exported('ocsf', '--framework', 'nis2')).toMatchObject({ exitCode: 2 })
})

test('what is removed on a later day was there on the day before', async () => {
  const prune = (...argv: readonly string[]): Promise<Run> => run(['db', 'prune', ...argv, '--data-dir', 'data'], { cwd: folder })
  await scanOn('2026-11-20', '/users')
  await scanOn('2026-11-23', '/orders')
  const whole = await exported('inventory')
  vi.setSystemTime('2026-11-26T12:00:00Z')
  expect((await prune('--older-than', '48h', '--dry-run')).out).toMatch(/^would remove 1 of 2 keys, 0 of 0 changes and 0 of 1 past day,/)
  expect((await prune('--older-than', '48h')).out).toMatch(/^removed 1 of 2 keys, 0 of 0 changes and 1 of 2 past days,/)
  expect(templates(await exported('inventory'))).toEqual(['/orders'])
  for (const day of ['2026-11-23', '2026-11-25']) expect(await exported('inventory', '--as-of', day)).toEqual(whole)
  expect(await exported('inventory', '--as-of', '2026-11-26')).toEqual(await exported('inventory'))
  expect(changed(await exported('changes', '--since', '2026-11-25'))).toEqual(['gone /users'])
})

test.each([
  [['inventory', '--as-of', '2026-11-31'], '--as-of 2026-11-31: a day such as 2026-11-20 is expected'],
  [['inventory', '--as-of', '2026-11-19'], 'nothing is kept of 2026-11-19: name one from 2026-11-20 on'],
  [['inventory', '--as-of', '2026-11-29'], 'nothing is kept of 2026-11-29: name one from 2026-11-20 on'],
  [['inventory', '--since', '2026-11-20'], '--since and --until are for "tapistry export changes"; a past day is named with --as-of'],
  [['changes'], 'nothing says since when: use --since 2026-11-20, and --until for another day than today'],
  [['changes', '--since', '2026-11-20', '--as-of', '2026-11-20'], 'leave --as-of, --inventory and --server out'],
  [['changes', '--since', '2026-11-20', '--server', 'http://127.0.0.1:1'], 'leave --as-of, --inventory and --server out'],
  [['changes', '--since', '2026-11-01'], 'nothing is kept of 2026-11-01: name one from 2026-11-20 on'],
  [['inventory', '--inventory', 'a.json', '--as-of', '2026-11-20'], '--as-of is of a data folder: use --data-dir FOLDER instead of --inventory or --server'],
  [
    ['inventory', '--server', 'http://127.0.0.1:1', '--as-of', '2026-11-20'],
    '--as-of is of a data folder: use --data-dir FOLDER instead of --inventory or --server',
  ],
])('wrong usage: %j', async (argv, message) => {
  await scanOn('2026-11-20', '/users')
  await scanOn('2026-11-28', '/carts')
  expect(await exported(...argv)).toMatchObject({ exitCode: 2, err: expect.stringContaining(message) as string })
})

test('where no day is over it is said', async () => {
  await scanOn('2026-11-20', '/users')
  expect(await exported('inventory', '--as-of', '2026-11-19')).toMatchObject({
    exitCode: 2,
    err: 'tapistry: nothing is kept of 2026-11-19: no day is over yet\n',
  })
})
