import type { IncomingHttpHeaders } from 'node:http'

import { ProblemError } from './problem.ts'

/** Both belong to this host and path alone, over HTTPS or on this machine, and no script reads them (RFC 6265bis, `__Host-`). */
export const sessionCookie = '__Host-tapistry'
export const noteCookie = '__Host-tapistry-login'

/** A Set-Cookie field; without a value it takes the cookie back. */
export function setCookie(name: string, value: string, lifetimeMs: number): string {
  return `${name}=${value}; Path=/; Secure; HttpOnly; SameSite=Lax; Max-Age=${Math.floor(lifetimeMs / 1000)}`
}

/** The value of a cookie; null where there is none, or more than one. */
export function cookieIn({ cookie = '' }: IncomingHttpHeaders, name: string): string | null {
  const values = cookie.split(';').flatMap((pair) => {
    const [key = '', ...rest] = pair.trim().split('=')
    return key === name ? [rest.join('=')] : []
  })
  const [value] = values
  return values.length === 1 && value !== undefined && /^[\w.-]+$/.test(value) ? value : null
}

/**
 * Throws (403) where a browser sends a cookie for a page of another site. What changes something has to say that it comes from a page of ours, by an Origin,
 * which is looked at before (guard.ts), or by Sec-Fetch-Site; a link that is followed may come from anywhere.
 */
export function refuseForeignCookie(method: string | undefined, headers: IncomingHttpHeaders): void {
  const site = headers['sec-fetch-site']
  const isSafe = method === 'GET' || method === 'HEAD'
  const isFollowed = isSafe && headers['sec-fetch-mode'] === 'navigate'
  const isOurs = site === 'same-origin' || (site === 'none' && isSafe) || (site === undefined && (isSafe || headers.origin !== undefined))
  if (!isOurs && !isFollowed)
    throw new ProblemError({ status: 403, detail: 'a login counts for pages of this server alone: send a token in place of the cookie' })
}
