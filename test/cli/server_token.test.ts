import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'

import { guardedFolder, type GuardedFolder } from '../api/guarded.ts'
import { serve, type Served } from '../api/served.ts'
import { run, type Run } from './run.ts'

let server: Served
let guarded: GuardedFolder
let folder = ''
let tokens: Readonly<Record<'good' | 'ingest' | 'wrong', string>>
beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'tapistry-shown-'))
  guarded = guardedFolder()
  tokens = {
    good: guarded.token({ scopes: ['read'] }),
    ingest: guarded.token({ scopes: ['ingest'] }),
    wrong: guarded.token({ scopes: ['read'], isRevoked: true }),
  }
  for (const [name, token] of Object.entries(tokens)) writeFileSync(join(folder, name), `${token}\n`)
  writeFileSync(join(folder, 'empty'), '\n')
  writeFileSync(join(folder, 'two'), 'one\ntwo\n')
  server = await serve({}, {}, guarded.access)
})
afterAll(async () => {
  await server.close()
  guarded.close()
  rmSync(folder, { recursive: true, force: true })
})

const sources = (argv: readonly string[], env: Readonly<Record<string, string>> = {}): Promise<Run> =>
  run(['sources', '--server', server.url, ...argv], { cwd: folder, env })

describe('a token for a daemon', () => {
  test('comes from a file or a variable, and the file goes before', async () => {
    expect(await sources(['--token-file', 'good'])).toMatchObject({ exitCode: 0, err: '' })
    expect(await sources([], { TAPISTRY_TOKEN: tokens.good })).toMatchObject({ exitCode: 0, err: '' })
    expect(await sources(['--token-file', 'good'], { TAPISTRY_TOKEN: tokens.wrong })).toMatchObject({ exitCode: 0, err: '' })
    expect(await sources(['--token-file', 'wrong'], { TAPISTRY_TOKEN: tokens.good })).toMatchObject({ exitCode: 3 })
  })

  const cases: ReadonlyArray<readonly [name: string, argv: readonly string[], variable: string, exitCode: number, said: RegExp]> = [
    ['none', [], '', 3, /this needs a token.*; show another token with TAPISTRY_TOKEN or --token-file/],
    ['one that was revoked', ['--token-file', 'wrong'], '', 3, /the token was revoked/],
    ['one of another scope', ['--token-file', 'ingest'], '', 3, /this needs the scope read, and who asks has ingest/],
    ['a file that is not there', ['--token-file', 'nowhere'], '', 3, /--token-file nowhere: no such file/],
    ['an empty file', ['--token-file', 'empty'], '', 2, /--token-file empty: is empty/],
    ['a file of two lines', ['--token-file', 'two'], '', 2, /two: holds no token/],
    ['a variable that is none', [], 'a b', 2, /TAPISTRY_TOKEN: holds no token/],
  ]
  test.each(cases)('%s is refused in a sentence without it', async (_, argv, variable, exitCode, said) => {
    const result = await sources(argv, { TAPISTRY_TOKEN: variable })
    expect([result.exitCode, result.out]).toEqual([exitCode, ''])
    expect(result.err).toMatch(said)
    for (const token of Object.values(tokens)) expect(result.err).not.toContain(token.slice(-20))
  })
})
