import { spawnSync } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, it, onTestFinished } from 'vitest'

import { packageFolder } from '../../src/base/version.ts'

it('a process that waits for the thread alone goes on until it is told, and ends then', () => {
  const folder = mkdtempSync(join(tmpdir(), 'tapistry-settler-end-'))
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }))
  const script = `
    const { sqliteRepository } = await import(${JSON.stringify(join(packageFolder, 'src/storage/sqlite.ts'))})
    const repository = sqliteRepository(${JSON.stringify(join(folder, 'tapistry.db'))})
    const settler = repository.startSettler(() => undefined)
    settler.wake()
    await settler.settleAll()
    await settler.pause()
    await settler.close()
    repository.startSettler(() => undefined).wake()
    console.log('told')`
  const { status, stdout } = spawnSync(process.execPath, ['--input-type=module', '-e', script], { encoding: 'utf8' })
  expect([status, stdout]).toEqual([0, 'told\n'])
})
