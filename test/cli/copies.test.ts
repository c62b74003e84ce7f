import { copyFileSync, linkSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { gzipSync } from 'node:zlib'
import { afterEach, beforeEach, expect, test } from 'vitest'

import type { InventoryDocument } from '../../src/inventory/document.ts'
import { run } from './run.ts'

let folder = ''
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'tapistry-copies-'))
})
afterEach(() => rmSync(folder, { recursive: true, force: true }))

const text = Array.from({ length: 60 }, (_, at) => `{"method":"GET","host":"api.example.com","path":"/items/${at}","status":200,"ts":1772442000000}\n`)

function write(name: string, lines: readonly string[]): string {
  writeFileSync(join(folder, name), lines.join(''))
  return join(folder, name)
}

async function scan(...argv: readonly string[]): Promise<readonly [exchanges: number, err: string]> {
  const { out, err } = await run(['scan', ...argv, '--format', 'json'])
  return [(JSON.parse(out) as InventoryDocument).services.reduce((sum, { exchanges }) => sum + exchanges, 0), err]
}

test.each([
  ['a copy', 'x.log.copy', (log: string, other: string): void => copyFileSync(log, other)],
  ['a compressed copy', 'x.log.gz', (log: string, other: string): void => writeFileSync(other, gzipSync(readFileSync(log)))],
  ['a hard link', 'x.log.link', (log: string, other: string): void => linkSync(log, other)],
  ['the beginning', 'x.log.old', (): void => void write('x.log.old', text.slice(0, 50))],
])('one scan of a log and %s of it counts both once, and says so', async (_, name, make) => {
  const [log, other] = [write('x.log', text), join(folder, name)]
  make(log, other)
  const said = `tapistry: ${other}: holds nothing that ${log} does not, and counts with that\n`
  for (const inputs of [[log, other], [folder], [log, other, '--data-dir', join(folder, 'data')]]) expect(await scan(...inputs)).toEqual([60, said])
})

test('one scan of two logs that begin alike counts both', async () => {
  const [log, other] = [
    write('x.log', text),
    write('y.log', [...text.slice(0, 59), '{"method":"GET","host":"api.example.com","path":"/others","status":200}\n']),
  ]
  expect(await scan(log, other)).toEqual([120, ''])
})
