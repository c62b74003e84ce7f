import { copyFileSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { request } from 'node:https'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { TLSSocket } from 'node:tls'
import { afterEach, beforeEach, expect, test } from 'vitest'

import { issuer } from '../access/issuer.ts'
import { run } from '../cli/run.ts'
import { certificates } from '../source/certificates.ts'
import { killDaemons, launchDaemon } from './daemon.ts'

let folder = ''
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'tapistry-access-'))
  writeFileSync(join(folder, 'access.log'), '')
})
afterEach(() => {
  killDaemons()
  rmSync(folder, { recursive: true, force: true })
})

/** A configuration over a log that is empty. */
function configured(more: object): string {
  const path = join(folder, 'tapistry.yaml')
  writeFileSync(path, JSON.stringify({ dataDir: 'data', listen: '0.0.0.0:0', sources: [{ type: 'log', path: 'access.log' }], ...more }))
  return path
}

const token = async (...argv: readonly string[]): Promise<string> => (await run(['token', ...argv], { cwd: folder })).out.trim()

test('on an address that others reach the daemon starts with a token alone, and hears of another and of a revocation while it runs', async () => {
  const config = configured({})
  const refused = launchDaemon(['--config', config], { cwd: folder })
  expect(await refused.ended).toBe(2)
  expect(refused.said()).toMatch(/can be reached from other machines.*tapistry token create/)
  const first = await token('create', '--name', 'first', '--scope', 'admin')
  const daemon = launchDaemon(['--config', config], { cwd: folder })
  const { port } = new URL(await daemon.address())
  const status = async (shown: string, host: string = '127.0.0.1'): Promise<number> =>
    (await fetch(`http://${host}:${port}/api/v1/services`, { headers: { authorization: `Bearer ${shown}` } })).status
  expect((await daemon.says(/can be read on the way/)).level).toBe('warn')
  expect([await status(first), await status('wrong')]).toEqual([200, 401])
  const second = await token('create', '--name', 'second')
  expect(await status(second)).toBe(200)
  await token('revoke', 'second')
  expect(await status(second)).toBe(401)
  const audit = await fetch(`http://127.0.0.1:${port}/api/v1/audit`, { headers: { authorization: `Bearer ${first}` } })
  const { items } = (await audit.json()) as { items: ReadonlyArray<{ action: string }> }
  expect(items.map(({ action }) => action)).toEqual(['revokeToken', 'createToken', 'createToken'])
  daemon.signal('SIGTERM')
  expect(await daemon.ended).toBe(0)
  expect(await token('list')).toMatch(/first .* active .* \d{4}-\d\d-\d\d \d\d:\d\d\n/)
  for (const text of [first, second]) expect(daemon.said()).not.toContain(text.slice(-20))
})

test('speaks HTTPS, and shows another certificate after SIGHUP', async () => {
  const [before, after] = [certificates(), certificates()]
  const [certFile, keyFile] = [join(folder, 'cert.pem'), join(folder, 'key.pem')]
  const install = (from: typeof before): void => {
    copyFileSync(from.certFile, certFile)
    copyFileSync(from.keyFile, keyFile)
  }
  install(before)
  const config = configured({ access: { tls: { certFile: 'cert.pem', keyFile: 'key.pem' } } })
  await token('create', '--scope', 'admin')
  const daemon = launchDaemon(['--config', config], { cwd: folder })
  const url = new URL(await daemon.address())
  expect(url.protocol).toBe('https:')
  const fingerprint = (ca: Buffer): Promise<string> =>
    new Promise((resolve, reject) => {
      request({ host: '127.0.0.1', port: url.port, path: '/healthz', ca, agent: false }, (response) => {
        const found = (response.socket as TLSSocket).getPeerCertificate().fingerprint256
        response.resume().on('end', () => resolve(found))
      })
        .on('error', reject)
        .end()
    })
  const first = await fingerprint(before.ca)
  writeFileSync(certFile, 'no certificate')
  daemon.signal('SIGHUP')
  expect(String((await daemon.says(/the running one stays/))['reason'])).toMatch(/holds no certificate in PEM/)
  expect(await fingerprint(before.ca)).toBe(first)
  install(after)
  daemon.signal('SIGHUP')
  await daemon.says(/the certificate was read again/)
  expect(await fingerprint(after.ca)).not.toBe(first)
  expect(daemon.said()).not.toContain('can be read on the way')
  daemon.signal('SIGTERM')
  expect(await daemon.ended).toBe(0)
})

test('takes JWTs of an issuer, and sends browsers to it', async () => {
  const from = await issuer()
  writeFileSync(join(folder, 'client'), 'the secret of a client\n')
  const oidc = { issuer: from.url, audience: 'tapistry', clientId: 'tapistry', clientSecretFile: 'client', roles: { claim: 'roles', read: ['viewer'] } }
  const daemon = launchDaemon(['--config', configured({ publicUrl: 'https://tapistry.example.com', access: { oidc } })], { cwd: folder })
  const { port } = new URL(await daemon.address())
  const jwt = await from.sign({ iss: from.url, aud: 'tapistry', sub: 'robot', exp: Date.now() / 1000 + 60, roles: ['viewer'] })
  const answer = await fetch(`http://127.0.0.1:${port}/api/v1/me`, { headers: { authorization: `Bearer ${jwt}` } })
  expect(await answer.json()).toEqual({ kind: 'login', id: 'robot', name: 'robot', scopes: ['read'], services: null })
  const login = await fetch(`http://127.0.0.1:${port}/auth/login`, { redirect: 'manual' })
  const at = new URL(login.headers.get('location') ?? '')
  expect([at.origin, at.searchParams.get('redirect_uri')]).toEqual([from.url, 'https://tapistry.example.com/auth/callback'])
  daemon.signal('SIGTERM')
  expect(await daemon.ended).toBe(0)
  for (const secret of [jwt, 'the secret of a client']) expect(daemon.said()).not.toContain(secret)
})

test.each([
  [{ access: { oidc: { issuer: 'https://login.example.com', clientId: 'tapistry' } } }, /access\.oidc\.clientId: needs publicUrl/],
  [
    { publicUrl: 'http://tapistry.example.com', access: { oidc: { issuer: 'https://login.example.com', clientId: 'tapistry' } } },
    /logins need https, but on localhost/,
  ],
  [{ publicUrl: 'https://tapistry.example.com/x' }, /publicUrl .*is not written as expected: as in https:\/\/tapistry/],
  [{ access: { oidc: { issuer: 'login.example.com' } } }, /access\.oidc\.issuer .*is not written as expected: as in https:\/\/login/],
  [
    { access: { oidc: { issuer: 'https://login.example.com', audience: 'x', algorithms: ['HS256'] } } },
    /access\.oidc\.algorithms\.0 "HS256" must be one of RS256/,
  ],
  [{ access: { oidc: { issuer: 'https://login.example.com', clientSecretFile: 'nowhere' } } }, /access\.oidc\.clientSecretFile: cannot read nowhere/],
  [{ access: { tls: { certFile: 'nowhere.pem', keyFile: 'nowhere.key' } } }, /access\.tls\.certFile: cannot read nowhere\.pem/],
])('%j is refused before anything starts', async (more, reason) => {
  const daemon = launchDaemon(['--config', configured({ listen: '127.0.0.1:0', ...more })], { cwd: folder })
  expect(await daemon.ended).toBe(2)
  expect(daemon.said()).toMatch(reason)
})
