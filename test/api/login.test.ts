import { createServer, type AddressInfo } from 'node:net'
import { Validator } from '@seriousme/openapi-schema-validator'
import { describe, expect, onTestFinished, test } from 'vitest'

import { hostRule } from '../../src/api/hosts.ts'
import { refuseForeignCookie } from '../../src/api/session_cookie.ts'
import type { OidcOptions } from '../../src/config/oidc_options.ts'
import { openLog } from '../../src/telemetry/log.ts'
import { buildServer } from '../../src/api/server.ts'
import { browser, type Browser } from './browser.ts'
import { accessDefault, guardedFolder, oidcDefault, type GuardedFolder } from './guarded.ts'
import { clientSecret, provider } from './provider.ts'
import { sampleView } from './served.ts'

const roles = { claim: 'roles', read: ['viewer'], write: ['editor'], admin: ['owner'], ingest: [] }

interface Setting {
  readonly url: string
  readonly issuer: string
  readonly folder: GuardedFolder
  readonly lines: string[]
  readonly clock: { nowMs: number }
}

/** A server whose logins are those of a real issuer. */
async function setting(aliceRoles: readonly string[] = ['editor'], given: Partial<OidcOptions> = {}): Promise<Setting> {
  const port = await freePort()
  const url = `http://127.0.0.1:${port}`
  const issuer = await provider(url, aliceRoles)
  const clock = { nowMs: Date.now() }
  const folder = guardedFolder({
    publicUrl: url,
    access: { ...accessDefault, oidc: { ...oidcDefault, issuer, clientId: 'tapistry', clientSecret, roles, ...given } },
    isLoopback: true,
    now: () => clock.nowMs,
  })
  const lines: string[] = []
  const log = openLog({ level: 'debug', format: 'json', color: false, write: (line) => lines.push(line) })
  const app = buildServer(sampleView, { log, access: { ...folder.access, isHost: hostRule(false, []) }, limits: { closeTimeoutMs: 0 } })
  await app.listen({ host: '127.0.0.1', port })
  onTestFinished(async () => {
    await app.close()
    folder.close()
  })
  return { url, issuer, folder, lines, clock }
}

/** Logs in with the forms of the issuer, and says where that ends. */
async function logIn({ go }: Browser, url: string, name: string, path: string = '/auth/login'): ReturnType<Browser['go']> {
  const form = await go(url + path)
  const consent = await go(actionOf(form), { prompt: 'login', login: name, password: 'any' })
  return go(actionOf(consent), { prompt: 'consent' })
}

function actionOf({ url, text }: { readonly url: string; readonly text: string }): string {
  const [, action = ''] = /<form[^>]*action="([^"]+)"/.exec(text) ?? []
  if (action === '') throw new Error(`${url} has no form: ${text.slice(0, 300)}`)
  return new URL(action, url).href
}

describe('a person', () => {
  test('logs in by the issuer, may do what their roles say, and logs out', async () => {
    const { url, folder, lines, issuer } = await setting()
    const person = browser()
    const { url: end, response, text } = await logIn(person, url, 'alice')
    expect([end, response.status]).toEqual([`${url}/api/v1/me`, 200])
    expect(JSON.parse(text)).toEqual({ kind: 'login', id: 'alice', name: 'alice', scopes: ['write'], services: null })
    expect([...person.cookies(url).keys()]).toEqual(['__Host-tapistry'])
    expect((await person.ask(`${url}/api/v1/services`)).status).toBe(200)
    expect((await person.ask(`${url}/api/v1/audit`)).status).toBe(403)
    const kept = person.cookies(url).get('__Host-tapistry') ?? ''
    const out = await person.ask(`${url}/auth/logout`, { method: 'POST', headers: { origin: url } })
    const { endSessionUrl } = (await out.json()) as { endSessionUrl: string }
    expect(new URL(endSessionUrl).origin).toBe(issuer)
    expect([...person.cookies(url).keys()]).toEqual([])
    const afterwards = await fetch(`${url}/api/v1/services`, { headers: { cookie: `__Host-tapistry=${kept}` } })
    expect(afterwards.status).toBe(401)
    expect(folder.store.audits(null, 9).map(({ action, actor, outcome }) => [action, actor.kind, actor.id, outcome])).toEqual([
      ['logout', 'login', 'alice', 'done'],
      ['login', 'login', 'alice', 'done'],
    ])
    for (const secret of [kept, clientSecret]) expect(lines.join('')).not.toContain(secret)
  })

  test('is not asked for by pages of others', async () => {
    const { url } = await setting(['owner'])
    const person = browser()
    await logIn(person, url, 'alice')
    const foreign = { 'sec-fetch-site': 'cross-site', 'sec-fetch-mode': 'no-cors' }
    expect((await person.ask(`${url}/api/v1/services`, { headers: foreign })).status).toBe(403)
    for (const headers of [{}, foreign, { origin: 'https://evil.example.com' }]) {
      expect((await person.ask(`${url}/auth/logout`, { method: 'POST', headers })).status).toBe(403)
    }
    expect((await person.ask(`${url}/api/v1/services`)).status).toBe(200)
  })

  test('without a role may do nothing, and learns who they are', async () => {
    const { url } = await setting()
    const person = browser()
    expect(JSON.parse((await logIn(person, url, 'bob')).text)).toMatchObject({ id: 'bob', scopes: [] })
    expect((await person.ask(`${url}/api/v1/services`)).status).toBe(403)
  })

  test('goes on to where they wanted to', async () => {
    const { url } = await setting(['owner'])
    const { url: end, response } = await logIn(browser(), url, 'alice', '/auth/login?returnTo=/api/v1/services%3Flimit=1')
    expect([end, response.status]).toEqual([`${url}/api/v1/services?limit=1`, 200])
  })

  test.each(['//evil.example.com', String.raw`/\evil.example.com`, 'https://evil.example.com', 'javascript:alert(1)', '/a%0d%0ab', ''])(
    'is not sent on to %j',
    async (target) => {
      const { url } = await setting()
      expect((await browser().ask(`${url}/auth/login?returnTo=${target.includes('%') ? target : encodeURIComponent(target)}`)).status).toBe(400)
    },
  )

  test('is logged out when the time of a login is over', async () => {
    const { url, clock } = await setting(['viewer'], { sessionLifetime: '1h' })
    const person = browser()
    await logIn(person, url, 'alice')
    clock.nowMs += 3_599_000
    expect((await person.ask(`${url}/api/v1/services`)).status).toBe(200)
    clock.nowMs += 1_000
    const response = await person.ask(`${url}/api/v1/services`)
    expect(response.status).toBe(401)
    expect(await response.text()).toContain('the login has ended: log in again at /auth/login')
  })
})

test('the cookies of a login are of this host alone, and of no script', async () => {
  const { url } = await setting()
  const response = await fetch(`${url}/auth/login`, { redirect: 'manual' })
  expect(response.headers.getSetCookie()).toEqual([
    expect.stringMatching(/^__Host-tapistry-login=[\w.-]+; Path=\/; Secure; HttpOnly; SameSite=Lax; Max-Age=600$/),
  ])
  const at = new URL(response.headers.get('location') ?? '')
  expect(Object.fromEntries(at.searchParams)).toMatchObject({
    response_type: 'code',
    client_id: 'tapistry',
    redirect_uri: `${url}/auth/callback`,
    code_challenge_method: 'S256',
    scope: 'openid profile',
  })
  for (const name of ['state', 'nonce', 'code_challenge']) expect(at.searchParams.get(name)?.length).toBeGreaterThanOrEqual(43)
})

describe('a return from the issuer is refused', () => {
  /** As far as the issuer sends a browser back, with the address that it is sent to. */
  async function returning({ url }: Setting): Promise<{ readonly person: Browser; readonly back: URL }> {
    const person = browser()
    const form = await person.go(`${url}/auth/login`)
    const consent = await person.go(actionOf(form), { prompt: 'login', login: 'alice', password: 'any' })
    let at = actionOf(consent)
    let response = await person.ask(at, { method: 'POST', body: 'prompt=consent' })
    while (!at.startsWith(url)) {
      at = new URL(response.headers.get('location') ?? '', at).href
      if (!at.startsWith(url)) response = await person.ask(at)
    }
    return { person, back: new URL(at) }
  }

  const changes: ReadonlyArray<readonly [name: string, change: (back: URL, person: Browser, setting: Setting) => void]> = [
    ['with another state', (back) => back.searchParams.set('state', 'x'.repeat(43))],
    ['without a state', (back) => back.searchParams.delete('state')],
    ['with another code', (back) => back.searchParams.set('code', 'x'.repeat(43))],
    ['of another issuer', (back) => back.searchParams.set('iss', 'https://evil.example.com')],
    ['in another browser', (_, person, { url }) => (person.cookies(url) as Map<string, string>).clear()],
    [
      'with a note of another login',
      (_, person, { url }) => (person.cookies(url) as Map<string, string>).set('__Host-tapistry-login', 'eyJhbGciOiJkaXIifQ.x.y.z.w'),
    ],
    ['too late', (_back, _person, { clock }) => void (clock.nowMs += 600_001)],
    ['that the person did not want', (back) => (back.search = `?error=access_denied&state=${back.searchParams.get('state')}`)],
    ['with nothing', (back) => (back.search = '')],
  ]
  test.each(changes)('%s', async (_, change) => {
    const made = await setting()
    const { person, back } = await returning(made)
    change(back, person, made)
    const response = await person.ask(back.href)
    expect([response.status, response.headers.get('content-type')]).toEqual([401, 'application/problem+json'])
    expect(person.cookies(made.url).has('__Host-tapistry')).toBe(false)
    expect(made.folder.store.audits(null, 9)).toEqual([])
  })

  test('a second time', async () => {
    const made = await setting()
    const { person, back } = await returning(made)
    const note = person.cookies(made.url).get('__Host-tapistry-login') ?? ''
    expect((await person.ask(back.href)).status).toBe(303)
    ;(person.cookies(made.url) as Map<string, string>).set('__Host-tapistry-login', note)
    expect((await person.ask(back.href)).status).toBe(401)
  })
})

test('an issuer that is down gets 503, and the log says why', async () => {
  const { url, lines } = await setting([], { issuer: `http://127.0.0.1:${await freePort()}` })
  expect((await browser().ask(`${url}/auth/login`)).status).toBe(503)
  expect(lines.join('')).toMatch(/127\.0\.0\.1:\d+: cannot be asked \(ECONNREFUSED\).*nobody can log in now/)
})

test('the description names logins, and is valid', async () => {
  const { url, folder } = await setting()
  const response = await fetch(`${url}/api/v1/openapi.json`, { headers: { authorization: `Bearer ${folder.token({ scopes: ['read'] })}` } })
  const document = (await response.json()) as Record<string, unknown>
  expect(await new Validator().validate(document)).toMatchObject({ valid: true })
  expect(Object.keys(document['paths'] as object)).toEqual(expect.arrayContaining(['/auth/login', '/auth/callback', '/auth/logout']))
  expect(document).toMatchObject({ paths: { '/api/v1/services': { get: { security: [{ bearer: ['read'] }, { session: ['read'] }] } } } })
})

describe('a cookie is taken from', () => {
  test.each([
    ['GET', { 'sec-fetch-site': 'same-origin' }, true],
    ['GET', { 'sec-fetch-site': 'none' }, true],
    ['GET', { 'sec-fetch-site': 'cross-site', 'sec-fetch-mode': 'navigate' }, true],
    ['GET', { 'sec-fetch-site': 'cross-site', 'sec-fetch-mode': 'no-cors' }, false],
    ['GET', { 'sec-fetch-site': 'same-site', 'sec-fetch-mode': 'cors' }, false],
    ['GET', {}, true],
    ['POST', { 'sec-fetch-site': 'same-origin' }, true],
    ['POST', { 'sec-fetch-site': 'none' }, false],
    ['POST', { 'sec-fetch-site': 'cross-site', 'sec-fetch-mode': 'navigate' }, false],
    ['POST', { 'sec-fetch-site': 'same-site', 'origin': 'http://localhost' }, false],
    ['POST', { origin: 'http://localhost' }, true],
    ['POST', {}, false],
    ['DELETE', {}, false],
  ] as const)('%s with %j: %s', (method, headers, isTaken) => {
    const take = (): void => refuseForeignCookie(method, headers)
    if (isTaken) expect(take).not.toThrow()
    else expect(take).toThrow(/pages of this server alone/)
  })
})

async function freePort(): Promise<number> {
  const server = createServer()
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const { port } = server.address() as AddressInfo
  await new Promise((resolve) => server.close(resolve))
  return port
}
