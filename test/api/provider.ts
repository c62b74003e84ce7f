import { createServer, type RequestListener } from 'node:http'
import type { AddressInfo } from 'node:net'

// It brings no types of its own.
// @ts-expect-error
import { Provider } from 'oidc-provider'
import { onTestFinished } from 'vitest'

export const clientSecret = 'the secret of a client'

/** A real issuer that listens on a port of this machine until the test ends; alice has the roles that are given. Its logins are forms for tests of its own. */
export async function provider(publicUrl: string, aliceRoles: readonly string[]): Promise<string> {
  const server = createServer()
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
  const issuer = new Provider(url, {
    clients: [
      {
        client_id: 'tapistry',
        client_secret: clientSecret,
        redirect_uris: [`${publicUrl}/auth/callback`],
        post_logout_redirect_uris: [publicUrl],
      },
    ],
    claims: { openid: ['sub'], profile: ['preferred_username', 'roles'] },
    findAccount: (_: unknown, id: string) => ({
      accountId: id,
      claims: () => ({ sub: id, preferred_username: id, roles: id === 'alice' ? aliceRoles : [] }),
    }),
    pkce: { required: () => true },
    cookies: { keys: ['a key for tests'] },
  }) as { readonly callback: () => RequestListener }
  server.on('request', issuer.callback())
  onTestFinished(() => {
    server.closeAllConnections()
    server.close()
  })
  return url
}
