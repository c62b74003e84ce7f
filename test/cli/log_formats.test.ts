import { appendFileSync, mkdtempSync, readFileSync, readdirSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'

import { packageFolder } from '../../src/base/version.ts'
import type { InventoryDocument } from '../../src/inventory/document.ts'
import { openEngine } from '../../src/source/native.ts'
import { textFormats, type TextFormat } from '../../src/source/text_formats.ts'
import { run } from './run.ts'

let folder = ''
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'tapistry-formats-'))
})
afterEach(() => rmSync(folder, { recursive: true, force: true }))

const write = (text: string | Buffer): string => {
  writeFileSync(join(folder, 'access.log'), text)
  return join(folder, 'access.log')
}
const inventoryOf = async (...argv: string[]): Promise<InventoryDocument> => {
  const { out, err } = await run(['scan', ...argv, '--format', 'json'])
  if (out === '') throw new Error(err)
  return JSON.parse(out) as InventoryDocument
}
const templates = ({ services }: InventoryDocument): string[] =>
  services.flatMap(({ name, endpoints }) => endpoints.map(({ method, template }) => `${method} ${name}${template}`))

test('the engine knows the formats that are offered, and no other', () => {
  const start = () => openEngine({ inputs: [], mode: 'observations', inputFormat: 'nothing' as TextFormat })
  expect(start).toThrow(`nothing is no log format: use one of ${textFormats.join(', ')}, or the log_format`)
})

const cases = join(packageFolder, 'native/logs/tests/formats')
describe('cases of formats, told by content or by a template', () => {
  test.each(readdirSync(cases))('%s', async (file) => {
    const lines = readFileSync(join(cases, file), 'latin1').split('\n')
    const template = lines.find((line) => line.startsWith('; template: '))?.slice('; template: '.length)
    const told = lines.filter((line) => line.startsWith('=> '))
    const log = lines.filter((line) => line !== '' && !line.startsWith('=> ') && !line.startsWith('; '))
    const input = write(Buffer.from(`${log.join('\n')}\n`, 'latin1'))
    const { visibility } = await inventoryOf(input, ...(template === undefined ? [] : ['--input-format', template]))
    const exchanges = told.filter((line) => line.slice(3).includes(' ')).length
    expect(visibility.logs).toMatchObject({ lines: told.length, exchanges, rejected: told.length - exchanges })
  })
})

test('the head of a log counts for the lines that a later run reads', async () => {
  const input = write('#Fields: date time cs-method cs-uri-stem sc-status cs(Host)\n2026-11-28 00:06:21 GET /health 200 shop.example\n')
  await inventoryOf(input, '--data-dir', join(folder, 'data'))
  appendFileSync(input, '2026-11-28 00:06:22 POST /orders 201 shop.example\n')
  const grown = await inventoryOf(input, '--data-dir', join(folder, 'data'))
  expect(templates(grown)).toEqual(['GET shop.example/health', 'POST shop.example/orders'])
  expect(grown.visibility.logs).toMatchObject({ lines: 3, exchanges: 2, rejected: 1 })
})

test.each(['\n', ''])('records of one line are lines of their own (%j behind it)', async (end) => {
  const record = (path: string) => ({
    time: '2026-11-28T00:06:21Z',
    properties: { httpMethod: 'GET', requestUri: path, httpStatus: 200, host: 'shop.example' },
  })
  const inventory = await inventoryOf(write(`${JSON.stringify({ records: [record('/health'), 7, record('/orders')] })}${end}`))
  expect(templates(inventory)).toEqual(['GET shop.example/health', 'GET shop.example/orders'])
  expect(inventory.visibility.logs).toMatchObject({ lines: 3, exchanges: 2, rejected: 1 })
})
