import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'

import { exampleFiles } from '../../examples/generator/example.ts'
import { packageFolder } from '../../src/base/version.ts'
import { readSpecFiles } from '../../src/config/spec_files.ts'

const folder = join(packageFolder, 'examples')

test('the committed example is what the generator writes', () => {
  const files = exampleFiles()
  expect([...files.keys()]).toEqual(['shop.pcap', 'shop-access.log'])
  for (const [name, bytes] of files)
    expect(Buffer.compare(readFileSync(join(folder, name)), Buffer.from(bytes)), `${name}: run node examples/generate.ts`).toBe(0)
})

test('the example is small', () => {
  const bytes = [...exampleFiles().values()].reduce((sum, { length }) => sum + length, 0)
  expect(bytes).toBeLessThan(1.5e6)
})

test('both documents are read without a problem', () => {
  const { specs, problems } = readSpecFiles(['shop.yaml', 'payments.json'], folder)
  expect(problems).toEqual([])
  expect(specs.map(({ title, operations }) => [title, operations.length])).toEqual([
    ['Shop', 20],
    ['Payments', 5],
  ])
})
