import { existsSync, mkdtempSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, expect, test } from 'vitest'

import { makeFolder } from '../../src/base/folder.ts'

const folder = mkdtempSync(join(tmpdir(), 'tapistry-folder-'))
afterAll(() => rmSync(folder, { recursive: true, force: true }))

test('a folder is made with those above it, and once', () => {
  const path = join(folder, 'a', 'b', 'c')
  makeFolder(path, 0o700)
  makeFolder(path)
  for (const made of [path, join(folder, 'a')]) expect(statSync(made).mode & 0o777).toBe(0o700)
})

test('a file in the way is an error', () => {
  writeFileSync(join(folder, 'file'), '')
  expect(() => makeFolder(join(folder, 'file'))).toThrow(/EEXIST/)
  expect(() => makeFolder(join(folder, 'file', 'below'))).toThrow(/ENOTDIR/)
})

test.skipIf(!existsSync('/proc/self'))('where nobody can make a folder it ends with an error', () => {
  expect(() => makeFolder('/proc/x')).toThrow(/ENOENT/)
  expect(() => makeFolder('/proc/x/y/z')).toThrow(/ENOENT/)
})
