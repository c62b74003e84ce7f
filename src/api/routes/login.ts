import type { FastifyReply } from 'fastify'
import { Type } from 'typebox'

import { callbackPath, noteLifetimeMs, type Login } from '../../access/login.ts'
import { TapistryError } from '../../base/errors.ts'
import { ProblemError } from '../problem.ts'
import { apiPath, jsonType, type Route } from '../route.ts'
import { closed } from '../schemas.ts'
import { cookieIn, noteCookie, sessionCookie, setCookie } from '../session_cookie.ts'

/** Where people log in and out with a browser. `onFailure` is told why the issuer could not be asked, or a login not be kept. */
export function loginRoutes(login: Login, onFailure: (problem: TapistryError) => void): readonly Route[] {
  const asked = async <T>(ask: () => Promise<T>): Promise<T> => {
    try {
      return await ask()
    } catch (thrown) {
      if (!(thrown instanceof TapistryError)) throw thrown
      onFailure(thrown)
      const reason = thrown.code === 'STORAGE' ? 'a login cannot be kept now' : 'the issuer of logins cannot be asked now'
      throw new ProblemError({ status: 503, detail: `${reason}: come again later`, headers: { 'retry-after': '30' } })
    }
  }
  return [
    {
      method: 'GET',
      path: loginPath,
      operationId: 'beginLogin',
      summary: 'Sends a browser to the issuer of logins',
      access: 'anybody',
      isNarrowed: true,
      query: closed({
        returnTo: Type.Optional(
          Type.String({ maxLength: 1024, pattern: String.raw`^/(?![/\\])[\x21-\x7e]*$`, description: 'Where to go then; `/api/v1/me` if absent.' }),
        ),
      }),
      answers: { 302: { description: 'To the issuer' }, 503: { description: 'The issuer cannot be asked' } },
      handle: async (request, reply) => {
        const { returnTo = `${apiPath}/me` } = request.query as { readonly returnTo?: string }
        const { location, note } = await asked(async () => login.begin(returnTo))
        return reply.header('set-cookie', setCookie(noteCookie, note, noteLifetimeMs)).redirect(location, 302)
      },
    },
    {
      method: 'GET',
      path: callbackPath,
      operationId: 'login',
      summary: 'Takes a browser back from the issuer of logins',
      access: 'anybody',
      isNarrowed: true,
      // What issuers add is theirs.
      query: Type.Object({}),
      answers: {
        303: { description: 'It is logged in, by a cookie' },
        401: { description: 'It is not' },
        503: { description: 'The issuer cannot be asked, or the login cannot be kept' },
      },
      isAudited: () => true,
      handle: async (request, reply, { identify }) => {
        const note = cookieIn(request.headers, noteCookie) ?? ''
        const search = request.url.slice(request.url.indexOf('?'))
        const finished = await asked(async () => login.finish(search.startsWith('?') ? search : '', note))
        forget(reply, noteCookie)
        if ('refusal' in finished) throw new ProblemError({ status: 401, detail: `${finished.refusal}: begin again at ${loginPath}` })
        const { session, principal, returnTo } = finished
        identify(principal)
        return reply.header('set-cookie', setCookie(sessionCookie, session, login.lifetimeMs)).redirect(returnTo, 303)
      },
    },
    {
      method: 'POST',
      path: '/auth/logout',
      operationId: 'logout',
      summary: 'Ends the login of a browser',
      access: 'anybody',
      isNarrowed: true,
      answers: {
        200: {
          description: 'It has ended here; `endSessionUrl` is where a browser ends it with the issuer too',
          content: { 'application/json': closed({ endSessionUrl: Type.Union([Type.String(), Type.Null()]) }) },
        },
        503: { description: 'It cannot be ended now' },
      },
      handle: async (request, reply) => {
        await asked(async () => login.end(cookieIn(request.headers, sessionCookie) ?? ''))
        forget(reply, sessionCookie)
        // Here it has ended, whether the issuer can be asked or not.
        const endSessionUrl = await login.endSessionUrl().catch(() => null)
        return reply.type(jsonType).send(JSON.stringify({ endSessionUrl }))
      },
    },
  ]
}

export const loginPath = '/auth/login'

function forget(reply: FastifyReply, cookie: string): void {
  reply.header('set-cookie', setCookie(cookie, '', 0))
}
