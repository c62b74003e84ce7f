import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Ajv2020 } from 'ajv/dist/2020.js'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'

import { tokenIdentity } from '../../src/access/token_text.ts'
import { packageFolder } from '../../src/base/version.ts'
import { openAccessStore } from '../../src/storage/access_store.ts'
import { lockFolder } from '../../src/storage/lock.ts'
import { run, type Run } from './run.ts'

let folder = ''
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'tapistry-token-'))
})
afterEach(() => rmSync(folder, { recursive: true, force: true }))

const token = (...argv: readonly string[]): Promise<Run> => run(['token', ...argv], { cwd: folder })

interface Listed {
  readonly tokens: ReadonlyArray<Readonly<Record<string, unknown>>>
}

async function listed(...argv: readonly string[]): Promise<Listed['tokens']> {
  return (JSON.parse((await token('list', '--format', 'json', ...argv)).out) as Listed).tokens
}

describe('create', () => {
  test('prints the token alone, and keeps nothing that gives it back', async () => {
    const { exitCode, out, err } = await token('create', '--name', 'ci', '--scope', 'write', 'ingest', '--data-dir', 'data')
    const identity = tokenIdentity(out.trim())
    expect([exitCode, out.split('\n').length]).toEqual([0, 2])
    expect(err).toBe(`tapistry: ci (${identity?.id}) in ${join(folder, 'data')}: keep what is printed, it is not shown again\n`)
    for (const name of readdirSync(join(folder, 'data'))) expect(readFileSync(join(folder, 'data', name)).includes(out.trim().slice(9))).toBe(false)
    const store = openAccessStore(join(folder, 'data'), () => undefined)
    expect(store.token(identity?.id ?? '')?.sha256).toEqual(identity?.sha256)
    expect(store.audits(null, 9)).toMatchObject([{ action: 'createToken', target: identity?.id, outcome: 'done', actor: { kind: 'local' } }])
    store.close()
  })

  test('goes where the daemon of this folder looks', async () => {
    writeFileSync(join(folder, 'tapistry.yaml'), 'dataDir: kept-here\n')
    await token('create', '--name', 'ci')
    expect(readdirSync(join(folder, 'kept-here'))).toContain('tapistry.db')
  })

  test('works beside a daemon', async () => {
    await token('create', '--data-dir', 'data')
    const lock = lockFolder(join(folder, 'data'), 'tapistry run')
    expect((await token('create', '--data-dir', 'data')).exitCode).toBe(0)
    lock.release()
  })

  test.each([
    [['--scope', 'root'], /--scope.*is invalid/],
    [['--scope', 'admin', '--service', 'a'], /a limit goes with the scopes read and write/],
    [['--scope', 'ingest', '--service', 'a'], /a limit goes with the scopes read and write/],
    [['--expires', 'soon'], /--expires soon: an age/],
    [['--expires', '0s'], /--expires 0s: an age/],
    [['--expires', '999999999d'], /--expires 999999999d: an age/],
    [['--name', ''], /--name: 1 to 64/],
    [['--name', 'a\nb'], /--name: 1 to 64/],
    [['--name', 'x'.repeat(65)], /--name: 1 to 64/],
  ])('%j is wrong usage', async (argv, message) => {
    const { exitCode, out, err } = await token('create', '--data-dir', 'data', ...argv)
    expect([exitCode, out]).toEqual([2, ''])
    expect(err).toMatch(message)
  })
})

describe('list', () => {
  test('says what there is, as its schema says', async () => {
    await token('create', '--name', 'orders', '--service', 'Orders.example.com', '--expires', '90d', '--data-dir', 'data')
    await token('create', '--name', 'all', '--scope', 'admin', '--data-dir', 'data')
    const tokens = await listed('--data-dir', 'data')
    expect(tokens).toMatchObject([
      { name: 'all', state: 'active', scopes: ['admin'], services: null, expires: null, lastUsed: null, revoked: null },
      { name: 'orders', state: 'active', scopes: ['read'], services: ['orders.example.com'], lastUsed: null },
    ])
    expect(Date.parse(String(tokens[1]?.['expires'])) - Date.parse(String(tokens[1]?.['created']))).toBe(90 * 24 * 3_600_000)
    const schema = JSON.parse(readFileSync(join(packageFolder, 'schemas', 'token-list.schema.json'), 'utf8')) as object
    expect(new Ajv2020({ strict: false, validateFormats: false }).validate(schema, { tokens })).toBe(true)
    expect((await token('list', '--data-dir', 'data')).out).toMatch(
      /^name .*\nall +tok_[0-9a-f]{16} +active +admin +all +never +never\norders .* orders\.example\.com /,
    )
  })

  test('makes no folder', async () => {
    const { exitCode, err } = await token('list', '--data-dir', 'data')
    expect(exitCode).toBe(3)
    expect(err).toMatch(/holds no tapistry\.db; name a data folder/)
    expect(readdirSync(folder)).toEqual([])
  })
})

describe('revoke', () => {
  test.each(['name', 'id'] as const)('ends one by its %s', async (by) => {
    await token('create', '--name', 'ci', '--data-dir', 'data')
    const [created] = await listed('--data-dir', 'data')
    const again = async (): Promise<string> => (await token('revoke', String(created?.[by]), '--data-dir', 'data')).out
    expect(await again()).toBe(`ci (${String(created?.['id'])}): revoked\n`)
    expect(await listed('--data-dir', 'data')).toMatchObject([{ state: 'revoked' }])
    expect(await again()).toBe(`ci (${String(created?.['id'])}): was revoked before\n`)
  })

  test('of two with the same name ends the one that is active', async () => {
    for (const name of ['ci', 'ci']) {
      await token('create', '--name', name, '--data-dir', 'data')
      await token('revoke', name, '--data-dir', 'data')
    }
    expect((await listed('--data-dir', 'data')).map(({ state }) => state)).toEqual(['revoked', 'revoked'])
  })

  test('says where there is none', async () => {
    await token('create', '--data-dir', 'data')
    const { exitCode, err } = await token('revoke', 'nobody', '--data-dir', 'data')
    expect(exitCode).toBe(2)
    expect(err).toMatch(/holds no token with this name or id/)
  })
})
