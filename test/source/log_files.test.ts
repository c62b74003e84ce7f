import { linkSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { basename, join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'

import { logFilesAt } from '../../src/source/log_files.ts'

let folder = ''
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'tapistry-log-files-'))
})
afterEach(() => rmSync(folder, { recursive: true, force: true }))

function followed(path: string, known: readonly string[] = []): readonly string[] {
  return logFilesAt(path, known, false, new Map()).followed.map((file) => basename(file))
}

test('a file under several names is followed once, under the name it had', () => {
  const logs = join(folder, 'logs')
  mkdirSync(logs)
  writeFileSync(join(folder, 'outside.log'), 'lines\n')
  writeFileSync(join(logs, 'b.log'), 'lines\n')
  symlinkSync(join(logs, 'b.log'), join(logs, 'a.log'))
  linkSync(join(logs, 'b.log'), join(logs, 'c.log'))
  for (const name of ['one.log', 'two.log']) symlinkSync(join(folder, 'outside.log'), join(logs, name))
  expect(followed(logs)).toEqual(['a.log', 'one.log'])
  expect(followed(logs, [join(logs, 'b.log'), join(logs, 'two.log')])).toEqual(['b.log', 'two.log'])
  writeFileSync(join(logs, 'd.log'), 'lines\n')
  expect(followed(logs)).toEqual(['a.log', 'd.log', 'one.log'])
})
