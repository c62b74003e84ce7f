import { createHmac } from 'node:crypto'
import { describe, expect, onTestFinished, test, vi } from 'vitest'

import { jwtCheck, type JwtTrust } from '../../src/access/jwt_check.ts'
import { claimValues, principalOf } from '../../src/access/roles.ts'
import type { TapistryError } from '../../src/base/errors.ts'
import { issuer, type Issuer } from './issuer.ts'

const nowMs = Date.UTC(2026, 2, 2)
const nowSeconds = nowMs / 1000
const roles = { claim: 'roles', read: ['viewer'], write: ['editor'], admin: ['owner'], ingest: ['gateway'] }

interface Setting {
  readonly from: Issuer
  readonly check: ReturnType<typeof jwtCheck>
  readonly problems: TapistryError[]
  readonly claims: Readonly<Record<string, unknown>>
  clock: number
}

async function setting(given: Partial<JwtTrust> = {}): Promise<Setting> {
  const from = await issuer()
  const problems: TapistryError[] = []
  const trust = { issuer: from.url, audience: 'tapistry', algorithms: ['ES256'], clockToleranceMs: 30_000, roles, ...given }
  const made = {
    from,
    problems,
    clock: nowMs,
    claims: { iss: from.url, aud: 'tapistry', sub: 'robot-1', exp: nowSeconds + 60, iat: nowSeconds, roles: ['viewer'] },
  }
  return Object.assign(made, {
    check: jwtCheck(
      trust,
      () => made.clock,
      (problem) => problems.push(problem),
    ),
  })
}

test('a token of the issuer for this audience is somebody with the scopes of their roles', async () => {
  const { from, check, claims } = await setting()
  const principal = { kind: 'login', id: 'robot-1', name: 'robot-1', scopes: ['read'], services: null }
  expect(await check(await from.sign(claims))).toEqual({ principal })
  expect(await check(await from.sign({ ...claims, aud: ['other', 'tapistry'], client_id: 'ci', roles: ['gateway', 'unknown', 'owner'] }))).toEqual({
    principal: { ...principal, name: 'ci', scopes: ['admin', 'ingest'] },
  })
  expect(await check(await from.sign({ ...claims, roles: 'nobody' }))).toEqual({ principal: { ...principal, scopes: [] } })
})

test.each([
  ['names', { services: ['Shop.example.com', 'svc_0123456789abcdef', 3] }, ['shop.example.com', 'svc_0123456789abcdef']],
  ['words', { services: 'a b' }, ['a', 'b']],
  ['a star, for all', { services: ['a', '*'] }, null],
  ['none', { services: [] }, []],
  ['something else', { services: { a: true } }, []],
  ['nothing: somebody who sees none', {}, []],
])('services of a claim that has %s', async (_, more, services) => {
  const { from, check, claims } = await setting({ roles: { ...roles, servicesClaim: 'services' } })
  expect(await check(await from.sign({ ...claims, ...more }))).toMatchObject({ principal: { scopes: ['read'], services } })
})

describe('is not believed:', () => {
  const cases: ReadonlyArray<readonly [name: string, claims: object, refusal: RegExp]> = [
    ['another audience', { aud: 'other' }, /its claim aud is/],
    ['no audience', { aud: undefined }, /its claim aud is/],
    ['nobody', { sub: '' }, /its claim sub is/],
    ['a subject that is no text', { sub: { id: 1 } }, /its claim sub is/],
    ['another issuer', { iss: 'https://evil.example.com' }, /its claim iss is/],
    ['no issuer', { iss: undefined }, /its claim iss is/],
    ['nobody', { sub: undefined }, /its claim sub is/],
    ['no end', { exp: undefined }, /its claim exp is/],
    ['an end beyond the tolerance', { exp: nowSeconds - 31 }, /has expired/],
    ['a beginning beyond the tolerance', { nbf: nowSeconds + 31 }, /its claim nbf is/],
  ]
  test.each(cases)('a token with %s', async (_, change, refusal) => {
    const { from, check, claims } = await setting()
    expect(await check(await from.sign({ ...claims, ...change }))).toEqual({ refusal: expect.stringMatching(refusal) as string })
  })

  test.each([
    ['an end within the tolerance', { exp: nowSeconds - 29 }],
    ['a beginning within the tolerance', { nbf: nowSeconds + 29 }],
  ])('but one with %s is', async (_, change) => {
    const { from, check, claims } = await setting()
    expect(await check(await from.sign({ ...claims, ...change }))).toHaveProperty('principal')
  })

  test('one with a key of nobody, one that was changed, and one whose algorithm is none that is allowed', async () => {
    const { from, check, claims } = await setting()
    const [head = '', body = '', signature = ''] = (await from.sign(claims)).split('.')
    const encoded = (value: object): string => Buffer.from(JSON.stringify(value)).toString('base64url')
    const isSigned = { refusal: 'the token is not signed by a key of its issuer' }
    expect(await check(await from.signForeign(claims))).toEqual(isSigned)
    expect(await check([head, encoded({ ...claims, roles: ['owner'] }), signature].join('.'))).toEqual(isSigned)
    const algorithm = { refusal: expect.stringContaining('access.oidc.algorithms') as string }
    expect(await check(`${encoded({ alg: 'none' })}.${body}.`)).toEqual(algorithm)
    // The public key as the secret of an HMAC.
    const confused = `${encoded({ alg: 'HS256', kid: 'key-1' })}.${body}`
    expect(await check(`${confused}.${createHmac('sha256', 'x').update(confused).digest('base64url')}`)).toEqual(algorithm)
    const strict = await setting({ algorithms: ['RS256'] })
    expect(await strict.check(await strict.from.sign(strict.claims))).toEqual(algorithm)
  })

  test.each(['..', 'a.b.c', '.a.', 'eyJ9.e30.x', `${Buffer.from('{"alg":"ES256"}').toString('base64url')}.e30.x`, 'a.b', 'a.b.c.d.e'])('%s', async (text) => {
    const { check, problems } = await setting()
    expect(await check(text)).toHaveProperty('refusal')
    expect(problems).toEqual([])
  })
})

describe('keys of the issuer', () => {
  test('are asked for once', async () => {
    const { from, check, claims } = await setting()
    const token = await from.sign(claims)
    await Promise.all(Array.from({ length: 20 }, async () => check(token)))
    expect(from.asked).toEqual(['/.well-known/openid-configuration', '/jwks'])
  })

  test('are two for a while: a token that names none is taken, and keeps nobody else out', async () => {
    const { from, check, claims, problems } = await setting()
    expect(await check(await from.sign(claims, { kid: null }))).toHaveProperty('principal')
    const other = await setting()
    await other.from.announce()
    expect(await other.check(await other.from.sign(other.claims, { kid: null }))).toHaveProperty('principal')
    const [head, body] = (await other.from.sign(other.claims, { kid: null })).split('.')
    expect(await other.check(`${head}.${body}.${'A'.repeat(86)}`)).toEqual({ refusal: 'the token is not signed by a key of its issuer' })
    expect(await other.check(await other.from.sign(other.claims))).toHaveProperty('principal')
    expect([...problems, ...other.problems]).toEqual([])
  })

  test('of names that do not exist are asked for once in a while', async () => {
    const { from, check, claims } = await setting()
    await check(await from.sign(claims))
    for (let at = 0; at < 20; at += 1) expect(await check(await from.sign(claims, { kid: `made-up-${at}` }))).toHaveProperty('refusal')
    expect(from.asked.filter((path) => path === '/jwks')).toHaveLength(1)
  })

  test('that are kept count on while the issuer is down, whatever others show', async () => {
    vi.useFakeTimers({ toFake: ['Date'] })
    onTestFinished(() => void vi.useRealTimers())
    const made = await setting()
    const { from, check, claims, problems } = made
    expect(await check(await from.sign(claims))).toHaveProperty('principal')
    from.lies.set('/jwks', { status: 500 })
    // From now on a key that is not known may be asked for again.
    vi.setSystemTime(Date.now() + 31_000)
    made.clock += 31_000
    await expect(check(await from.sign(claims, { kid: 'made-up' }))).rejects.toThrow('its keys cannot be had')
    const asked = from.asked.length
    await expect(check(await from.sign(claims, { kid: 'made-up-too' }))).rejects.toThrow('its keys cannot be had')
    expect(await check(await from.sign(claims))).toHaveProperty('principal')
    expect(await check(await from.signForeign(claims))).toHaveProperty('refusal')
    expect([from.asked.length, problems.length]).toEqual([asked, 1])
    // They are kept for ten minutes.
    vi.setSystemTime(Date.now() + 600_000)
    made.clock += 1_000
    await expect(check(await from.sign(claims))).rejects.toThrow('its keys cannot be had')
  })

  const lies: ReadonlyArray<readonly [name: string, lie: readonly [path: string, lie: { status?: number; body?: string; location?: string }], reason: RegExp]> =
    [
      [
        'another issuer',
        ['/.well-known/openid-configuration', { body: '{"issuer":"https://evil.example.com","jwks_uri":"https://evil.example.com"}' }],
        /describes no issuer of this name/,
      ],
      ['no JSON', ['/.well-known/openid-configuration', { body: '<html>' }], /describes no issuer of this name/],
      ['another place', ['/.well-known/openid-configuration', { status: 302, location: 'http://127.0.0.1:1/' }], /describes no issuer of this name \(302\)/],
      ['a flood', ['/jwks', { body: ' '.repeat(2 ** 20 + 1) }], /more than 1048576 bytes/],
      ['an error', ['/jwks', { status: 500 }], /its keys cannot be had/],
      ['keys elsewhere', ['/jwks', { status: 307, location: 'http://127.0.0.1:1/' }], /its keys cannot be had/],
      ['no keys', ['/jwks', { body: '{"keys":{}}' }], /its keys cannot be had/],
    ]
  test.each(lies)('that answers with %s cannot be asked: nobody is let in, one is told, and it is asked again later', async (_, [path, lie], reason) => {
    const made = await setting()
    const { from, check, claims, problems } = made
    const token = await from.sign(claims)
    from.lies.set(path, lie)
    await expect(check(token)).rejects.toThrow(reason)
    const before = from.asked.length
    await expect(check(token)).rejects.toThrow(reason)
    expect([from.asked.length, problems.length]).toEqual([before, 1])
    from.lies.clear()
    made.clock += 30_000
    expect(await check(await from.sign({ ...claims, exp: nowSeconds + 900 }))).toHaveProperty('principal')
  })

  test('are never asked for in clear elsewhere', async () => {
    const { check, from, claims } = await setting({ issuer: 'http://issuer.example.com' })
    await expect(check(await from.sign(claims))).rejects.toThrow('http://issuer.example.com: an issuer of logins is asked over https')
  })
})

describe('claims', () => {
  test.each([
    [{ roles: ['a', 'b', 3] }, 'roles', ['a', 'b']],
    [{ scope: 'a  b' }, 'scope', ['a', 'b']],
    [{ realm_access: { roles: ['a'] } }, 'realm_access.roles', ['a']],
    [{ 'https://example.com/roles': ['a'] }, 'https://example.com/roles', ['a']],
    [{ roles: null }, 'roles', []],
    [{ roles: { a: true } }, 'roles', []],
    [{ realm_access: 'x' }, 'realm_access.roles', []],
    [{}, 'constructor.name', []],
  ])('%j has by %s the values %j', (claims, claim, values) => expect(claimValues(claims, claim)).toEqual(values))

  test('that are long are cut, and names come from what there is', () => {
    expect(principalOf({ sub: 'x'.repeat(300), preferred_username: 'alice' }, roles)).toMatchObject({ id: 'x'.repeat(255), name: 'alice' })
  })
})
