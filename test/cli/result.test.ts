import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, symlinkSync, writeFileSync, lstatSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'

import { openResult, writeResult } from '../../src/cli/result.ts'
import type { Streams } from '../../src/cli/streams.ts'

let folder = ''
let printed = ''
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'tapistry-result-'))
  printed = ''
})
afterEach(() => rmSync(folder, { recursive: true, force: true }))

const streams = (): Streams => ({
  out: (text) => {
    printed += Buffer.from(text).toString()
    return Promise.resolve()
  },
  note: () => undefined,
  paint: () => undefined,
  outIsTty: false,
  errIsTty: false,
  columns: null,
  env: {},
  cwd: folder,
})

test('a file appears when it is whole, and not before', async () => {
  const sink = openResult('out.json', streams())
  await sink.write('{"a":')
  expect(readdirSync(folder)).not.toContain('out.json')
  await sink.write('1}')
  await sink.finish()
  expect(readdirSync(folder)).toEqual(['out.json'])
  expect(readFileSync(join(folder, 'out.json'), 'utf8')).toBe('{"a":1}')
})

test('an abandoned or interrupted one leaves what was there before', async () => {
  writeFileSync(join(folder, 'out.json'), 'before')
  const sink = openResult('out.json', streams())
  await sink.write('half')
  sink.abandon()
  expect(readdirSync(folder)).toEqual(['out.json'])
  expect(readFileSync(join(folder, 'out.json'), 'utf8')).toBe('before')
})

test('a symlink stays one: what it points to is replaced', async () => {
  mkdirSync(join(folder, 'real'))
  writeFileSync(join(folder, 'real', 'file'), 'before')
  symlinkSync(join('real', 'file'), join(folder, 'link'))
  await writeResult('link', 'after', streams())
  expect(lstatSync(join(folder, 'link')).isSymbolicLink()).toBe(true)
  expect(readFileSync(join(folder, 'real', 'file'), 'utf8')).toBe('after')
})

test('a device is written to and not replaced', async () => {
  await writeResult('/dev/null', 'x', streams())
  expect(lstatSync('/dev/null').isCharacterDevice()).toBe(true)
})

test.each([[null], ['-']])('%j is standard output', async (file) => {
  await writeResult(file, 'text', streams())
  expect(printed).toBe('text')
})

test('what cannot be written says so, with exit code 3', async () => {
  mkdirSync(join(folder, 'taken'))
  await expect(writeResult('nowhere/out.json', 'x', streams())).rejects.toMatchObject({
    exitCode: 3,
    message: 'cannot write nowhere/out.json: no such file or folder; name another file with -o',
  })
  await expect(writeResult('taken', 'x', streams())).rejects.toMatchObject({ exitCode: 3 })
})
