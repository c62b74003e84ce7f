import { spawn, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { closeSync, existsSync, mkdtempSync, openSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, test } from 'vitest'

import { packageFolder } from '../../src/base/version.ts'
import { until } from '../e2e/until.ts'

/* What only a whole process shows: pipes, signals, exit codes. */
const main = join(packageFolder, 'src', 'cli', 'main.ts')
const capture = join(packageFolder, 'examples', 'shop.pcap')

test('standard input may come slowly and in pieces', async () => {
  const child = spawn(process.execPath, [main, 'scan', '-', '--quiet', '--format', 'json'], { stdio: ['pipe', 'pipe', 'inherit'] })
  let out = ''
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    out += text
  })
  const bytes = readFileSync(capture)
  for (const [index, end] of [10, 24, 5_000, 200_000, bytes.length].entries()) {
    child.stdin.write(bytes.subarray([0, 10, 24, 5_000, 200_000][index], end))
    await new Promise((resolve) => setTimeout(resolve, 150))
  }
  child.stdin.end()
  expect(await once(child, 'close')).toEqual([0, null])
  const fromFile = spawnSync(process.execPath, [main, 'scan', capture, '--quiet', '--format', 'json'], { encoding: 'utf8', maxBuffer: 2 ** 26 })
  expect(out).toBe(fromFile.stdout)
})

test('a reader that goes away ends the output quietly', async () => {
  const child = spawn(process.execPath, [main, 'exchanges', capture], { stdio: ['ignore', 'pipe', 'pipe'] })
  let err = ''
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    err += text
  })
  await once(child.stdout, 'data')
  child.stdout.destroy()
  expect(await once(child, 'close')).toEqual([0, null])
  expect(err).toBe('')
})

test('an interrupt ends with 130 and removes what was begun', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'tapistry-interrupt-'))
  const child = spawn(process.execPath, [main, 'exchanges', '-', '-o', join(folder, 'out.ndjson')], { stdio: ['pipe', 'ignore', 'ignore'] })
  child.stdin.on('error', () => undefined)
  child.stdin.write(readFileSync(capture).subarray(0, 100_000))
  await until(() => readdirSync(folder).length === 1)
  child.kill('SIGINT')
  // A shell shows both as 130: the code, and the end by signal 2.
  expect([130, 'SIGINT']).toContain((await once(child, 'close')).find((end) => end !== null))
  expect(readdirSync(folder)).toEqual([])
  rmSync(folder, { recursive: true })
})

test.skipIf(!existsSync('/proc/self/status'))('an interrupt ends with 130 also after all is read, and leaves no file', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'tapistry-interrupt-'))
  try {
    // Names without likeness: reading them takes a moment, making an inventory of them seconds.
    const line = (index: number): string => {
      const word = (salt: number): string => ((index + 1) * salt).toString(36).replaceAll(/\d/g, 'o')
      return JSON.stringify({
        method: 'GET',
        host: `${word(7_919)}.example.com`,
        path: `/${word(104_729)}/${word(1_299_709)}`,
        status: 200,
        resBody: { id: 1 },
      })
    }
    const lines = Array.from({ length: 8_000 }, (_, index) => `${line(index)}\n`)
    const child = spawn(process.execPath, [main, 'scan', '-', '-o', join(folder, 'cut.txt')], { stdio: ['pipe', 'ignore', 'ignore'] })
    // Who reads hears interrupts, who makes an inventory is busy and cannot.
    const hearsInterrupts = (): boolean => {
      const [, caught = ''] = /^SigCgt:\s*(\w+)$/m.exec(readFileSync(`/proc/${child.pid}/status`, 'utf8')) ?? []
      return (BigInt(`0x${caught}`) & 2n) !== 0n
    }
    child.stdin.write(lines[0])
    await until(hearsInterrupts)
    child.stdin.end(lines.slice(1).join(''))
    await until(() => !hearsInterrupts())
    child.kill('SIGINT')
    // The system's own end, and not the code 130 of a listener: that one would wait until the inventory is made.
    expect(await once(child, 'close')).toEqual([null, 'SIGINT'])
    expect(readdirSync(folder)).toEqual([])
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
})

test.skipIf(!existsSync('/dev/full'))('a full disk behind standard output is exit code 3 and a sentence', () => {
  const full = openSync('/dev/full', 'w')
  const { status, stderr } = spawnSync(process.execPath, [main, '--help'], { stdio: ['ignore', full, 'pipe'], encoding: 'utf8' })
  closeSync(full)
  expect(stderr).toBe('tapistry: cannot write to standard output: the disk is full\n')
  expect(status).toBe(3)
})

test('a stack is shown to those who ask for it, and to nobody else', () => {
  expect(failing().stderr.trimEnd().split('\n')).toHaveLength(1)
  expect(failing('--log-level', 'debug').stderr).toMatch(/\n\s+at /)
})

function failing(...argv: string[]) {
  return spawnSync(process.execPath, [main, 'match', '--inventory', '/nowhere', 'GET', '/', ...argv], { encoding: 'utf8' })
}
