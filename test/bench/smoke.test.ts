import { Ajv2020 } from 'ajv/dist/2020.js'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'

import { packageFolder } from '../../src/base/version.ts'
import { benches } from '../../src/cli/bench/benches.ts'
import { run } from '../cli/run.ts'

/** A measurement may build the program that sends frames first. */
const timeoutMs = 240_000

test(
  'every measurement runs, gives lines that the schema describes, and counts what its load holds',
  async () => {
    const validate = new Ajv2020().compile(JSON.parse(readFileSync(join(packageFolder, 'schemas/bench-line.schema.json'), 'utf8')) as object)
    const { exitCode, out, err } = await run(['bench', 'all', '--smoke'])
    expect(err).toBe('')
    expect(exitCode).toBe(0)
    const lines = out
      .trimEnd()
      .split('\n')
      .map((line) => JSON.parse(line) as Readonly<Record<string, unknown>>)
    for (const line of lines) expect(validate(line), JSON.stringify([line, validate.errors])).toBe(true)
    expect(new Set(lines.map((line) => line['bench']))).toEqual(new Set(benches.map(({ name }) => name)))
    expect(lines.filter((line) => line['allCounted'] === false)).toEqual([])
    expect(lines.filter((line) => 'exitCode' in line && line['exitCode'] !== 0)).toEqual([])
  },
  timeoutMs,
)

test.each([
  [['bench', 'nothing'], /choose one of startup/],
  [['bench', 'logs', '--size', '0'], /whole mebibytes/],
  [['bench', 'soak', '--exchanges', '0.5'], /whole millions/],
])('%j says what is expected', async (argv, message) => {
  expect(await run(argv)).toMatchObject({ exitCode: 2, err: expect.stringMatching(message) as string })
})
