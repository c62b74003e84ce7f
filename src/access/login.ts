import { randomBytes } from 'node:crypto'

import { EncryptJWT, jwtDecrypt } from 'jose'
import * as client from 'openid-client'

import { TapistryError } from '../base/errors.ts'
import { stableId } from '../base/ids.ts'
import { askedOnce } from './asked_once.ts'
import { issuerFetch } from './issuer_fetch.ts'
import type { Principal } from './principal.ts'
import { claimValues, principalOf, type Roles } from './roles.ts'
import { newSessions, type SessionRecords } from './sessions.ts'

/** Logins of people: authorization code with PKCE (RFC 6749, 7636, OpenID Connect Core). Throws `TapistryError` (RUNTIME) where the issuer cannot be asked. */
export interface Login {
  /** Where a browser logs in, and a note that it brings back, which only we can read. */
  begin(returnTo: string): Promise<{ readonly location: string; readonly note: string }>
  /** Takes the browser back: `search` is the query that it comes with. */
  finish(search: string, note: string): Promise<Finished>
  /** Who a session is of; null where it has ended. */
  principal(session: string): Principal | null
  end(session: string): void
  /** Where the login with the issuer ends too, where it has such a place. */
  endSessionUrl(): Promise<string | null>
  readonly lifetimeMs: number
}

type Finished = { readonly session: string; readonly principal: Principal; readonly returnTo: string } | { readonly refusal: string }

export interface LoginOptions {
  readonly issuer: string
  readonly clientId: string
  /** None for a public client. */
  readonly clientSecret?: string
  readonly scopes: readonly string[]
  readonly roles: Roles
  readonly clockToleranceMs: number
  readonly lifetimeMs: number
  /** Where browsers reach us. */
  readonly publicUrl: string
}

export const callbackPath = '/auth/callback'

/** How long somebody may take to log in. */
export const noteLifetimeMs = 600_000

export function newLogin(options: LoginOptions, records: SessionRecords, now: () => number): Login {
  const { issuer, clientId, scopes, roles, lifetimeMs, publicUrl } = options
  const configuration = askedOnce(() => discovered(options), now)
  const redirectUri = new URL(callbackPath, publicUrl).href
  const sessions = newSessions({ records, basis: stableId('', issuer, clientId, JSON.stringify(roles)), lifetimeMs, now })
  const noteKey = randomBytes(32)
  return {
    async begin(returnTo) {
      const [state, nonce, verifier] = [client.randomState(), client.randomNonce(), client.randomPKCECodeVerifier()]
      const { href } = client.buildAuthorizationUrl(await configuration(), {
        redirect_uri: redirectUri,
        scope: scopes.join(' '),
        code_challenge: await client.calculatePKCECodeChallenge(verifier),
        code_challenge_method: 'S256',
        state,
        nonce,
      })
      const note = new EncryptJWT({ state, nonce, verifier, returnTo }).setProtectedHeader({ alg: 'dir', enc: 'A256GCM' })
      return { location: href, note: await note.setExpirationTime(new Date(now() + noteLifetimeMs)).encrypt(noteKey) }
    },
    async finish(search, note) {
      const begun = await noted(note, noteKey, now())
      if (begun === null) return { refusal: 'no login was begun in this browser, or too long ago' }
      const claims = await claimsOf(await configuration(), new URL(search, redirectUri), begun, roles)
      if (claims === null) return { refusal: 'the issuer did not confirm the login' }
      const principal = principalOf(claims, roles)
      return { session: sessions.begin(principal), principal, returnTo: begun.returnTo }
    },
    principal: (session) => sessions.principal(session),
    end: (session) => sessions.end(session),
    async endSessionUrl() {
      const at = await configuration()
      if (at.serverMetadata().end_session_endpoint === undefined) return null
      return client.buildEndSessionUrl(at, { client_id: clientId, post_logout_redirect_uri: publicUrl }).href
    },
    lifetimeMs,
  }
}

async function discovered({ issuer, clientId, clientSecret, clockToleranceMs }: LoginOptions): Promise<client.Configuration> {
  const isLocal = new URL(issuer).protocol === 'http:'
  try {
    return await client.discovery(
      new URL(issuer),
      clientId,
      { [client.clockTolerance]: clockToleranceMs / 1000 },
      clientSecret === undefined ? client.None() : client.ClientSecretBasic(clientSecret),
      {
        // The signature of an ID token is checked too, though it comes from the issuer itself; plain HTTP `issuerFetch` lets through to this machine alone.
        execute: [client.enableNonRepudiationChecks, ...(isLocal ? [client.allowInsecureRequests] : [])],
        [client.customFetch]: (url, { method, headers, body, signal }) =>
          issuerFetch(url, { method, headers, body: body instanceof URLSearchParams || typeof body === 'string' ? body : null, signal: signal ?? null }),
      },
    )
  } catch (thrown) {
    throw (
      askingFailure(thrown) ??
      new TapistryError('RUNTIME', `${issuer}: describes no issuer of this name; access.oidc.issuer is written as in its /.well-known/openid-configuration`)
    )
  }
}

interface Noted {
  readonly state: string
  readonly nonce: string
  readonly verifier: string
  readonly returnTo: string
}

async function noted(note: string, key: Uint8Array, nowMs: number): Promise<Noted | null> {
  try {
    const { payload } = await jwtDecrypt<Noted>(note, key, {
      currentDate: new Date(nowMs),
      keyManagementAlgorithms: ['dir'],
      contentEncryptionAlgorithms: ['A256GCM'],
    })
    return payload
  } catch {
    return null
  }
}

/** What the issuer says of who has logged in; null where it does not. Claims that are not in the ID token are asked for. */
async function claimsOf(
  at: client.Configuration,
  url: URL,
  { state, nonce, verifier }: Noted,
  roles: Roles,
): Promise<Readonly<Record<string, unknown>> | null> {
  try {
    const tokens = await client.authorizationCodeGrant(at, url, { expectedState: state, expectedNonce: nonce, pkceCodeVerifier: verifier })
    const claims = tokens.claims()
    if (claims === undefined) return null
    const wanted = [roles.claim, ...(roles.servicesClaim === undefined ? [] : [roles.servicesClaim])]
    if (wanted.every((claim) => claimValues(claims, claim).length > 0) || at.serverMetadata().userinfo_endpoint === undefined) return claims
    return { ...(await client.fetchUserInfo(at, tokens.access_token, claims.sub)), ...claims }
  } catch (thrown) {
    const failure = askingFailure(thrown)
    if (failure !== null) throw failure
    return null
  }
}

/** That the issuer could not be asked, which the library may have wrapped. */
function askingFailure(thrown: unknown): TapistryError | null {
  for (let error = thrown; error instanceof Error; error = error.cause) if (error instanceof TapistryError) return error
  return null
}
