import type { IncomingMessage } from 'node:http'

import { local, type Principal } from '../access/principal.ts'
import { allows } from '../access/scope.ts'
import { TapistryError } from '../base/errors.ts'
import type { Access } from './access.ts'
import { ProblemError } from './problem.ts'
import type { Route } from './route.ts'
import { loginPath } from './routes/login.ts'
import { cookieIn, refuseForeignCookie, sessionCookie } from './session_cookie.ts'

/**
 * Who sends a request. What is shown is looked at on an open address too, so that a wrong token is noticed; there only, other kinds of credentials are those
 * of somebody before us.
 */
export async function whoAsks({ method, headers }: IncomingMessage, access: Access): Promise<Shown> {
  const { authorization } = headers
  const [, token] = /^bearer +([\w.~+/-]+=*) *$/i.exec(authorization ?? '') ?? []
  if (token !== undefined) {
    const verdict = await lookedUp(() => access.bearer(token))
    return 'principal' in verdict ? verdict : { ...verdict, isWrong: true }
  }
  const session = access.login === null ? null : cookieIn(headers, sessionCookie)
  const loggedIn = session === null ? null : await lookedUp(async () => access.login?.principal(session) ?? null)
  if (loggedIn !== null) {
    refuseForeignCookie(method, headers)
    return { principal: loggedIn }
  }
  if (access.isOpen()) return { principal: local }
  const orLogin = access.login === null ? '' : `, or log in at ${loginPath}`
  if (session !== null) return { refusal: `the login has ended: log in again at ${loginPath}`, isWrong: true }
  if (authorization === undefined) return { refusal: `this needs a token: send \`Authorization: Bearer TOKEN\`${orLogin}`, isWrong: false }
  return { refusal: 'the Authorization field is not written as `Bearer TOKEN`', isWrong: true }
}

/** Somebody, or why nobody: nothing was shown, or what `isWrong`. */
export type Shown = { readonly principal: Principal } | { readonly refusal: string; readonly isWrong: boolean }

/** Throws `ProblemError` where nobody that is known asks a route (401), or who may not (403); routes for anybody refuse nobody. */
export function admit(shown: Shown, { access: needed, isNarrowed }: Route): void {
  if (needed === 'anybody') return
  if ('refusal' in shown) throw unauthorized(shown.refusal, shown.isWrong)
  if (needed === 'somebody') return
  const { principal } = shown
  if (!allows(principal.scopes, needed)) throw forbidden(`this needs the scope ${needed}, and ${saidOf(principal)}`, needed)
  if (principal.services !== null && !isNarrowed) throw forbidden('this is about all services, and who asks is limited to some of them', needed)
}

/** Nobody is let in where it cannot be looked up who asks. */
async function lookedUp<T>(look: () => Promise<T>): Promise<T> {
  try {
    return await look()
  } catch (thrown) {
    if (!(thrown instanceof TapistryError)) throw thrown
    throw new ProblemError({ status: 503, detail: 'who asks cannot be looked up now: come again later', headers: { 'retry-after': '5' } })
  }
}

function saidOf({ scopes }: Principal): string {
  return scopes.length === 0 ? 'who asks has no scope' : `who asks has ${scopes.join(', ')}`
}

/** With a challenge (RFC 6750 §3), which has no error where nothing was shown. */
function unauthorized(detail: string, isWrong: boolean): ProblemError {
  return new ProblemError({ status: 401, detail, headers: { 'www-authenticate': isWrong ? `${challenge}, error="invalid_token"` : challenge } })
}

/** Why somebody who is known may not. */
export function forbidden(detail: string, scope: string): ProblemError {
  return new ProblemError({ status: 403, detail, headers: { 'www-authenticate': `${challenge}, error="insufficient_scope", scope="${scope}"` } })
}

const challenge = 'Bearer realm="tapistry"'
