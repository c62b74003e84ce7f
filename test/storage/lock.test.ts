import { spawn, type ChildProcess } from 'node:child_process'
import { existsSync, mkdtempSync, rmSync } from 'node:fs'
import { hostname, tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'

import { packageFolder } from '../../src/base/version.ts'
import { lockFolder } from '../../src/storage/lock.ts'
import { openStore } from '../../src/storage/open_store.ts'

let folder = ''
let child: ChildProcess | null = null
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'tapistry-lock-'))
})
afterEach(() => {
  child?.kill('SIGKILL')
  child = null
  rmSync(folder, { recursive: true, force: true })
})

const note = (): void => undefined

/** Another process that holds the lock, as long as it lives. */
async function holder(): Promise<ChildProcess> {
  const script = `const { lockFolder } = await import(${JSON.stringify(join(packageFolder, 'src/storage/lock.ts'))}); lockFolder(${JSON.stringify(folder)}, 'tapistry run'); console.log('held'); setInterval(() => {}, 1000)`
  const holding = spawn(process.execPath, ['--input-type=module', '-e', script], { stdio: ['ignore', 'pipe', 'inherit'] })
  child = holding
  await new Promise((resolve, reject) => holding.stdout.once('data', resolve).once('end', () => reject(new Error('ended'))))
  return holding
}

test('a second writer is told who the first one is, and what to do', async () => {
  const { pid } = await holder()
  expect(() => openStore(folder, { writer: 'tapistry scan', note })).toThrow(
    new RegExp(`^${folder}: is in use by tapistry run \\(process ${pid} on ${hostname()}, since 20[^)]+Z\\); wait for it to end or stop it, or name another`),
  )
})

test('a lock ends with its process, also where that is killed', async () => {
  const holding = await holder()
  const ended = new Promise((resolve) => holding.once('exit', resolve))
  holding.kill('SIGKILL')
  await ended
  expect(existsSync(join(folder, 'lock.txt'))).toBe(true)
  openStore(folder, { writer: 'tapistry scan', note }).close()
  expect(existsSync(join(folder, 'lock.txt'))).toBe(false)
})

test('one process has it once, and again after it is released', () => {
  const lock = lockFolder(folder, 'tapistry scan')
  expect(() => lockFolder(folder, 'tapistry scan')).toThrow(/is in use by tapistry scan \(process/)
  lock.release()
  lockFolder(folder, 'tapistry scan').release()
})

test('readers need no lock', () => {
  const writer = openStore(folder, { writer: 'tapistry scan', note })
  const reader = openStore(folder, { writer: null, note })
  expect(reader.repository.load().generation).toBe(0)
  reader.close()
  writer.close()
})

test('a folder that cannot be opened lets go of its lock', () => {
  openStore(folder, { writer: 'tapistry scan', note }).close()
  rmSync(join(folder, 'secret.key'))
  expect(() => openStore(folder, { writer: 'tapistry scan', note })).toThrow(/is lost/)
  lockFolder(folder, 'tapistry scan').release()
})
