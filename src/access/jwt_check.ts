import { createRemoteJWKSet, customFetch, errors, jwtVerify, type JWTVerifyGetKey } from 'jose'

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
 * as is an issuer that cannot be asked, so that no client makes us ask. `onFailure` is told each time, and the result throws `TapistryError` (RUNTIME) meanwhile.
 */
export function jwtCheck(trust: JwtTrust, now: () => number, onFailure: (problem: TapistryError) => void): (jwt: string) => Promise<Verdict> {
  let keys: Promise<JWTVerifyGetKey> | null = null
  let failed: { readonly atMs: number; readonly problem: TapistryError } | null = null
  return async (jwt) => {
    if (failed !== null && now() - failed.atMs < coolDownMs) throw failed.problem
    try {
      keys ??= keysOf(trust.issuer)
      return await verdictOf(jwt, await keys, trust, now())
    } catch (thrown) {
      const problem =
        thrown instanceof TapistryError ? thrown : new TapistryError('RUNTIME', `${trust.issuer}: its keys cannot be had (${systemReason(thrown)})`)
      // Of several that waited for the same answer one tells.
      if (failed === null || now() - failed.atMs >= coolDownMs) {
        failed = { atMs: now(), problem }
        onFailure(problem)
      }
      keys = null
      throw problem
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
    const { payload } = await jwtVerify(jwt, keys, {
      issuer,
      audience,
      algorithms: [...algorithms],
      clockTolerance: clockToleranceMs / 1000,
      currentDate: new Date(nowMs),
      requiredClaims: ['sub', 'exp'],
    })
    return { principal: principalOf(payload, roles) }
  } catch (thrown) {
    return { refusal: refusalOf(thrown) }
  }
}

const coolDownMs = 30_000
const cacheMs = 600_000

async function keysOf(issuer: string): Promise<JWTVerifyGetKey> {
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

/** Why a token is not believed; names of claims, never what is in them. What is none of these is thrown on. */
function refusalOf(thrown: unknown): string {
  if (thrown instanceof errors.JWTExpired) return 'the token has expired: ask its issuer for a new one'
  if (thrown instanceof errors.JWTClaimValidationFailed)
    return `the token is not for this: its claim ${thrown.claim} is missing or another one than is expected`
  if (thrown instanceof errors.JOSEAlgNotAllowed) return 'the token is signed by an algorithm that access.oidc.algorithms does not allow'
  if (thrown instanceof errors.JWKSNoMatchingKey || thrown instanceof errors.JWSSignatureVerificationFailed)
    return 'the token is not signed by a key of its issuer'
  if (thrown instanceof errors.JWSInvalid || thrown instanceof errors.JWTInvalid || thrown instanceof errors.JOSENotSupported)
    return 'what was shown is no JWT that can be checked'
  throw thrown
}
