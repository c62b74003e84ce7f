import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { open } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, onTestFinished, test } from 'vitest'

import { openAlikeLogs } from '../../src/source/tail/alike.ts'
import { RollingFingerprint } from '../../src/source/tail/fingerprint.ts'

test.each([
  ['of two that stand alike the one that was there first reads on', 10, 10, { first: false, second: true }],
  ['nobody waits for one that was there first and was read less', 10, 20, { first: true, second: false }],
  ['one that was there first is passed over what another one has read', 20, 10, { first: false, second: true }],
])('%s', async (_, firstEnd, secondEnd, waits) => {
  const folder = mkdtempSync(join(tmpdir(), 'tapistry-alike-'))
  const path = join(folder, 'access.log')
  writeFileSync(path, 'line three\n'.repeat(5))
  const logs = openAlikeLogs()
  const enter = async (lineEnd: number) => {
    const file = await open(path)
    onTestFinished(() => file.close())
    const one = { log: logs.add(path, true), file, id: '1:1', at: lineEnd, lineEnd, rolling: await RollingFingerprint.from(file, lineEnd), twin: null }
    logs.enter(one)
    return one
  }
  const [first, second] = [await enter(firstEnd), await enter(secondEnd)]
  onTestFinished(() => rmSync(folder, { recursive: true }))
  expect({ first: (await logs.aheadOf(first)) === second, second: (await logs.aheadOf(second)) === first }).toEqual(waits)
})
