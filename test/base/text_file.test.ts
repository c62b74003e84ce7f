import { execFileSync } from 'node:child_process'
import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, expect, test } from 'vitest'

import { readTextFile } from '../../src/base/text_file.ts'

const folder = mkdtempSync(join(tmpdir(), 'tapistry-text-'))
afterAll(() => rmSync(folder, { recursive: true, force: true }))

test('a file is read whole, up to its bound', () => {
  const file = join(folder, 'a.txt')
  writeFileSync(file, 'é'.repeat(100_000))
  expect(readTextFile(file)).toBe('é'.repeat(100_000))
  expect(readTextFile(file, 200_000)).toHaveLength(100_000)
  expect(() => readTextFile(file, 128 * 1024)).toThrow(/^is larger than 128 KiB$/)
  writeFileSync(file, '')
  expect(readTextFile(file)).toBe('')
})

test.skipIf(!existsSync('/proc/self/status'))('a file that says it is empty is read, and no further than its bound', () => {
  expect(readTextFile('/proc/self/status')).toMatch(/^Name:/)
  expect(() => readTextFile('/proc/self/status', 16)).toThrow(/is larger than/)
})

test.skipIf(!existsSync('/dev/zero'))('a device without an end, and a pipe without a writer, are refused at once', () => {
  execFileSync('env', ['mkfifo', join(folder, 'pipe')])
  expect(() => readTextFile('/dev/zero')).toThrow(/^is no regular file$/)
  expect(() => readTextFile(join(folder, 'pipe'))).toThrow(/^is no regular file$/)
})

test('a folder, and nothing, are what the system says', () => {
  expect(() => readTextFile(folder)).toThrow(/EISDIR/)
  expect(() => readTextFile(join(folder, 'nowhere'))).toThrow(/ENOENT/)
})
