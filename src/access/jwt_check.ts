import {
  createLocalJWKSet,
  createRemoteJWKSet,
  customFetch,
  errors,
  jwtVerify,
  type JWTVerifyGetKey,
  type JWTVerifyOptions,
  type JWTVerifyResult,
  type RemoteJWKSet,
} from 'jose'

import { systemReason, TapistryError } from '../base/errors.ts'
import { issuerFetch } from './issuer_fetch.ts'
import type { Verdict } from './principal.ts'
import { principalOf, type Roles } from './roles.ts'

/** Whose tokens are believed. */
export interface JwtTrust {
  /** As its tokens write it. */
  readonly issuer: string
  readonly audience: string
  readonly algorithms: readonly string[]
  readonly clockToleranceMs: number
  readonly roles: Roles
}

/**
 * Tells whose a JWT of an issuer is (RFC 7519): its signature, issuer, audience and times hold, and its algorithm is one that is allowed. The keys of the
 * issuer are asked for when the first one comes, kept for ten minutes, and asked for anew where a token names one that is not among them: at most every 30 s,
 * as is an issuer that cannot be asked, so that no client makes us ask. `onFailure` is told each time; meanwhile the result throws `TapistryError` (RUNTIME) for tokens
 * whose keys are not kept.
 */
export function jwtCheck(trust: JwtTrust, now: () => number, onFailure: (problem: TapistryError) => void): (jwt: string) => Promise<Verdict> {
  let asking: Promise<RemoteJWKSet> | null = null
  let keys: RemoteJWKSet | null = null
  let failed: { readonly atMs: number; readonly problem: TapistryError } | null = null
  return async (jwt) => {
    if (failed !== null && now() - failed.atMs < coolDownMs) return verdictOf(jwt, keptOnly(keys, failed.problem), trust, now())
    try {
      keys = await (asking ??= keysOf(trust.issuer))
      return await verdictOf(jwt, keys, trust, now())
    } catch (thrown) {
      const problem =
        thrown instanceof TapistryError ? thrown : new TapistryError('RUNTIME', `${trust.issuer}: its keys cannot be had (${systemReason(thrown)})`)
      // Of several that waited for the same answer one tells.
      if (failed === null || now() - failed.atMs >= coolDownMs) {
        failed = { atMs: now(), problem }
        onFailure(problem)
      }
      // It may have moved; who shows a key that nobody knows takes those away from nobody.
      if (keys?.fresh !== true) asking = keys = null
      throw problem
    }
  }
}

/** Those that were had not long ago, without asking for more. Throws `problem` for others. */
function keptOnly(keys: RemoteJWKSet | null, problem: TapistryError): JWTVerifyGetKey {
  const kept = keys?.fresh === true ? keys.jwks() : undefined
  if (kept === undefined) throw problem
  const find = createLocalJWKSet(kept)
  return async (header, token) => {
    try {
      return await find(header, token)
    } catch (thrown) {
      throw thrown instanceof errors.JWKSNoMatchingKey ? problem : thrown
    }
  }
}

/** Throws where the keys cannot be had. */
async function verdictOf(
  jwt: string,
  keys: JWTVerifyGetKey,
  { issuer, audience, algorithms, clockToleranceMs, roles }: JwtTrust,
  nowMs: number,
): Promise<Verdict> {
  try {
    const { payload } = await verified(jwt, keys, {
      issuer,
      audience,
      algorithms: [...algorithms],
      clockTolerance: clockToleranceMs / 1000,
      currentDate: new Date(nowMs),
      requiredClaims: ['sub', 'exp'],
    })
    if (typeof payload.sub !== 'string' || payload.sub === '') throw new errors.JWTClaimValidationFailed('is no name', payload, 'sub', 'invalid')
    return { principal: principalOf(payload, roles) }
  } catch (thrown) {
    return { refusal: refusalOf(thrown) }
  }
}

/** By the one key that it names, or by any that it may be signed with where it names none and the issuer has several. */
async function verified(jwt: string, keys: JWTVerifyGetKey, options: JWTVerifyOptions): Promise<JWTVerifyResult> {
  try {
    return await jwtVerify(jwt, keys, options)
  } catch (thrown) {
    if (!(thrown instanceof errors.JWKSMultipleMatchingKeys)) throw thrown
    for await (const key of thrown) {
      try {
        return await jwtVerify(jwt, key, options)
      } catch (other) {
        if (!(other instanceof errors.JWSSignatureVerificationFailed)) throw other
      }
    }
    throw new errors.JWSSignatureVerificationFailed()
  }
}

const coolDownMs = 30_000
const cacheMs = 600_000

async function keysOf(issuer: string): Promise<RemoteJWKSet> {
  const response = await issuerFetch(`${issuer.replace(/\/$/, '')}/.well-known/openid-configuration`)
  const metadata = response.ok ? await asJson(response) : {}
  if (metadata['issuer'] !== issuer || typeof metadata['jwks_uri'] !== 'string') {
    throw new TapistryError(
      'RUNTIME',
      `${issuer}: describes no issuer of this name (${response.status}); access.oidc.issuer is written as in its /.well-known/openid-configuration`,
    )
  }
  return createRemoteJWKSet(new URL(metadata['jwks_uri']), {
    cooldownDuration: coolDownMs,
    cacheMaxAge: cacheMs,
    [customFetch]: (url, { method, headers, signal }) => issuerFetch(url, { method, headers, signal }),
  })
}

async function asJson(response: Response): Promise<Readonly<Record<string, unknown>>> {
  try {
    const value: unknown = await response.json()
    return typeof value === 'object' && value !== null ? (value as Readonly<Record<string, unknown>>) : {}
  } catch {
    return {}
  }
}

/** Why a token is not believed; names of claims, never what is in them. What the issuer has done is thrown on: no token keeps others out. */
function refusalOf(thrown: unknown): string {
  if (isOfIssuer(thrown)) throw thrown
  if (thrown instanceof errors.JWTExpired) return 'the token has expired: ask its issuer for a new one'
  if (thrown instanceof errors.JWTClaimValidationFailed)
    return `the token is not for this: its claim ${thrown.claim} is missing or another one than is expected`
  if (thrown instanceof errors.JOSEAlgNotAllowed) return 'the token is signed by an algorithm that access.oidc.algorithms does not allow'
  if (thrown instanceof errors.JWKSNoMatchingKey || thrown instanceof errors.JWSSignatureVerificationFailed)
    return 'the token is not signed by a key of its issuer'
  return 'what was shown is no JWT that can be checked'
}

/** Its answer did not come, or is no set of keys. */
function isOfIssuer(thrown: unknown): boolean {
  const isAnswer = thrown instanceof errors.JOSEError && thrown.code === errors.JOSEError.code
  return thrown instanceof TapistryError || thrown instanceof errors.JWKSTimeout || thrown instanceof errors.JWKSInvalid || isAnswer
}
